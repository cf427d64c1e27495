"""Real processes, killed in mid-work: the answer is heard once, whole and in order."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from aiohttp import ClientSession

from bench.redis_server import RedisServer
from bench.system import System, running
from client.connection import Connection, connect
from client.events import AnyEvent, ReplyDone, ReplySound, ReplyText, SpeechHeard
from shared.audio import OpusEncoder

pytestmark = pytest.mark.timeout(300)

REPLY = (
    "The first sentence has six words. Here comes a second one with rather more words in it. "
    "Then a third follows the second, as it should. And the fourth is the last of them."
)
WORD_S = 0.1
SLOW = {
    "VOICECHAT_LLM_SCRIPTED_REPLY": REPLY,
    "VOICECHAT_LLM_SCRIPTED_TOKEN_S": "0.05",
    "VOICECHAT_TTS_TONE_WORD_S": str(WORD_S),
    "VOICECHAT_TTS_TONE_PIECE_S": "0.1",
    "VOICECHAT_TTS_TONE_DELAY_S": "0.05",
    "VOICECHAT_STT_SCRIPTED_DELAY_S": "0.5",
    "VOICECHAT_TTS_SENTENCE_PAUSE_S": "0",
    "VOICECHAT_TTS_CLAUSE_PAUSE_S": "0",
    "VOICECHAT_GATEWAY_TURN_TIMEOUT_S": "120",  # an heir starts slowly on a machine that stalls
}
MODULES = {"stt": "stt_service", "llm": "llm_service", "tts": "tts_service"}


@pytest.fixture
async def system(redis_url: str, free_port: int, tmp_path: Path) -> AsyncIterator[System]:
    async with running(redis_url, free_port, tmp_path, **SLOW) as it:
        yield it


async def ask(connection: Connection) -> None:
    encoder = OpusEncoder()
    tone = np.sin(np.arange(24_000, dtype=np.float32) * 0.1) / 3
    await connection.send_speech(encoder.encode(tone.astype(np.float32)), is_fast=True)
    await connection.commit_speech()
    await connection.request_reply()


async def answer(connection: Connection) -> list[AnyEvent]:
    """All events up to the end of the reply."""
    events = [await connection.receive()]
    while not isinstance(events[-1], ReplyDone):
        events.append(await connection.receive())
    return events


def assert_heard_once_whole_and_in_order(events: list[AnyEvent]) -> None:
    done = events[-1]
    assert isinstance(done, ReplyDone)
    assert (done.status, done.detail) == ("completed", "")
    assert [event.text for event in events if isinstance(event, SpeechHeard)] != []
    assert "".join(event.delta for event in events if isinstance(event, ReplyText)) == REPLY
    places = [(e.sentence, e.index) for e in events if isinstance(e, ReplySound)]
    assert places == sorted(set(places))
    assert len(places) == pytest.approx(len(REPLY.split()) * WORD_S / 0.02, abs=2)


@pytest.mark.parametrize("stage", ["stt", "llm", "tts"])
async def test_a_worker_killed_in_mid_work_is_not_noticed(system: System, stage: str) -> None:
    async with connect(system.url, answer_timeout_s=150) as connection:
        await ask(connection)
        seen: list[AnyEvent] = []
        if stage == "stt":
            await asyncio.sleep(0.2)  # it takes 0.5 s
        while stage != "stt" and sum(isinstance(event, ReplySound) for event in seen) < 3:
            seen.append(await connection.receive())
        system.signal(MODULES[stage], signal.SIGKILL)
        system.start(MODULES[stage], "heir")
        assert_heard_once_whole_and_in_order([*seen, *await answer(connection)])


@pytest.mark.parametrize("stage", ["stt", "llm", "tts"])
async def test_a_worker_that_is_stopped_finishes_and_ends_cleanly(
    system: System, stage: str
) -> None:
    async with connect(system.url, answer_timeout_s=150) as connection:
        await ask(connection)
        await asyncio.sleep(0.2)
        system.start(MODULES[stage], "successor")
        await system.until_ready(**{stage: 2})
        system.signal(MODULES[stage], signal.SIGTERM)
        assert_heard_once_whole_and_in_order(await answer(connection))
        assert await system.ended(MODULES[stage]) == 0


async def test_a_worker_that_hung_and_comes_back_is_not_heard_twice(system: System) -> None:
    async with connect(system.url, answer_timeout_s=150) as connection:
        await ask(connection)
        seen: list[AnyEvent] = []
        while not any(isinstance(event, ReplySound) for event in seen):
            seen.append(await connection.receive())
        system.signal("tts_service", signal.SIGSTOP)
        system.start("tts_service", "heir")
        await asyncio.sleep(2)
        system.signal("tts_service", signal.SIGCONT)
        assert_heard_once_whole_and_in_order([*seen, *await answer(connection)])


async def test_more_workers_share_the_sentences_of_a_reply(system: System) -> None:
    for name in ("second", "third"):
        system.start("tts_service", name)
    await system.until_ready(tts=3)
    async with connect(system.url, answer_timeout_s=150) as connection:
        for _ in range(2):
            await ask(connection)
            assert_heard_once_whole_and_in_order(await answer(connection))


async def test_a_poison_message_does_not_stop_the_system(
    system: System, redis_server: RedisServer
) -> None:
    with redis_server.client() as client:
        for stream in ("utterances", "turns", "sentences"):
            client.xadd(f"{{voicechat}}:{stream}", {"m": b"\x81\xa4type\xa6Poison"})
            client.xadd(f"{{voicechat}}:{stream}", {"wrong": b"field"})
    async with connect(system.url, answer_timeout_s=150) as connection:
        await ask(connection)
        assert_heard_once_whole_and_in_order(await answer(connection))
    with redis_server.client() as client:
        assert client.xlen("{voicechat}:dead") == 6


async def test_the_next_question_is_answered_after_redis_restarts(
    own_redis: RedisServer, free_port: int, tmp_path: Path
) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    async with running(own_redis.url, free_port, logs, **SLOW) as system:
        async with connect(system.url, answer_timeout_s=150) as connection:
            await ask(connection)
            seen: list[AnyEvent] = []
            while not any(isinstance(event, ReplySound) for event in seen):
                seen.append(await connection.receive())
            own_redis.kill()
            await asyncio.sleep(1)
            own_redis.start()
            assert_heard_once_whole_and_in_order([*seen, *await answer(connection)])
            await ask(connection)
            assert_heard_once_whole_and_in_order(await answer(connection))
        assert all(system.is_running(name) for name in ("gateway", *MODULES.values()))


async def test_a_session_goes_on_after_an_engine_failed(
    redis_url: str, free_port: int, tmp_path: Path
) -> None:
    failing = {"VOICECHAT_LLM_SCRIPTED_FAILS_AT": "third"}
    async with running(redis_url, free_port, tmp_path, **SLOW, **failing) as system:
        async with connect(system.url, answer_timeout_s=150) as connection:
            for _ in range(2):
                await ask(connection)
                done = (await answer(connection))[-1]
                assert isinstance(done, ReplyDone)
                assert (done.status, done.reason) == ("failed", "engine_failed")
        assert REPLY[:20] not in system.log("llm_service")


async def test_a_reply_that_never_ends_is_cut(
    redis_url: str, free_port: int, tmp_path: Path
) -> None:
    endless = {"VOICECHAT_LLM_SCRIPTED_IS_ENDLESS": "yes", "VOICECHAT_LLM_MAX_OUTPUT_TOKENS": "40"}
    async with (
        running(redis_url, free_port, tmp_path, **SLOW, **endless) as system,
        connect(system.url, answer_timeout_s=150) as connection,
    ):
        await ask(connection)
        done = (await answer(connection))[-1]
    assert isinstance(done, ReplyDone)
    assert (done.status, done.reason) == ("incomplete", "max_output_tokens")


async def test_wrong_voice_data_ends_the_service_with_one_clear_line(
    redis_url: str, free_port: int, tmp_path: Path
) -> None:
    system = System(redis_url, free_port, {"VOICECHAT_TTS_ESPEAK_DATA": "/nonexistent"}, tmp_path)
    assert await system.ended(system.start("tts_service")) == 2
    assert "error: eSpeak NG finds no voice data" in system.log("tts_service")


async def test_readyz_says_which_stage_has_no_worker(system: System) -> None:
    system.signal("llm_service", signal.SIGKILL)
    async with ClientSession() as web:
        async with asyncio.timeout(90):
            while (answer := await (await web.get(system.web("/readyz"))).json())["ready"]:
                await asyncio.sleep(0.1)
        assert "llm" in answer["missing"]
        system.start("llm_service", "heir")
        async with asyncio.timeout(120):
            while (await web.get(system.web("/readyz"))).status != 200:
                await asyncio.sleep(0.1)


async def test_what_is_said_is_in_no_log(system: System) -> None:
    async with connect(system.url, answer_timeout_s=150) as connection:
        await ask(connection)
        await answer(connection)
    for name in ("gateway", *MODULES.values()):
        log = system.log(name)
        assert "capital" not in log
        assert "sentence has six" not in log
