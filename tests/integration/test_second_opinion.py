"""The turn model in a gateway: real model, real sound."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import moonshine_voice
import pytest

from bench.system import running
from client.connection import connect
from client.events import ReplyDone
from gateway.events import TurnJudged
from gateway.second_opinion import SecondOpinion
from gateway.turn_model import choose_turn_model, loaded
from shared.audio import WIRE_HZ, OpusEncoder, read_sound
from shared.settings import Environment

AUDIO = Path(__file__).parents[1] / "audio"
MODEL = "smart_turn"


@pytest.fixture
async def opinion() -> AsyncIterator[SecondOpinion]:
    async with loaded(choose_turn_model(MODEL, Environment({}))) as model:
        yield SecondOpinion(model)


def read_aloud(until_s: float) -> tuple[bytes, ...]:
    """Opus of a person who reads a novel, up to there."""
    novel = read_sound(moonshine_voice.get_assets_path() / "two_cities.wav", WIRE_HZ)
    return tuple(OpusEncoder(WIRE_HZ).encode(novel[: round(until_s * WIRE_HZ)]))


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():
            await asyncio.sleep(0.01)


async def test_the_end_of_a_reading_sounds_finished_and_the_middle_of_it_does_not(
    opinion: SecondOpinion,
) -> None:
    told: list[TurnJudged] = []
    opinion.ask(read_aloud(41.3), 1.0, told.append)
    opinion.ask(read_aloud(41.9), 2.0, told.append)
    await until(lambda: len(told) == 2)
    middle, end = sorted(told, key=lambda judged: judged.speech_end_s)
    assert (middle.speech_end_s, end.speech_end_s) == (1.0, 2.0)
    assert middle.probability < 0.5 < end.probability


async def test_no_more_is_asked_than_can_be_answered_in_time(opinion: SecondOpinion) -> None:
    told: list[TurnJudged] = []
    packets = read_aloud(1.0)
    for number in range(100):
        opinion.ask(packets, float(number), told.append)
    await until(lambda: len(told) >= 8)
    opinion.ask(packets, 100.0, told.append)
    await until(lambda: told[-1].speech_end_s == 100.0)
    assert len(told) == 9


async def test_sound_that_cannot_be_decoded_is_not_judged(
    opinion: SecondOpinion, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[TurnJudged] = []
    opinion.ask((b"\xff",), 1.0, told.append)
    opinion.ask(read_aloud(1.0), 2.0, told.append)
    await until(lambda: bool(told))
    assert [judged.speech_end_s for judged in told] == [2.0]


async def test_a_gateway_with_a_turn_model_answers_hands_free_speech(
    redis_url: str, free_port: int, tmp_path: Path
) -> None:
    settings = {
        "VOICECHAT_ENDPOINTING_TURN_MODEL": MODEL,
        "VOICECHAT_STT_SCRIPTED_TEXT": "Yes.",
        "VOICECHAT_STT_SPEECH_THRESHOLD": "0.5",
    }
    speech = OpusEncoder(WIRE_HZ).encode(read_sound(AUDIO / "yes.wav", WIRE_HZ))
    async with (
        running(redis_url, free_port, tmp_path, **settings) as system,
        connect(system.url, turn_detection={"type": "semantic_vad"}) as connection,
    ):
        await connection.send_speech(speech)
        async with asyncio.timeout(60):
            while not isinstance(event := await connection.receive(), ReplyDone):
                pass
    assert event.status == "completed"
