"""Where to cut speech that is longer than an engine takes: in the quietest stretch there is."""

import numpy as np
import numpy.typing as npt

from shared.audio import Pcm

FRAME_S = 0.02
"""Resolution of a cut."""
PAUSE_S = 0.3
"""A cut falls in the middle of the quietest stretch of this length."""


def split(pcm: Pcm, sample_rate_hz: int, longest_s: float) -> list[Pcm]:
    """The sound in pieces of at most `longest_s` seconds, in order; joined they are the sound.

    Every piece of a cut has at least a quarter of `longest_s`: engines make words up for snippets.
    `longest_s` is at least a second.
    """
    longest = round(longest_s * sample_rate_hz)
    pieces: list[Pcm] = []
    while len(pcm) > longest:
        cut = _quietest(pcm, sample_rate_hz, longest // 2, min(longest, len(pcm) - longest // 4))
        pieces.append(pcm[:cut])
        pcm = pcm[cut:]
    return [*pieces, pcm]


def _quietest(pcm: Pcm, sample_rate_hz: int, first: int, last: int) -> int:
    """The sample to cut at, from `first` to `last`."""
    frame = round(FRAME_S * sample_rate_hz)
    loudness = _smooth(_energies(pcm[first:last], frame), round(PAUSE_S / FRAME_S))
    return first + int(np.argmin(loudness)) * frame + frame // 2


def _energies(pcm: Pcm, frame: int) -> npt.NDArray[np.float32]:
    """Mean square of each whole frame."""
    frames = pcm[: len(pcm) // frame * frame].reshape(-1, frame)
    energies: npt.NDArray[np.float32] = np.mean(frames * frames, axis=1)
    return energies


def _smooth(energies: npt.NDArray[np.float32], width: int) -> npt.NDArray[np.float32]:
    """Mean of the `width` frames around each; beyond the ends they count as the loudest."""
    padded = np.pad(energies, width // 2, constant_values=energies.max())
    return np.convolve(padded, np.full(width, 1 / width), mode="valid")
