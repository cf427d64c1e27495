"""Silero VAD v5 in numpy: many streams in one call cost each a fraction of what a runtime takes.

A spectrum of each quarter of the window, four convolutions over them, one LSTM step, one sigmoid.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from shared.audio import Pcm

HIDDEN = 128
"""Width of the LSTM."""
_FRAME = 256
_HOP = 128
_BINS = _FRAME // 2 + 1
_REFLECTED = 64
"""Samples by which the sound is continued with its mirror image, for a whole number of frames."""
_WIDTH = 3
"""Frames that a convolution looks at."""
_STRIDES = (1, 2, 2, 1)
_LAYERS = ((_BINS, 128), (128, 64), (64, 64), (64, HIDDEN))
"""Channels in and out of each convolution."""

_HALF = np.float32(0.5)
_HALVES = np.repeat(np.array((0.5, 0.5, 1, 0.5), np.float32), HIDDEN)
"""sigmoid(x) = (tanh(x / 2) + 1) / 2, so that one tanh does for the gates and the new content."""

SHAPES: Mapping[str, tuple[int, ...]] = {
    "stft.forward_basis_buffer": (2 * _BINS, 1, _FRAME),
    **{
        f"encoder.{place}.reparam_conv.weight": (channels, before, _WIDTH)
        for place, (before, channels) in enumerate(_LAYERS)
    },
    **{
        f"encoder.{place}.reparam_conv.bias": (channels,)
        for place, (_, channels) in enumerate(_LAYERS)
    },
    "decoder.rnn.weight_ih": (4 * HIDDEN, HIDDEN),
    "decoder.rnn.weight_hh": (4 * HIDDEN, HIDDEN),
    "decoder.rnn.bias_ih": (4 * HIDDEN,),
    "decoder.rnn.bias_hh": (4 * HIDDEN,),
    "decoder.decoder.2.weight": (1, HIDDEN, 1),
    "decoder.decoder.2.bias": (1,),
}
"""The weights, named as in the model's own file."""


class _Convolution(NamedTuple):
    weight: Pcm
    """Shape (_WIDTH * channels in, channels out)."""
    bias: Pcm
    stride: int

    def __call__(self, frames: Pcm) -> Pcm:
        """Shape (streams, frames, channels) in and out, no less than 0."""
        streams, count, channels = frames.shape
        padded = np.zeros((streams, (count + 2) * channels), np.float32)
        padded[:, channels:-channels] = frames.reshape(streams, -1)
        seen = _windows(padded, _WIDTH * channels, self.stride * channels)
        out = seen.reshape(-1, _WIDTH * channels) @ self.weight
        out += self.bias
        np.maximum(out, 0, out=out)
        return out.reshape(streams, -1, out.shape[1])


class Silero:
    """The network. It remembers nothing: the state goes in and comes out."""

    def __init__(self, weights: Mapping[str, Pcm]) -> None:
        """`weights` has all that SHAPES names."""
        # The basis' first row, of no frequency, is the window that all the others are cut with.
        self._window = weights["stft.forward_basis_buffer"][0, 0]
        self._encoder = [
            _Convolution(
                _flat(weights[f"encoder.{place}.reparam_conv.weight"]),
                weights[f"encoder.{place}.reparam_conv.bias"],
                stride,
            )
            for place, stride in enumerate(_STRIDES)
        ]
        both = (weights["decoder.rnn.weight_ih"], weights["decoder.rnn.weight_hh"])
        self._gates = np.concatenate(both, axis=1).T * _HALVES
        biases = weights["decoder.rnn.bias_ih"] + weights["decoder.rnn.bias_hh"]
        self._gates_bias = biases * _HALVES
        self._out = weights["decoder.decoder.2.weight"].reshape(HIDDEN)
        self._out_bias = weights["decoder.decoder.2.bias"]

    def __call__(self, sound: Pcm, state: Pcm) -> tuple[Pcm, Pcm]:
        """Probabilities of speech, shape (streams,), and the next state.

        `sound` has the shape (streams, 576) at 16 kHz, context and window; `state` the shape
        (streams, 2, HIDDEN).
        """
        frames = self._spectrum(sound)
        for convolve in self._encoder:
            frames = convolve(frames)
        hidden, cell = self._step(frames[:, 0], state[:, 0], state[:, 1])
        spoken = np.maximum(hidden, 0) @ self._out + self._out_bias
        return _HALF * (np.tanh(_HALF * spoken) + 1), np.stack((hidden, cell), axis=1)

    def _spectrum(self, sound: Pcm) -> Pcm:
        """Magnitudes, shape (streams, frames, _BINS)."""
        mirror = sound[:, -2 : -2 - _REFLECTED : -1]
        frames = _windows(np.concatenate((sound, mirror), axis=1), _FRAME, _HOP)
        waves = np.fft.rfft(frames * self._window)
        magnitudes: Pcm = np.sqrt(np.square(waves.real) + np.square(waves.imag))
        return magnitudes

    def _step(self, features: Pcm, hidden: Pcm, cell: Pcm) -> tuple[Pcm, Pcm]:
        """One step of the LSTM."""
        gates = np.concatenate((features, hidden), axis=1) @ self._gates
        gates += self._gates_bias
        np.tanh(gates, out=gates)
        enter, keep, new, leave = np.split(gates, 4, axis=1)
        cell = _HALF * ((keep + 1) * cell + (enter + 1) * new)
        return _HALF * (leave + 1) * np.tanh(cell), cell


def _flat(weight: Pcm) -> Pcm:
    """A convolution's weights, shape (out, in, _WIDTH), as the matrix of a product."""
    return np.ascontiguousarray(weight.transpose(2, 1, 0)).reshape(-1, len(weight))


def _windows(sound: Pcm, length: int, step: int) -> Pcm:
    """Overlapping pieces of each row, shape (rows, pieces, length); a view."""
    rows, width = sound.shape
    pieces = (width - length) // step + 1
    strides = (width * sound.itemsize, step * sound.itemsize, sound.itemsize)
    return np.ndarray((rows, pieces, length), np.float32, sound, 0, strides)
