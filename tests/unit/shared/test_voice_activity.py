"""Who speaks when."""

from pathlib import Path

import numpy as np
import pytest

from shared.audio import Pcm, read_sound
from shared.errors import ModelError
from shared.voice_activity import (
    SAMPLE_RATE_HZ,
    WINDOW_S,
    WINDOW_SAMPLES,
    VoiceDetector,
    VoiceStream,
    packaged_model,
)

AUDIO = Path(__file__).parents[2] / "audio"
# An ONNX model (its protobuf) with one Identity node from x to y.
IDENTITY_MODEL = bytes.fromhex(
    "08083a370a100a017812017922084964656e746974791201675a0f0a0178120a0a08080112040a020801"
    "620f0a0179120a0a08080112040a02080142040a00100d"
)


def sound(name: str) -> Pcm:
    return read_sound(AUDIO / f"{name}.wav", SAMPLE_RATE_HZ)


def windows(pcm: Pcm) -> Pcm:
    whole = len(pcm) // WINDOW_SAMPLES * WINDOW_SAMPLES
    return pcm[:whole].reshape(-1, 1, WINDOW_SAMPLES)


@pytest.fixture(scope="module")
def detector() -> VoiceDetector:
    return VoiceDetector()


def follow(detector: VoiceDetector, pcm: Pcm) -> list[float]:
    stream = VoiceStream()
    return [float(detector.probabilities([stream], window)[0]) for window in windows(pcm)]


@pytest.mark.parametrize("name", ["capital-of-france", "kitchen-lights", "yes", "long-story"])
def test_speech_is_heard(detector: VoiceDetector, name: str) -> None:
    assert detector.has_speech(sound(name), threshold=0.5, least_s=0.1)


@pytest.mark.parametrize("name", ["silence", "noise"])
def test_silence_and_noise_are_not_speech(detector: VoiceDetector, name: str) -> None:
    assert max(follow(detector, sound(name))) < 0.5
    assert not detector.has_speech(sound(name), threshold=0.5, least_s=0.1)


def test_speech_too_short_to_mean_anything_does_not_count(detector: VoiceDetector) -> None:
    yes = sound("yes")
    spoken_s = sum(heard >= 0.5 for heard in follow(detector, yes)) * WINDOW_S
    assert detector.has_speech(yes, threshold=0.5, least_s=spoken_s - WINDOW_S)
    assert not detector.has_speech(yes, threshold=0.5, least_s=spoken_s + 2 * WINDOW_S)


def test_no_sound_holds_no_speech(detector: VoiceDetector) -> None:
    assert not detector.has_speech(np.zeros(0, np.float32), threshold=0, least_s=0.1)


def test_a_batch_of_streams_hears_what_each_alone_would(detector: VoiceDetector) -> None:
    names = ["capital-of-france", "kitchen-lights", "noise"]
    length = min(len(windows(sound(name))) for name in names)
    alone = [follow(detector, sound(name))[:length] for name in names]
    streams = [VoiceStream() for _ in names]
    batches = np.concatenate([windows(sound(name))[:length] for name in names], axis=1)
    together = [detector.probabilities(streams, batch) for batch in batches]
    assert np.transpose(together) == pytest.approx(np.array(alone), abs=1e-4)


def test_a_stream_is_unmoved_by_windows_of_others(detector: VoiceDetector) -> None:
    waiting = VoiceStream()
    detector.probabilities([VoiceStream()], windows(sound("yes"))[5])
    assert not waiting.hidden.any()
    assert not waiting.context.any()


def test_no_streams_need_no_work(detector: VoiceDetector) -> None:
    heard = detector.probabilities([], np.zeros((0, WINDOW_SAMPLES), np.float32))
    assert heard.shape == (0,)


@pytest.mark.parametrize("content", [b"", b"not a model", b"truncated"], ids=repr)
def test_a_broken_model_file_is_named(tmp_path: Path, content: bytes) -> None:
    model = tmp_path / "silero.onnx"
    whole = packaged_model().read_bytes()
    model.write_bytes(whole[: len(whole) // 2] if content == b"truncated" else content)
    with pytest.raises(ModelError, match=r"silero\.onnx cannot be loaded"):
        VoiceDetector(model)


def test_a_missing_model_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"nowhere\.onnx is missing"):
        VoiceDetector(tmp_path / "nowhere.onnx")


def test_a_model_of_another_kind_is_named(tmp_path: Path) -> None:
    model = tmp_path / "identity.onnx"
    model.write_bytes(IDENTITY_MODEL)
    with pytest.raises(ModelError, match="but not Silero VAD"):
        VoiceDetector(model)
