"""Real speech in, real speech out, by the engines of the embedded default."""

import re
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import jiwer
import numpy as np
import pytest

from bench.response import DEFAULT
from bench.round_trip import REPLIES, heard, plain
from bench.system import System, running
from client.ask import ask
from client.connection import connect
from client.sound import read_question
from shared.audio import decode_packets
from stt_service.engine import Speech
from stt_service.engines.moonshine import Moonshine
from stt_service.handler import SttHandler
from stt_service.settings import SttSettings
from tts_service.engines.espeak import Espeak
from tts_service.handler import TtsHandler
from tts_service.settings import Settings as TtsSettings

pytestmark = pytest.mark.timeout(300)
SOUNDS = Path(__file__).parents[1] / "audio"
PRECISE = {"VOICECHAT_LLM_TEMPERATURE": "0", "VOICECHAT_LLM_MAX_OUTPUT_TOKENS": "60"}


@pytest.fixture
async def system(redis_url: str, free_port: int, tmp_path: Path) -> AsyncIterator[System]:
    async with running(redis_url, free_port, tmp_path, **DEFAULT, **PRECISE) as it:
        yield it


async def test_a_spoken_question_is_understood_and_answered_aloud(system: System) -> None:
    async with connect(system.url) as connection:
        answer = await ask(connection, read_question(SOUNDS / "capital-of-france.wav"))
    assert answer.status == "completed"
    assert plain(answer.heard or "") == "what is the capital of france"
    assert "Paris" in answer.reply
    spoken = decode_packets(answer.packets, 16_000)
    with closing(Moonshine(Moonshine.Settings())) as ear:
        again = (await ear.transcribe(Speech(pcm=spoken))).text
    assert "paris" in plain(again).split()
    assert np.abs(spoken).max() > 0.1


async def test_a_conversation_goes_on_over_several_turns_spoken_and_typed(system: System) -> None:
    async with connect(system.url) as connection:
        for question in (read_question(SOUNDS / "moon-distance.wav"), "And how far is the sun?"):
            answer = await ask(connection, question, is_fast=True)
            assert answer.status == "completed"
            assert answer.reply
            assert answer.packets
            assert answer.latency["response_time_s"] > 0


async def test_spoken_replies_are_understood_when_heard_again() -> None:
    with (
        closing(Espeak(Espeak.Settings())) as voice,
        closing(Moonshine(Moonshine.Settings())) as ear,
    ):
        tts, stt = TtsHandler(voice, TtsSettings()), SttHandler(ear, SttSettings())
        rates = [jiwer.wer(plain(text), plain(await heard(tts, stt, text))) for text in REPLIES]
    assert len(rates) >= 10
    assert sum(rates) / len(rates) < 0.35
    assert sum(rate < 0.2 for rate in rates) >= len(rates) / 2


async def test_silence_gets_no_invented_words(system: System) -> None:
    async with connect(system.url) as connection:
        await connection.send_speech(read_question(SOUNDS / "silence.wav"), is_fast=True)
        await connection.commit_speech()
        await connection.request_reply()
        events = [await connection.receive()]
        while type(events[-1]).__name__ != "ReplyDone":
            events.append(await connection.receive())
    assert not any(re.search("ReplySound|ReplyText", type(event).__name__) for event in events)
    assert getattr(events[-1], "reason", "") == "no_speech"
