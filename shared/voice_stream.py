"""What every detector of voices takes and keeps: windows of sound, and a memory for each stream."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

SAMPLE_RATE_HZ = 16_000
WINDOW_SAMPLES = 512
WINDOW_S = WINDOW_SAMPLES / SAMPLE_RATE_HZ
CONTEXT_SAMPLES = 64
"""Sound before a window that Silero VAD hears with it."""
HIDDEN = (2, 128)
"""Shape of what its LSTM keeps: output and cell."""


class VoiceStream:
    """What the detector remembers of one stream; its owner holds it. Make a new one to forget."""

    __slots__ = ("context", "floor_db", "hidden")

    def __init__(self) -> None:
        self.hidden = np.zeros(HIDDEN, np.float32)
        self.context = np.zeros(CONTEXT_SAMPLES, np.float32)
        self.floor_db: float | None = None


class Detector(Protocol):
    """Tells how likely it is that somebody speaks."""

    def probabilities(
        self, streams: Sequence[VoiceStream], windows: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        """Probability of speech in the next window of each stream, shape (streams,).

        `windows` has the shape (streams, WINDOW_SAMPLES), at SAMPLE_RATE_HZ. Each stream may be
        named once, and is moved on by its window.
        """
        ...
