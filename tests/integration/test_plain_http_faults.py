"""Plain HTTP where things go wrong: clients that leave, work that fails, a system that is busy."""

import asyncio
import socket
from contextlib import aclosing
from typing import Any

import msgspec
import pytest
from aiohttp import ClientPayloadError, ClientResponse
from gateway_bench import Bench
from http_bench import (
    CHAT,
    PACKETS,
    SPEECH,
    chunk,
    error_of,
    failed,
    sentence,
    sentences,
    speech_bench,
    upload,
    wav,
)
from openai import APIError, AsyncOpenAI

from bench.redis_server import RedisServer
from gateway.settings import GatewaySettings
from shared.messages import Sentence, TurnCancelled, UserTurn
from shared.streams import CONTROL

# Clients that leave


async def test_a_client_that_leaves_has_its_transcription_called_off(redis_url: str) -> None:
    async with speech_bench(redis_url) as it:
        url = f"{it.url}/v1/audio/transcriptions"
        asking = asyncio.create_task(error_of(it.web, url, data=upload(wav())))
        utterance = await it.pipeline.utterance()
        assert (utterance.wants_reply, len(utterance.packets)) == (False, 50)
        asking.cancel()
        control = await it.control()
        assert control == TurnCancelled(session=utterance.session, turn=utterance.turn)


async def test_a_client_that_leaves_hears_no_further_sentence(redis_url: str) -> None:
    async with speech_bench(redis_url) as it:
        asking = asyncio.create_task(speak(it))
        jobs = await sentences(it, 4)
        await it.bus.submit(chunk(jobs[0]), jobs[0].gateway)
        async with asyncio.timeout(20):
            response = await asking
            await response.content.readexactly(48_000)
        response.close()
        assert await it.control() == TurnCancelled(session=jobs[0].session, turn=1)
        assert [job.index for job in await sentences(it, 1)] == [4]
        assert await sentence(it, wait_s=0.3) is None


async def speak(it: Bench) -> ClientResponse:
    """The answer, as soon as it begins."""
    return await it.web.post(f"{it.url}/v1/audio/speech", json=SPEECH)


async def test_a_client_that_does_not_read_is_let_go(redis_url: str) -> None:
    settings = GatewaySettings(idle_close_s=0.3)
    body = msgspec.json.encode(SPEECH)
    head = f"POST /v1/audio/speech HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    async with speech_bench(redis_url, settings) as it:
        with socket.create_connection(("127.0.0.1", it.port)) as client:
            client.sendall(head.encode() + body)
            [job] = await sentences(it, 1)
            much = msgspec.structs.replace(chunk(job), packets=PACKETS * 300)
            await it.bus.submit(much, job.gateway)
            assert await it.control() == TurnCancelled(session=job.session, turn=1)


async def test_work_that_was_done_is_not_called_off(redis_url: str) -> None:
    async with speech_bench(redis_url) as it:
        asking = asyncio.create_task(chat(it))
        job = await it.pipeline.turn()
        await it.pipeline.answer(job, "Hello yourself.", PACKETS)
        assert (await asking)["choices"][0]["message"]["content"] == "Hello yourself."
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await it.control()


async def chat(it: Bench) -> dict[str, Any]:
    async with it.web.post(f"{it.url}/v1/chat/completions", json=CHAT) as response:
        answer: dict[str, Any] = await response.json()
        return answer


# What the workers are given, and what comes back


async def test_a_few_sentences_are_spoken_ahead_and_played_in_order(redis_url: str) -> None:
    async with speech_bench(redis_url) as it:
        asking = asyncio.create_task(speak(it))
        jobs = await sentences(it, 4)
        assert [job.index for job in jobs] == [0, 1, 2, 3]
        assert await sentence(it, wait_s=0.3) is None
        await it.bus.submit(chunk(jobs[1]), jobs[1].gateway)
        await it.bus.submit(chunk(jobs[0], is_last=False), jobs[0].gateway)
        await it.bus.submit(chunk(jobs[0], is_last=False), jobs[0].gateway)
        async with asyncio.timeout(20), await asking as response:
            await response.content.readexactly(47_000)
            assert await sentence(it, wait_s=0.3) is None
            await it.bus.submit(chunk(jobs[0], 1), jobs[0].gateway)
            await response.content.readexactly(2 * 48_000)
        assert [job.index for job in await sentences(it, 2)] == [4, 5]


async def test_a_chat_becomes_a_typed_turn(redis_url: str) -> None:
    async with speech_bench(redis_url) as it:
        roles = ("system", "developer", "user", "assistant", "user")
        messages = [{"role": role, "content": f"{n}"} for n, role in enumerate(roles)]
        body = {"messages": messages, "max_tokens": 7, "temperature": 0}
        asking = asyncio.create_task(error_of(it.web, f"{it.url}/v1/chat/completions", json=body))
        job = await it.pipeline.turn()
        asking.cancel()
        assert [(item.role, item.text) for item in job.history] == [
            ("user", "2"),
            ("assistant", "3"),
            ("user", "4"),
        ]
        options = job.options
        assert (job.text, options.instructions, options.is_spoken) == ("", "0\n1", False)
        assert (options.max_output_tokens, options.temperature) == (7, 0)


# Work that fails


@pytest.mark.parametrize(
    ("code", "status"),
    [("bad_audio", 400), ("engine_failed", 500), ("gave_up", 500), ("expired", 504)],
)
async def test_failed_work_is_told(redis_url: str, code: str, status: int) -> None:
    async with speech_bench(redis_url) as it:
        url = f"{it.url}/v1/audio/transcriptions"
        asking = asyncio.create_task(error_of(it.web, url, data=upload(wav())))
        job = await it.pipeline.utterance()
        await it.bus.submit(failed(job, "stt", code), job.gateway)
        told, error, _ = await asking
        assert (told, error["code"], error["message"]) == (status, code, "the engine is ill")


async def test_a_stretch_that_fails_ends_the_work_on_the_others(redis_url: str) -> None:
    async with speech_bench(redis_url) as it:
        url = f"{it.url}/v1/audio/transcriptions"
        asking = asyncio.create_task(error_of(it.web, url, data=upload(wav(60))))
        jobs = [await it.pipeline.utterance() for _ in range(2)]
        assert max(len(job.packets) for job in jobs) <= 25 * 50
        await it.bus.submit(failed(jobs[0], "stt", "engine_failed"), jobs[0].gateway)
        status, error, _ = await asking
        assert (status, error["code"]) == (500, "engine_failed")
        assert await called_off(it, 2) == {job.session for job in jobs}


async def called_off(it: Bench, count: int) -> set[str]:
    """Sessions of so many messages to the workers."""
    async with (
        asyncio.timeout(20),
        aclosing(it.bus.observe(CONTROL, since_s=20)) as messages,
    ):
        return {(await anext(messages)).session for _ in range(count)}


async def test_a_chat_that_fails_midway_says_so(redis_url: str) -> None:
    async with (
        speech_bench(redis_url) as it,
        AsyncOpenAI(base_url=f"{it.url}/v1", api_key="none", max_retries=0) as openai,
    ):
        messages = CHAT["messages"]
        asking = asyncio.create_task(
            openai.chat.completions.create(model="any", messages=messages, stream=True)
        )
        job = await it.pipeline.turn()
        await give_sentence(it, job)
        stream = await asking
        assert [(await anext(stream)).choices[0].delta.content for _ in range(2)] == ["", "Well."]
        await it.bus.submit(failed(job, "llm", "engine_failed"), job.gateway)
        with pytest.raises(APIError, match="the engine is ill"):
            await anext(stream)


async def give_sentence(it: Bench, job: UserTurn) -> None:
    given = Sentence(
        session=job.session,
        turn=job.turn,
        gateway=job.gateway,
        deadline_s=0,
        index=0,
        text="Well.",
        is_spoken=False,
    )
    await it.bus.submit(given, job.gateway)


async def test_sound_that_fails_midway_does_not_look_whole(redis_url: str) -> None:
    async with speech_bench(redis_url) as it:
        asking = asyncio.create_task(speak(it))
        [job] = await sentences(it, 1)
        await it.bus.submit(chunk(job), job.gateway)
        async with asyncio.timeout(20), await asking as response:
            await response.content.readexactly(48_000)
            await it.bus.submit(failed(job, "tts", "engine_failed"), job.gateway)
            with pytest.raises(ClientPayloadError):
                await response.content.read()
        async with it.web.get(f"{it.url}/metrics") as response:
            assert 'requests_total{endpoint="speech",outcome="failed"}' in await response.text()


async def test_sound_that_fails_before_its_beginning_is_an_error(redis_url: str) -> None:
    async with speech_bench(redis_url) as it:
        asking = asyncio.create_task(error_of(it.web, f"{it.url}/v1/audio/speech", json=SPEECH))
        [job] = await sentences(it, 1)
        await it.bus.submit(failed(job, "tts", "engine_failed"), job.gateway)
        status, error, _ = await asking
        assert (status, error["type"], error["code"]) == (500, "server_error", "engine_failed")
        assert await called_off(it, 1) == {job.session}


async def test_work_that_nobody_takes_times_out(redis_url: str) -> None:
    settings = GatewaySettings(turn_timeout_s=0.3)
    async with speech_bench(redis_url, settings) as it:
        status, error, _ = await error_of(it.web, f"{it.url}/v1/chat/completions", json=CHAT)
        assert (status, error["code"]) == (504, "timed_out")
        assert isinstance(await it.control(), TurnCancelled)


async def test_a_long_file_has_longer_to_be_transcribed(redis_url: str) -> None:
    settings = GatewaySettings(turn_timeout_s=0.3)
    async with speech_bench(redis_url, settings) as it:
        url = f"{it.url}/v1/audio/transcriptions"
        asking = asyncio.create_task(error_of(it.web, url, data=upload(wav())))
        assert (await it.pipeline.utterance()).patience_s == pytest.approx(1.3)
        asking.cancel()


# A system that is busy or away


async def test_a_full_queue_is_told_with_when_to_come_back(redis_url: str) -> None:
    async with speech_bench(redis_url, queue_limit=0) as it:
        status, error, headers = await error_of(it.web, f"{it.url}/v1/chat/completions", json=CHAT)
        assert (status, error["code"], headers["Retry-After"]) == (503, "queue_full", "5")


async def test_a_broker_that_is_away_is_told(own_redis: RedisServer) -> None:
    async with speech_bench(own_redis.url) as it:
        own_redis.kill()
        status, error, _ = await error_of(it.web, f"{it.url}/v1/audio/speech", json=SPEECH)
        assert (status, error["code"]) == (503, "broker_unreachable")
        own_redis.start()


async def test_more_requests_than_are_taken_at_once_are_told(redis_url: str) -> None:
    settings = GatewaySettings(most_requests=1)
    async with speech_bench(redis_url, settings) as it:
        url = f"{it.url}/v1/chat/completions"
        asking = asyncio.create_task(error_of(it.web, url, json=CHAT))
        job = await it.pipeline.turn()
        status, error, headers = await error_of(it.web, url, json=CHAT)
        assert (status, error["code"]) == (503, "too_many_requests")
        assert "Retry-After" in headers
        await it.bus.submit(failed(job, "llm", "engine_failed"), job.gateway)
        assert (await asking)[0] == 500
