"""Hands-free sessions with real processes, the real voice detector and real speech."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from bench.system import System, running
from client.connection import Connection, connect
from client.events import (
    AnyEvent,
    ItemDeleted,
    ReplyCleared,
    ReplyDone,
    ReplyPaused,
    ReplyResumed,
    ReplySound,
    SpeechHeard,
    SpeechStarted,
    SpeechStopped,
)
from shared.audio import WIRE_HZ, OpusEncoder, Pcm, read_sound

pytestmark = pytest.mark.timeout(300)

AUDIO = Path(__file__).parents[1] / "audio"
REPLY = "This is a reply of quite a few words, so that there is time to speak over all of it. "
SERVER_VAD = {"type": "server_vad", "silence_duration_ms": 700}
SETTINGS = {
    "VOICECHAT_STT_SPEECH_THRESHOLD": "0.5",
    "VOICECHAT_STT_SCRIPTED_TEXT": "So it is.",
    "VOICECHAT_LLM_SCRIPTED_REPLY": REPLY * 2,
    "VOICECHAT_TTS_TONE_WORD_S": "0.15",
    "VOICECHAT_ENDPOINTING_EAGER": "on",
}


@pytest.fixture
async def system(redis_url: str, free_port: int, tmp_path: Path) -> AsyncIterator[System]:
    async with running(redis_url, free_port, tmp_path, **SETTINGS) as it:
        yield it


def speech(name: str) -> Pcm:
    return read_sound(AUDIO / f"{name}.wav", WIRE_HZ)


def silence(seconds: float) -> Pcm:
    return np.zeros(round(seconds * WIRE_HZ), np.float32)


class Person:
    """Speaks in real time without end: what is in the script, and silence after it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._script: asyncio.Queue[Pcm] = asyncio.Queue()
        self.events: list[AnyEvent] = []

    def say(self, *pieces: Pcm) -> None:
        self._script.put_nowait(np.concatenate(pieces))

    async def speak(self) -> None:
        encoder = OpusEncoder(WIRE_HZ)
        while True:
            pcm = silence(0.1) if self._script.empty() else self._script.get_nowait()
            await self._connection.send_speech(encoder.encode(pcm))

    async def until(self, kind: type[AnyEvent]) -> AnyEvent:
        """The next event of a kind; all are kept."""
        async with asyncio.timeout(120):
            while True:
                event = await self._connection.receive()
                self.events.append(event)
                if isinstance(event, kind):
                    return event

    def kinds(self) -> list[type[AnyEvent]]:
        return [type(event) for event in self.events]


@asynccontextmanager
async def person(
    system: System, detection: Mapping[str, object] = SERVER_VAD
) -> AsyncIterator[Person]:
    """Somebody in a session that ends turns after 0.7 s of silence, or as they say."""
    async with connect(system.url, turn_detection=detection, answer_timeout_s=120) as connection:
        somebody = Person(connection)
        speaking = asyncio.create_task(somebody.speak())
        try:
            yield somebody
        finally:
            speaking.cancel()
            await asyncio.wait([speaking])


async def test_a_pause_in_a_question_does_not_cut_it(system: System) -> None:
    async with person(system) as somebody:
        somebody.say(speech("yes"), silence(0.3), speech("capital-of-france"))
        done = await somebody.until(ReplyDone)
    assert isinstance(done, ReplyDone)
    assert done.status == "completed"
    kinds = somebody.kinds()
    assert [kinds.count(kind) for kind in (SpeechStarted, SpeechStopped, SpeechHeard)] == [1, 1, 1]
    assert kinds.index(SpeechStopped) < kinds.index(ReplySound)
    places = [(e.sentence, e.index) for e in somebody.events if isinstance(e, ReplySound)]
    assert places == sorted(set(places))


async def test_speech_over_a_reply_ends_it(system: System) -> None:
    async with person(system) as somebody:
        somebody.say(speech("capital-of-france"))
        await somebody.until(ReplySound)
        somebody.say(silence(0.5), speech("moon-distance"))
        done = await somebody.until(ReplyDone)
        assert isinstance(done, ReplyDone)
        assert (done.status, done.reason) == ("cancelled", "turn_detected")
        kinds = somebody.kinds()
        assert ReplyPaused in kinds
        assert ReplyCleared in kinds
        await somebody.until(SpeechStarted)
        done = await somebody.until(ReplyDone)
        assert isinstance(done, ReplyDone)
        assert done.status == "completed"


async def test_a_backchannel_holds_the_reply_and_lets_it_go_on(
    redis_url: str, free_port: int, tmp_path: Path
) -> None:
    settings = SETTINGS | {"VOICECHAT_STT_SCRIPTED_TEXT": "Mm-hmm."}
    async with running(redis_url, free_port, tmp_path, **settings) as system, person(system) as she:
        she.say(speech("capital-of-france"))
        await she.until(ReplySound)
        she.say(silence(0.5), speech("yes"))
        done = await she.until(ReplyDone)
    assert isinstance(done, ReplyDone)
    assert done.status == "completed"
    kinds = she.kinds()
    assert kinds.count(ReplyPaused) == kinds.count(ReplyResumed) == 1
    assert kinds.count(SpeechStarted) == 1
    places = [(e.sentence, e.index) for e in she.events if isinstance(e, ReplySound)]
    assert places == sorted(set(places))
    assert len(places) == pytest.approx(len(REPLY.split()) * 2 * 0.15 / 0.02, rel=0.2)


async def going_on(system: System) -> list[AnyEvent]:
    """What somebody is told who speaks again as soon as they seem to have finished."""
    async with person(system, {"type": "semantic_vad"}) as somebody:
        somebody.say(speech("capital-of-france"))
        await somebody.until(SpeechStopped)
        somebody.say(speech("moon-distance"))
        await somebody.until(SpeechStopped)
        await somebody.until(ReplySound)
        return somebody.events


async def test_who_goes_on_after_a_turn_was_taken_to_be_over_is_heard_whole(
    redis_url: str, free_port: int, tmp_path: Path
) -> None:
    settings = SETTINGS | {"VOICECHAT_STT_SCRIPTED_TEXT": "What is it?"}
    async with running(redis_url, free_port, tmp_path, **settings) as system:
        # Where the machine stands still, more than a second may have passed: then it is a new turn.
        trials = [await going_on(system) for _ in range(3)]
    told = next(told for told in trials if any(isinstance(event, ItemDeleted) for event in told))
    first, second = [event for event in told if isinstance(event, SpeechStarted)]
    assert [event.item for event in told if isinstance(event, ItemDeleted)] == [first.item]
    assert second.at_s == pytest.approx(first.at_s, abs=0.05)
    assert [event.text for event in told if isinstance(event, SpeechHeard)][-1] == "What is it?"


async def test_noise_is_nobody(system: System) -> None:
    async with person(system) as somebody:
        somebody.say(speech("noise"), speech("silence"), speech("yes"))
        started = await somebody.until(SpeechStarted)
    assert isinstance(started, SpeechStarted)
    assert started.at_s > 3.5


async def test_several_people_talk_at_once(system: System) -> None:
    async with AsyncExitStack() as stack:
        people = [await stack.enter_async_context(person(system)) for _ in range(4)]
        for number, somebody in enumerate(people):
            somebody.say(silence(0.2 * number), speech("capital-of-france"))
        dones = await asyncio.gather(*(somebody.until(ReplyDone) for somebody in people))
    assert [done.status for done in dones if isinstance(done, ReplyDone)] == ["completed"] * 4
    for somebody in people:
        assert somebody.kinds().count(SpeechStopped) == 1


async def test_a_client_that_falls_silent_in_mid_word_is_answered(system: System) -> None:
    encoder = OpusEncoder(WIRE_HZ)
    async with connect(system.url, turn_detection=SERVER_VAD, answer_timeout_s=60) as connection:
        await connection.send_speech(encoder.encode(speech("capital-of-france")[:WIRE_HZ]))
        somebody = Person(connection)
        done = await somebody.until(ReplyDone)
    assert isinstance(done, ReplyDone)
    assert done.status == "completed"
