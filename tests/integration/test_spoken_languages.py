"""Japanese and English in one conversation, with real processes and voices of both."""

from collections.abc import AsyncIterator
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from aiohttp import ClientSession

from bench.system import System, running
from client.connection import Connection, connect
from client.events import AnyEvent, ReplyDone, ReplySound, ReplyText, SpeechHeard
from shared.audio import OpusEncoder
from shared.messages import Sentence
from tts_service.engines.espeak import Espeak, EspeakSettings
from tts_service.handler import TtsHandler
from tts_service.settings import Settings

pytestmark = pytest.mark.timeout(300)

JAPANESE, ENGLISH = "今日は何曜日ですか？", "What is the capital of France?"
TYPED_JAPANESE, TYPED_ENGLISH = "東京の天気を教えてください。", "How is the weather in London?"
SETTINGS = {
    "VOICECHAT_STT_SCRIPTED_TEXT": f"{JAPANESE}|{ENGLISH}",
    "VOICECHAT_STT_SCRIPTED_LANGUAGE": "Japanese|en",
    "VOICECHAT_LLM_SCRIPTED_REPLY": "{question}",
    "VOICECHAT_LLM_LANGUAGE_NOTE": "",
    "VOICECHAT_TTS_ENGINE": "espeak",
}


@pytest.fixture
async def system(redis_url: str, free_port: int, tmp_path: Path) -> AsyncIterator[System]:
    async with running(redis_url, free_port, tmp_path, **SETTINGS) as it:
        yield it


async def speak(connection: Connection) -> list[AnyEvent]:
    """What we are told when we say something; the recogniser has its own idea of what."""
    tone = np.sin(np.arange(24_000, dtype=np.float32) * 0.1) / 3
    await connection.send_speech(OpusEncoder().encode(tone.astype(np.float32)), is_fast=True)
    await connection.commit_speech()
    return await answer(connection)


async def write(connection: Connection, text: str) -> list[AnyEvent]:
    await connection.send_text(text)
    return await answer(connection)


async def answer(connection: Connection) -> list[AnyEvent]:
    """All events up to the end of the reply."""
    await connection.request_reply()
    events = [await connection.receive()]
    while not isinstance(events[-1], ReplyDone):
        events.append(await connection.receive())
    return events


def heard(events: list[AnyEvent]) -> list[tuple[str, str]]:
    return [(event.text, event.language) for event in events if isinstance(event, SpeechHeard)]


def text_of(events: list[AnyEvent]) -> str:
    return "".join(event.delta for event in events if isinstance(event, ReplyText))


def packets_of(events: list[AnyEvent]) -> list[bytes]:
    return [event.packet for event in events if isinstance(event, ReplySound)]


async def spoken(voice: str, *texts: str) -> list[list[bytes]]:
    """The packets of each text, as a tts worker makes them that has this voice alone."""
    engine = Espeak(EspeakSettings(voice=voice))
    engine.voices = engine.voices[:1]
    handler = TtsHandler(engine, Settings())
    made = [await packets(handler, text) for text in texts]
    engine.close()
    return made


async def packets(handler: TtsHandler, text: str) -> list[bytes]:
    job = Sentence(session="s", turn=1, gateway="g", deadline_s=0, index=0, text=text)
    return [packet async for chunk in handler.handle(job) for packet in chunk.packets]


async def test_a_reply_in_two_languages_has_two_voices(system: System) -> None:
    sentences = [
        "「こんにちは」はこういう意味です。",
        " It means good day, and you can say it to them.",
    ]
    async with connect(system.url, answer_timeout_s=150) as connection:
        events = await write(connection, "".join(sentences))
    sounds = [event for event in events if isinstance(event, ReplySound)]
    by_sentence = groupby(sounds, lambda sound: sound.sentence)
    made = [[sound.packet for sound in group] for _, group in by_sentence]
    (japanese,), (english,) = await spoken("ja", sentences[0]), await spoken("en-us", sentences[1])
    assert made == [japanese, english]


async def test_a_text_to_be_read_has_a_voice_of_its_language_in_each_piece(system: System) -> None:
    # The first piece has Chinese characters alone, which would be Chinese.
    text = "東京、大阪、京都、名古屋、福岡。どれが好きですか？"
    japanese = await read_aloud(system, text, language="ja")
    assert await read_aloud(system, text) == japanese
    assert await read_aloud(system, text, language="zh") != japanese


async def read_aloud(system: System, text: str, **wishes: str) -> bytes:
    body = {"input": text, "response_format": "pcm", **wishes}
    async with (
        ClientSession() as web,
        web.post(system.web("/v1/audio/speech"), json=body) as answer,
    ):
        assert answer.status == 200
        return await answer.read()


async def test_the_model_is_told_in_which_language_to_answer(
    redis_url: str, free_port: int, tmp_path: Path
) -> None:
    settings = SETTINGS | {"VOICECHAT_LLM_LANGUAGE_NOTE": "[{language}]"}
    async with (
        running(redis_url, free_port, tmp_path, **settings) as system,
        connect(system.url, answer_timeout_s=150) as connection,
    ):
        replies = [await write(connection, TYPED_ENGLISH), await speak(connection)]
        replies += [await speak(connection), await write(connection, TYPED_ENGLISH)]
    assert [text_of(events) for events in replies] == [
        TYPED_ENGLISH,
        f"{JAPANESE} [Japanese]",
        f"{ENGLISH} [English]",
        TYPED_ENGLISH,
    ]
