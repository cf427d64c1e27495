"""What every speech-to-text engine owes, run over the registry; then what is particular to one."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import jiwer
import moonshine_voice
import numpy as np
import pytest

from shared.audio import WIRE_HZ, OpusEncoder, Pcm, read_sound
from shared.errors import ModelError
from shared.handler import one_by_one
from shared.messages import Transcript, Utterance
from shared.registry import find
from stt_service.engine import Recognition, Speech, SttEngine
from stt_service.engines import ENGINES
from stt_service.handler import SttHandler
from stt_service.settings import SttSettings

AUDIO = Path(__file__).parents[1] / "audio"
LISTENING = sorted(ENGINES.keys() - {"scripted"})
SAID = {
    "capital-of-france": "What is the capital of France?",
    "kitchen-lights": "Please turn on the kitchen lights.",
    "moon-distance": "Can you tell me how far away the moon is from the earth?",
}
BECKETT = "Ever tried. Ever failed. No matter. Try again. Fail again. Fail better."
STORY = """
The old house stood at the end of a long road. Nobody had lived there for many years. One morning
a young woman opened the door. She found a letter on the kitchen table. It was written by her
grandfather. He asked her to plant a tree in the garden. She smiled and went to find a spade.
"""
WORST_ERROR_RATE = 0.2


def load(name: str, **settings: object) -> SttEngine:
    engine = find(ENGINES, name)
    loaded: SttEngine = engine(engine.Settings(**settings))
    return loaded


@pytest.fixture(scope="module", params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> Iterator[SttEngine]:
    engine = load(request.param)
    yield engine
    engine.close()


@pytest.fixture(scope="module", params=LISTENING)
def listener(request: pytest.FixtureRequest) -> Iterator[SttEngine]:
    engine = load(request.param)
    yield engine
    engine.close()


def sound(name: str, engine: SttEngine) -> Pcm:
    return read_sound(AUDIO / f"{name}.wav", engine.sample_rate_hz)


def human_voice(name: str, engine: SttEngine) -> Pcm:
    return read_sound(moonshine_voice.get_assets_path() / name, engine.sample_rate_hz)


def words(text: str) -> str:
    return " ".join(re.findall(r"[a-z']+", text.lower()))


def error_rate(said: str, heard: Recognition | Transcript) -> float:
    return float(jiwer.wer(words(said), words(heard.text)))


def test_an_engine_says_what_it_is_and_what_it_takes(engine: SttEngine) -> None:
    assert engine.model
    assert engine.languages == ("en",)
    assert engine.sample_rate_hz >= 8000
    assert engine.longest_s >= 10
    assert engine.concurrency >= 1


async def test_the_longest_stretch_is_taken_in_one_call(engine: SttEngine) -> None:
    pcm = sound("long-story", engine)[: round(engine.longest_s * engine.sample_rate_hz)]
    heard = await engine.transcribe(Speech(pcm=pcm, language="en"))
    assert heard.text


@pytest.mark.parametrize("samples", [0, 1, 100, 800])
async def test_the_shortest_sounds_do_no_harm(engine: SttEngine, samples: int) -> None:
    heard = await engine.transcribe(Speech(pcm=np.zeros(samples, np.float32)))
    assert isinstance(heard, Recognition)


async def test_more_calls_than_it_takes_at_once_are_all_answered(engine: SttEngine) -> None:
    speech = Speech(pcm=sound("yes", engine))
    calls = (engine.transcribe(speech) for _ in range(engine.concurrency + 2))
    assert all(heard.text for heard in await asyncio.gather(*calls))


async def test_a_cancelled_call_leaves_the_engine_usable(engine: SttEngine) -> None:
    speech = Speech(pcm=sound("capital-of-france", engine))
    call = asyncio.ensure_future(engine.transcribe(speech))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (await engine.transcribe(speech)).text


@pytest.mark.parametrize("name", sorted(ENGINES))
async def test_a_closed_engine_leaves_no_thread_behind(name: str) -> None:
    before = set(threading.enumerate())
    engine = load(name)
    await engine.transcribe(Speech(pcm=sound("yes", engine)))
    engine.close()
    assert not set(threading.enumerate()) - before


@pytest.mark.parametrize("name", SAID)
async def test_synthetic_speech_is_understood(listener: SttEngine, name: str) -> None:
    heard = await listener.transcribe(Speech(pcm=sound(name, listener), language="en"))
    assert error_rate(SAID[name], heard) <= WORST_ERROR_RATE


async def test_a_human_voice_is_understood(listener: SttEngine) -> None:
    heard = await listener.transcribe(Speech(pcm=human_voice("beckett.wav", listener)))
    assert error_rate(BECKETT, heard) <= WORST_ERROR_RATE


async def test_the_start_of_a_novel_is_understood(listener: SttEngine) -> None:
    pcm = human_voice("two_cities.wav", listener)[: 10 * listener.sample_rate_hz]
    heard = await listener.transcribe(Speech(pcm=pcm))
    assert words(heard.text).startswith("it was the best of times it was the worst of times")


async def test_a_story_of_twenty_seconds_is_understood_through_the_handler(
    listener: SttEngine,
) -> None:
    encoder = OpusEncoder()
    packets = encoder.encode(read_sound(AUDIO / "long-story.wav", WIRE_HZ))
    job = Utterance(session="s", turn=1, gateway="g", deadline_s=9e9, packets=tuple(packets))
    steps = SttHandler(listener, SttSettings()).handle(job)
    heard, _ = [result async for result in one_by_one(steps)]
    assert isinstance(heard, Transcript)
    assert error_rate(STORY, heard) <= WORST_ERROR_RATE


async def test_calls_at_once_do_not_mix_up_what_they_hear(listener: SttEngine) -> None:
    speeches = [Speech(pcm=sound(name, listener)) for name in SAID]
    heard = await asyncio.gather(*map(listener.transcribe, speeches * 2))
    for said, recognition in zip([*SAID.values()] * 2, heard, strict=True):
        assert error_rate(said, recognition) <= WORST_ERROR_RATE


async def test_two_moonshine_transcribers_do_not_mix_up_what_they_hear() -> None:
    engine = load("moonshine", concurrency=2)
    speeches = [Speech(pcm=sound(name, engine)) for name in SAID]
    heard = await asyncio.gather(*map(engine.transcribe, speeches * 2))
    engine.close()
    for said, recognition in zip([*SAID.values()] * 2, heard, strict=True):
        assert error_rate(said, recognition) <= WORST_ERROR_RATE


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A Moonshine model whose files a test may replace."""
    for file in moonshine_voice.get_model_path("tiny-en").iterdir():
        (tmp_path / file.name).symlink_to(file)
    return tmp_path


def missing(file: Path) -> None:
    file.unlink()


def empty(file: Path) -> None:
    replace(file, b"")


def truncated(file: Path) -> None:
    whole = file.read_bytes()
    replace(file, whole[: len(whole) // 3])


def of_another_kind(file: Path) -> None:
    replace(file, bytes(range(256)) * 1000)


def replace(file: Path, content: bytes) -> None:
    file.unlink()
    file.write_bytes(content)


@pytest.mark.parametrize("damage", [missing, empty, truncated, of_another_kind])
@pytest.mark.parametrize("name", ["encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin"])
def test_a_damaged_moonshine_model_is_named(
    model: Path, name: str, damage: Callable[[Path], None]
) -> None:
    damage(model / name)
    moonshine = find(ENGINES, "moonshine")
    with pytest.raises(ModelError, match=re.escape(str(model))):
        moonshine(moonshine.Settings(model_path=str(model)))


def test_moonshine_files_of_each_others_kind_are_noticed(model: Path) -> None:
    decoder = model / "decoder_model_merged.ort"
    replace(decoder, (model / "encoder_model.ort").read_bytes())
    moonshine = find(ENGINES, "moonshine")
    with pytest.raises(ModelError, match="truncated or of another kind"):
        moonshine(moonshine.Settings(model_path=str(model)))


def test_a_moonshine_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    moonshine = find(ENGINES, "moonshine")
    with pytest.raises(ModelError, match=r"nowhere.*encoder_model\.ort"):
        moonshine(moonshine.Settings(model_path=str(tmp_path / "nowhere")))
