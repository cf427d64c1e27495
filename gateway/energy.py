"""A detector of voices that needs no model: speech is what stands out from the room's own noise.

Music and a slammed door stand out too, so it is the second choice, after Silero VAD.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from shared.voice_stream import WINDOW_S, VoiceStream

_EVEN_DB = 12.0
"""So far above the room's noise a window is as likely speech as not."""
_SLOPE_DB = 2.0
_RISE_DB = 1.0 * WINDOW_S
"""In a window. Speech that pauses for breath brings the floor down again; a fan does not."""
_LOWEST_DB, _HIGHEST_DB = -60.0, -30.0
"""Bounds of the floor: fainter sound is no speech, and a session may begin in midst of a word."""
_LEAST_POWER = 1e-12


class Energy:
    """Compares each window's level with the quietest of late. Holds nothing of a stream."""

    def probabilities(
        self, streams: Sequence[VoiceStream], windows: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        """See Detector. Levels are in decibels of full scale."""
        if not streams:
            return np.zeros(0, np.float32)
        levels = 10 * np.log10(np.mean(np.square(windows), axis=1) + _LEAST_POWER)
        for stream, level in zip(streams, levels.tolist(), strict=True):
            stream.floor_db = _floor(stream.floor_db, level)
        above = levels - np.array([stream.floor_db for stream in streams])
        heard: npt.NDArray[np.float32] = 1 / (1 + np.exp((_EVEN_DB - above) / _SLOPE_DB))
        return heard.astype(np.float32)


def _floor(before_db: float | None, level_db: float) -> float:
    floor_db = level_db if before_db is None else min(before_db + _RISE_DB, level_db)
    return min(max(floor_db, _LOWEST_DB), _HIGHEST_DB)
