"""The network in numpy says what the model's own file says in onnxruntime."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from shared.audio import Pcm, read_sound
from shared.voice_activity import SAMPLE_RATE_HZ, VoiceDetector, VoiceStream, packaged_model
from shared.voice_stream import CONTEXT_SAMPLES, WINDOW_SAMPLES

AUDIO = Path(__file__).parents[2] / "audio"
NAMES = ["long-story", "capital-of-france", "noise", "silence"]


def windows(name: str, count: int) -> Pcm:
    """Shape (count, 1, WINDOW_SAMPLES): the sound again and again."""
    pcm = read_sound(AUDIO / f"{name}.wav", SAMPLE_RATE_HZ)
    return np.resize(pcm, (count, 1, WINDOW_SAMPLES))


class Reference:
    """The model's own file, one stream."""

    def __init__(self) -> None:
        self._session = onnxruntime.InferenceSession(str(packaged_model()))
        self._state = np.zeros((2, 1, 128), np.float32)
        self._context = np.zeros((1, CONTEXT_SAMPLES), np.float32)

    def hear(self, window: Pcm) -> float:
        sound = np.concatenate((self._context, window), axis=1)
        inputs = {"input": sound, "state": self._state, "sr": np.array(SAMPLE_RATE_HZ)}
        heard, self._state = self._session.run(None, inputs)
        self._context = sound[:, -CONTEXT_SAMPLES:]
        return float(heard[0, 0])


def test_minutes_of_sound_are_judged_as_by_onnxruntime() -> None:
    reference, detector, stream = Reference(), VoiceDetector(), VoiceStream()
    story = windows("long-story", 4000)
    wanted = [reference.hear(window) for window in story]
    heard = [float(detector.probabilities([stream], window)[0]) for window in story]
    assert heard == pytest.approx(wanted, abs=1e-4)


def test_many_streams_at_once_are_judged_as_by_onnxruntime() -> None:
    sounds = [windows(name, 100) for name in NAMES]
    streams, detector = [VoiceStream() for _ in NAMES], VoiceDetector()
    batches = np.concatenate(sounds, axis=1)
    heard = [detector.probabilities(streams, batch) for batch in batches]
    for own, sound in zip(np.transpose(heard), sounds, strict=True):
        reference = Reference()
        assert list(own) == pytest.approx([reference.hear(window) for window in sound], abs=1e-4)
