"""Hands-free conversation in noise, by the engines of the embedded default and real processes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, closing
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
import soxr
from person import SOUND, Message, Person, person

from bench.dialogue_sounds import trimmed
from bench.redis_server import temporary_redis
from bench.response import DEFAULT
from bench.round_trip import plain
from bench.system import System, free_port, running
from shared.audio import WIRE_HZ, Pcm, decode_packets, read_sound
from tts_service.engine import Speakable
from tts_service.engines.espeak import Espeak

pytestmark = pytest.mark.timeout(300)

AUDIO = Path(__file__).parents[1] / "audio"
SETTINGS = {
    "VOICECHAT_LLM_TEMPERATURE": "0",
    "VOICECHAT_LLM_MAX_OUTPUT_TOKENS": "60",
    "VOICECHAT_GATEWAY_TURN_TIMEOUT_S": "120",
}
"""On busy cores llama.cpp writes a token in a second."""
NOISE_S = 6.0
LOUD_NOISE_DB = -26.0
"""Below full scale; speech of a usual loudness is at about -23 dB."""
SLOWEST_WORDS_PER_S, FASTEST_WORDS_PER_S = 1.0, 5.0
"""Less and more than any voice speaks at its usual speed."""

STARTED = "input_audio_buffer.speech_started"
STOPPED = "input_audio_buffer.speech_stopped"
TRANSCRIBED = "conversation.item.input_audio_transcription.completed"
CLEARED = "output_audio_buffer.cleared"
DONE = "response.done"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    logs = tmp_path_factory.mktemp("logs")
    with temporary_redis() as redis:
        async with running(redis.url, free_port(), logs, **DEFAULT, **SETTINGS) as it:
            yield it


def recorded(name: str) -> Pcm:
    return read_sound(AUDIO / f"{name}.wav", WIRE_HZ)


def white(seconds: float, level: float) -> Pcm:
    noise = np.random.default_rng(3).standard_normal(round(seconds * WIRE_HZ), np.float32)
    return noise * np.float32(level)


def rms(pcm: Pcm) -> float:
    return float(np.sqrt(np.mean(pcm**2)))


def decibels(level_db: float) -> float:
    return float(10 ** (level_db / 20))


QUIET = white(1.0, decibels(-70))
"""A quiet room: no microphone gives digital silence."""


def silence(seconds: float) -> Pcm:
    return np.zeros(round(seconds * WIRE_HZ), np.float32)


async def said(text: str) -> Pcm:
    """Speech by an unhurried voice, which is the one that is best understood in noise."""
    with closing(Espeak(Espeak.Settings())) as engine:
        speaking = engine.speak(Speakable(text=text, voice="en-us", speed=0.85))
        async with aclosing(speaking) as sounds:
            pcm = np.concatenate([sound.pcm async for sound in sounds])
    return trimmed(soxr.resample(pcm, engine.sample_rate_hz, WIRE_HZ))


def heard(somebody: Person, utterance: int = 0) -> set[str]:
    """The words that were understood."""
    return set(plain(somebody.all(TRANSCRIBED)[utterance]["transcript"]).split())


def kept(done: Message) -> str:
    """What the conversation keeps of a reply."""
    text: str = done["response"]["output"][0]["content"][0]["transcript"]
    return text


def written(somebody: Person, done: Message) -> str:
    """All that was written of a reply."""
    texts = somebody.all("response.output_audio_transcript.delta")
    return "".join(text["delta"] for text in texts if text["response_id"] == done["response"]["id"])


@pytest.mark.parametrize("snr_db", [20.0, 10.0])
async def test_a_question_with_a_pause_in_noise_is_heard_once_and_answered_aloud(
    system: System, snr_db: float
) -> None:
    clauses = await said("Can you tell me about,"), await said("the capital of France?")
    question = np.concatenate((clauses[0], silence(0.35), clauses[1]))
    async with person(system.url, white(7.0, rms(question) * decibels(-snr_db))) as somebody:
        somebody.say(silence(0.5), question)
        done = await somebody.until_told(DONE)
    assert [len(somebody.all(kind)) for kind in (STARTED, STOPPED, TRANSCRIBED)] == [1, 1, 1]
    assert {"capital", "france"} <= heard(somebody)
    assert done["response"]["status"] == "completed"
    assert "Paris" in kept(done)
    assert somebody.place(STOPPED) < somebody.place(SOUND)
    sound = decode_packets([message["packet"] for message in somebody.all(SOUND)], WIRE_HZ)
    assert np.abs(sound).max() > 0.1


async def test_speech_over_a_reply_ends_it_where_it_was_heard_and_is_answered(
    system: System,
) -> None:
    async with person(system.url, QUIET) as somebody:
        somebody.say(await said("Please tell me a short story about a dog."))
        item = await somebody.until_heard(2.0)
        somebody.say(recorded("capital-of-france"))
        first, second = await somebody.until_told(DONE), await somebody.until_told(DONE, 2)
    assert first["response"]["status"] == "cancelled"
    assert first["response"]["status_details"]["reason"] == "turn_detected"
    story, whole_story = kept(first), written(somebody, first)
    assert whole_story.startswith(story)
    assert story != whole_story
    heard_s = somebody.heard_s[item]
    assert SLOWEST_WORDS_PER_S * heard_s < len(story.split()) < FASTEST_WORDS_PER_S * heard_s
    turn = somebody.all(SOUND)[0]["turn"]
    after = somebody.told[somebody.place(CLEARED) :]
    assert turn not in [message["turn"] for message in after if message["type"] == SOUND]
    assert {"capital", "france"} <= heard(somebody, 1)
    assert second["response"]["status"] == "completed"
    assert "Paris" in kept(second)


async def test_several_people_at_once_are_each_understood_and_answered(system: System) -> None:
    questions = {"capital-of-france": "france", "moon-distance": "moon", "kitchen-lights": "lights"}
    async with AsyncExitStack() as stack:
        people = [await stack.enter_async_context(person(system.url, QUIET)) for _ in questions]
        for somebody, name in zip(people, questions, strict=True):
            somebody.say(recorded(name))
        await asyncio.gather(*(somebody.until_heard(0.5) for somebody in people))
    for somebody, name in zip(people, questions, strict=True):
        assert heard(somebody) & set(questions.values()) == {questions[name]}
        assert len(somebody.all(STOPPED)) == len(somebody.all(TRANSCRIBED)) == 1


async def test_nobody_is_heard_in_noise_alone(system: System) -> None:
    hiss = np.concatenate((white(NOISE_S, decibels(LOUD_NOISE_DB)), silence(30.0)))
    async with person(system.url, hiss) as somebody:
        somebody.say(silence(NOISE_S + 0.5), recorded("capital-of-france"))
        await somebody.until_told(TRANSCRIBED)
    assert somebody.all(STARTED)[0]["audio_start_ms"] > NOISE_S * 1000
    assert "france" in heard(somebody)
