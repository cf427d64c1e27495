"""Log-mel spectrograms as Whisper's encoder hears them.

As in "Robust Speech Recognition via Large-Scale Weak Supervision" (Radford et al., 2022, 2.2) and
the code published with it: frames of 25 ms every 10 ms under a Hann window, their power in 80 bands
of Slaney's mel scale, its decimal logarithm over a range of 80 dB, shifted and scaled to about ±1.
"""

import numpy as np
import numpy.typing as npt

from shared.audio import Pcm

SAMPLE_RATE_HZ = 16_000
BANDS = 80
FRAME_SAMPLES = 400
HOP_SAMPLES = 160

Spectrogram = npt.NDArray[np.float32]

_BENDS_AT_MEL, _BENDS_AT_HZ = 15.0, 1000.0
"""Slaney's scale is linear up to here; from here on 27 mel multiply the frequency by 6.4."""
_MELS_PER_FACTOR, _FACTOR = 27.0, 6.4
_LEAST_POWER = 1e-10
_RANGE = 8.0
"""Powers of ten below the loudest band that are told apart."""
_BLOCK_FRAMES = 80
"""Worked on at once: few enough to stay in the processor's cache, which halves the time."""


def log_mel(pcm: Pcm) -> Spectrogram:
    """Shape (BANDS, len(pcm) // HOP_SAMPLES); at SAMPLE_RATE_HZ, at least FRAME_SAMPLES long.

    Frames are centred on their place, the sound mirrored at both ends.
    """
    mirrored = np.pad(pcm.astype(np.float32, copy=False), FRAME_SAMPLES // 2, mode="reflect")
    every = np.lib.stride_tricks.sliding_window_view(mirrored, FRAME_SAMPLES)
    frames = every[: len(pcm) // HOP_SAMPLES * HOP_SAMPLES : HOP_SAMPLES]
    places = range(0, len(frames), _BLOCK_FRAMES)
    blocks = [_powers(frames[place : place + _BLOCK_FRAMES]) for place in places]
    logarithms = np.log10(np.maximum(np.concatenate(blocks, axis=1), _LEAST_POWER))
    scaled: Spectrogram = np.maximum(logarithms, logarithms.max() - _RANGE) / 4 + 1
    return scaled


def _powers(frames: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Shape (BANDS, frames)."""
    spectra = np.fft.rfft(frames * _WINDOW)
    powers: npt.NDArray[np.float32] = np.square(spectra.real) + np.square(spectra.imag)
    return _FILTERS @ powers.T


def _hann() -> npt.NDArray[np.float32]:
    """The periodic one: its next sample would be its first again."""
    turns = np.arange(FRAME_SAMPLES) / FRAME_SAMPLES
    return (np.sin(np.pi * turns) ** 2).astype(np.float32)


def _filters() -> npt.NDArray[np.float32]:
    """Weight of each frequency in each band: overlapping triangles, all of the same area."""
    highest_hz = SAMPLE_RATE_HZ / 2
    decades = np.log(highest_hz / _BENDS_AT_HZ) / np.log(_FACTOR)
    corners = _hertz(np.linspace(0, _BENDS_AT_MEL + _MELS_PER_FACTOR * decades, BANDS + 2))
    frequencies = np.linspace(0, highest_hz, FRAME_SAMPLES // 2 + 1)
    bands = np.lib.stride_tricks.sliding_window_view(corners, 3)
    triangles = [
        np.interp(frequencies, band, (0, 1, 0)) * 2 / (band[2] - band[0]) for band in bands
    ]
    return np.array(triangles, np.float32)


def _hertz(mels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    beyond = np.maximum(mels - _BENDS_AT_MEL, 0) / _MELS_PER_FACTOR
    hertz: npt.NDArray[np.float64] = np.minimum(mels / _BENDS_AT_MEL, 1) * _BENDS_AT_HZ
    return hertz * _FACTOR**beyond


_WINDOW = _hann()
_FILTERS = _filters()
