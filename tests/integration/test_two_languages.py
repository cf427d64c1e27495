"""Japanese and English in one conversation, through real processes: heard, answered, spoken."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from bench.system import System, running
from client.connection import Connection, connect
from client.events import ReplyDone, ReplySound, ReplyText, SpeechHeard
from shared.audio import OpusEncoder
from shared.messages import Sentence
from tts_service.engines.espeak import Espeak, EspeakSettings
from tts_service.handler import TtsHandler
from tts_service.settings import Settings

pytestmark = pytest.mark.timeout(300)

JAPANESE, ENGLISH = "今日は何曜日ですか？", "And what day is it tomorrow?"
SETTINGS = {
    "VOICECHAT_STT_SCRIPTED_TEXT": f"{JAPANESE}|{ENGLISH}",
    "VOICECHAT_STT_SCRIPTED_LANGUAGE": "Japanese|en-US",
    "VOICECHAT_LLM_SCRIPTED_REPLY": "{question}",
    "VOICECHAT_TTS_ENGINE": "espeak",
    "VOICECHAT_TTS_VOICES": "ja=ja,en=en-gb",
}


class Exchange(msgspec.Struct):
    """What came back of one question."""

    heard: list[tuple[str, str]] = []
    """Text and language."""
    pieces: list[str] = []
    sound: dict[int, list[bytes]] = {}
    """Packets of each sentence."""


@pytest.fixture
async def system(redis_url: str, free_port: int, tmp_path: Path) -> AsyncIterator[System]:
    async with running(redis_url, free_port, tmp_path, **SETTINGS) as it:
        yield it


@pytest.fixture(scope="module")
def espeak() -> Iterator[Espeak]:
    engine = Espeak(EspeakSettings())
    yield engine
    engine.close()


async def speak(connection: Connection) -> Exchange:
    """Say something, whatever: the recogniser does not listen."""
    tone = np.sin(np.arange(24_000, dtype=np.float32) * 0.1) / 3
    await connection.send_speech(OpusEncoder().encode(tone.astype(np.float32)), is_fast=True)
    await connection.commit_speech()
    return await answered(connection)


async def write(connection: Connection, text: str) -> Exchange:
    await connection.send_text(text)
    return await answered(connection)


async def answered(connection: Connection) -> Exchange:
    await connection.request_reply()
    exchange = Exchange()
    while True:
        match await connection.receive():
            case SpeechHeard(text=text, language=language):
                exchange.heard.append((text, language))
            case ReplyText(delta=delta):
                exchange.pieces.append(delta)
            case ReplySound(sentence=sentence, packet=packet):
                exchange.sound.setdefault(sentence, []).append(packet)
            case ReplyDone(status=status):
                assert status == "completed"
                return exchange
            case _:
                pass


async def voices(espeak: Espeak, exchange: Exchange) -> list[str]:
    """Which voice spoke each sentence: the same voice makes the same packets."""
    made = {
        voice: [await packets(espeak, text, voice) for text in exchange.pieces]
        for voice in ("ja", "en-gb", "en-us")
    }
    return [
        next((voice for voice in made if made[voice][at] == exchange.sound[at]), "?")
        for at in range(len(exchange.pieces))
    ]


async def packets(espeak: Espeak, text: str, voice: str) -> list[bytes]:
    language = voice[:2]
    handler = TtsHandler(espeak, Settings(voices=(f"{language}={voice}",)))
    job = Sentence(
        session="", turn=1, gateway="", deadline_s=0, index=0, text=text, language=language
    )
    return [packet async for chunk in handler.handle(job) for packet in chunk.packets]


async def test_each_utterance_is_answered_in_its_language_and_voice(
    system: System, espeak: Espeak
) -> None:
    async with connect(system.url, answer_timeout_s=150) as connection:
        first, second = await speak(connection), await speak(connection)
    assert first.heard == [(JAPANESE, "ja")]
    assert first.pieces == [JAPANESE, " (Please answer in Japanese.)"]
    assert await voices(espeak, first) == ["ja", "en-gb"]
    assert second.heard == [(ENGLISH, "en-us")]
    assert second.pieces == [ENGLISH, " (Please answer in English.)"]
    assert await voices(espeak, second) == ["en-gb", "en-gb"]


async def test_typed_text_shows_its_language_itself(system: System, espeak: Espeak) -> None:
    async with connect(system.url, answer_timeout_s=150) as connection:
        first, second = await write(connection, JAPANESE), await write(connection, ENGLISH)
    assert first.pieces == [JAPANESE, " (Please answer in Japanese.)"]
    assert await voices(espeak, first) == ["ja", "en-gb"]
    assert second.pieces == [ENGLISH, " (Please answer in English.)"]


async def test_a_voice_that_the_engine_does_not_have_ends_the_service_with_one_clear_line(
    redis_url: str, free_port: int, tmp_path: Path
) -> None:
    system = System(redis_url, free_port, {"VOICECHAT_TTS_VOICES": "ja=nobody"}, tmp_path)
    assert await system.ended(system.start("tts_service")) == 2
    assert "error: VOICECHAT_TTS_VOICES: the engine has no voice 'nobody'" in system.log(
        "tts_service"
    )
