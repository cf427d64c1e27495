"""One session's Opus packets as windows of sound for the voice detector."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import av
import numpy as np

from shared.audio import DECODER_HZ, Pcm
from shared.voice_stream import SAMPLE_RATE_HZ, WINDOW_SAMPLES, VoiceStream

_STEP = DECODER_HZ // SAMPLE_RATE_HZ
_TAPS = 36
_CUTOFF_HZ = 7000.0
_HISTORY = _TAPS - _STEP
_WINDOW = _STEP * WINDOW_SAMPLES
_TILE = 32
"""Samples made by one row of a matrix product: the cheapest way to resample little at a time."""


def _low_pass() -> Pcm:
    """A windowed sinc with a gain of 1 and a delay of 0.4 ms, shape (_TAPS,)."""
    places = np.arange(_TAPS) - (_TAPS - 1) / 2
    taps = np.sinc(2 * _CUTOFF_HZ / DECODER_HZ * places) * np.hamming(_TAPS)
    low_pass: Pcm = (taps / taps.sum()).astype(np.float32)
    return low_pass


def _tile() -> Pcm:
    """The low pass at each third sample, one column for each, shape (inputs, _TILE)."""
    tile = np.zeros((_HISTORY + _STEP * _TILE, _TILE), np.float32)
    for place in range(_TILE):
        tile[_STEP * place : _STEP * place + _TAPS, place] = _low_pass()
    return tile


_TAPS_OF_TILE = _tile()


class Packet(NamedTuple):
    """An Opus packet that a session was sent."""

    content: bytes
    samples: int
    """Its duration at SAMPLE_RATE_HZ."""
    windows: int
    """How many windows it completes."""
    fed_at: float
    """When it came in, in seconds."""


class Hearing:
    """Packets in, whole windows out; keeps the rest, and the detector's memory of the stream.

    Our own resampler delays sound by 0.4 ms and gives a window with the packet that completes it;
    a better one withholds a few milliseconds, so a whole packet's time.
    """

    def __init__(self) -> None:
        self.stream = VoiceStream()
        self._codec = av.CodecContext.create("opus", "r")
        self._codec.sample_rate = DECODER_HZ
        self._codec.layout = "mono"
        self._sound: Pcm = np.zeros(_HISTORY, np.float32)

    def hear(self, packets: Iterable[Packet]) -> list[Pcm]:
        """The windows that the packets complete, at DECODER_HZ, as `resample` takes them.

        A packet takes as many samples as it says, of silence if it cannot be decoded.
        """
        pieces = [self._decode(packet.content, _STEP * packet.samples) for packet in packets]
        sound = np.concatenate((self._sound, *pieces))
        ends = range(_HISTORY + _WINDOW, len(sound) + 1, _WINDOW)
        self._sound = sound[len(ends) * _WINDOW :].copy()
        return [sound[end - _HISTORY - _WINDOW : end] for end in ends]

    def _decode(self, packet: bytes, samples: int) -> Pcm:
        """So many samples at DECODER_HZ."""
        try:
            frames = self._codec.decode(av.Packet(packet)) if packet else []
        except av.FFmpegError:
            frames = []
        views = [_view(frame) for frame in frames]
        if len(views) == 1 and len(views[0]) == samples:
            return views[0]
        return np.concatenate((*views, np.zeros(samples, np.float32)))[:samples]


def _view(frame: av.AudioFrame) -> Pcm:
    """The decoder's own buffer: to_ndarray() costs a third of the decoding itself."""
    plane: object = frame.planes[0]
    return np.frombuffer(plane, np.float32, frame.samples)  # type: ignore[call-overload, no-any-return] # a plane is a buffer, which its stub does not say


def resample(windows: Sequence[Pcm]) -> Pcm:
    """Every third sample of low-passed windows, shape (windows, WINDOW_SAMPLES).

    Each has _WINDOW samples behind the _HISTORY that the low pass reaches back to.
    """
    sound = np.concatenate(windows)
    shape = (len(windows), WINDOW_SAMPLES // _TILE, len(_TAPS_OF_TILE))
    strides = tuple(sound.itemsize * step for step in (_HISTORY + _WINDOW, _STEP * _TILE, 1))
    overlapping = np.ndarray(shape, np.float32, sound, 0, strides)
    resampled: Pcm = overlapping.reshape(-1, len(_TAPS_OF_TILE)) @ _TAPS_OF_TILE
    return resampled.reshape(len(windows), WINDOW_SAMPLES)
