"""Plain HTTP where things go wrong: clients that leave, work that fails, requests that are bad."""

import asyncio
import io
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

import msgspec
import numpy as np
import pytest
from aiohttp import ClientPayloadError, ClientResponse, ClientSession, FormData
from gateway_bench import Bench, bench
from openai import APIError, AsyncOpenAI

from bench.redis_server import RedisServer
from gateway.settings import GatewaySettings
from shared.audio import OpusEncoder
from shared.messages import (
    Job,
    Sentence,
    SpeechChunk,
    Stage,
    TurnCancelled,
    UserTurn,
    WorkFailed,
    decode,
)
from shared.streams import CONTROL, SENTENCES

PACKETS = tuple(OpusEncoder().encode(np.zeros(24_000, np.float32)))
TEXT = " ".join(f"This is sentence number {number}." for number in range(20))
CHAT: dict[str, Any] = {"messages": [{"role": "user", "content": "Hello."}]}
NO_TEXT = {"messages": [{"role": "user"}]}
SPEECH = {"input": TEXT, "response_format": "pcm"}


@asynccontextmanager
async def speech_bench(
    redis_url: str, settings: GatewaySettings | None = None, **options: Any
) -> AsyncIterator[Bench]:
    async with bench(redis_url, settings, **options) as it:
        await it.bus.join(SENTENCES)
        yield it


def upload(content: bytes, fields: Mapping[str, str] | None = None) -> FormData:
    form = FormData()
    for name, text in (fields or {}).items():
        form.add_field(name, text)
    form.add_field("file", io.BytesIO(content), filename="sound.wav")
    return form


def wav(seconds: int = 1) -> bytes:
    """So much silence."""
    header = (
        b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0\xc0\x5d\0\0\x80\xbb\0\0\x02\0\x10\0"
    )
    size = seconds * 48_000
    return header + b"data" + size.to_bytes(4, "little") + bytes(size)


async def sentence(it: Bench, wait_s: float = 20) -> Sentence | None:
    delivery = await it.bus.take(SENTENCES, wait_s)
    if delivery is None:
        return None
    job = decode(delivery.payload)
    assert isinstance(job, Sentence)
    return job


async def sentences(it: Bench, count: int) -> list[Sentence]:
    jobs = [await sentence(it) for _ in range(count)]
    return [job for job in jobs if job is not None]


def chunk(job: Sentence, index: int = 0, *, is_last: bool = True) -> SpeechChunk:
    return SpeechChunk(
        session=job.session,
        turn=job.turn,
        sentence=job.index,
        index=index,
        packets=PACKETS,
        is_last=is_last,
    )


def failed(job: Job, stage: Stage, code: str) -> WorkFailed:
    return WorkFailed(
        session=job.session, turn=job.turn, stage=stage, code=code, detail="the engine is ill"
    )


async def error_of(
    web: ClientSession, url: str, **request: Any
) -> tuple[int, dict[str, Any], dict[str, str]]:
    async with web.post(url, **request) as response:
        return response.status, (await response.json())["error"], dict(response.headers)


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


# Requests that are bad

DEEP = b'{"tools": [{"a": ' + b"[" * 100_000
WRONG_FORMAT = {"input": "a", "response_format": "vox"}
BAD: dict[str, tuple[str, object, str, str | None]] = {
    "no JSON": ("chat/completions", b"{", "invalid_json", None),
    "too deep": ("chat/completions", DEEP, "invalid_json", None),
    "no object": ("chat/completions", [], "invalid_value", None),
    "no messages": ("chat/completions", {}, "invalid_value", "messages"),
    "empty": ("chat/completions", {"messages": []}, "invalid_value", "messages"),
    "no role": ("chat/completions", {"messages": [{}]}, "invalid_value", "messages[0].role"),
    "no text": ("chat/completions", CHAT | NO_TEXT, "conversation_empty", "messages"),
    "too hot": ("chat/completions", CHAT | {"temperature": 3}, "invalid_value", "temperature"),
    "tools": ("chat/completions", CHAT | {"tools": [{}]}, "unsupported_value", "tools"),
    "no input": ("audio/speech", {"voice": "x"}, "invalid_value", "input"),
    "blank input": ("audio/speech", {"input": "  "}, "invalid_value", "input"),
    "long input": ("audio/speech", {"input": "a" * 101}, "string_above_max_length", "input"),
    "wrong speed": ("audio/speech", {"input": "a", "speed": 9}, "invalid_value", "speed"),
    "wrong format": ("audio/speech", WRONG_FORMAT, "invalid_value", "response_format"),
}


async def test_bad_requests_are_told_what_is_wrong_with_them(redis_url: str) -> None:
    settings = GatewaySettings(most_text_characters=100)
    async with speech_bench(redis_url, settings) as it:
        for name, (path, body, code, param) in BAD.items():
            content = body if isinstance(body, bytes) else msgspec.json.encode(body)
            status, error, _ = await error_of(it.web, f"{it.url}/v1/{path}", data=content)
            found = (status, error["type"], error["code"], error["param"])
            assert found == (400, "invalid_request_error", code, param), name


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/chat/completions"), ("POST", "/v1/embeddings"), ("GET", "/v1/")],
)
async def test_a_path_that_is_not_there_is_told(redis_url: str, method: str, path: str) -> None:
    async with (
        speech_bench(redis_url) as it,
        it.web.request(method, f"{it.url}{path}") as response,
    ):
        error = (await response.json())["error"]
        assert (response.status, error["code"]) == (404, "unknown_path")
        assert f"{method} {path}" in error["message"]


async def test_forms_that_are_none_are_told(redis_url: str) -> None:
    async with speech_bench(redis_url) as it:
        url, name = f"{it.url}/v1/audio/transcriptions", {"Content-Type": "multipart/form-data"}
        bounded = {"Content-Type": "multipart/form-data; boundary=x"}
        bad: list[dict[str, Any]] = [
            {"json": {}},
            {"data": b"", "headers": name},
            {"data": b"", "headers": bounded},
            {"data": b"--x\r\n\r\nhello", "headers": bounded},
            {"data": b"\0" * 200_000, "headers": bounded},
            {
                "data": b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--",
                "headers": bounded,
            },
            {"data": upload(b"", {f"field{n}": "" for n in range(60)})},
        ]
        for request in bad:
            status, error, _ = await error_of(it.web, url, **request)
            assert (status, error["type"]) == (400, "invalid_request_error"), request
        without = FormData({"model": "any"}, default_to_multipart=True)
        status, error, _ = await error_of(it.web, url, data=without)
        assert (status, error["code"], error["param"]) == (400, "missing_field", "file")


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_uploads_and_bodies_that_are_too_large_are_refused(
    redis_url: str, is_chunked: bool
) -> None:
    settings = GatewaySettings(most_upload_bytes=100_000, most_message_bytes=10_000)
    async with speech_bench(redis_url, settings) as it:
        for path, request in (
            ("audio/transcriptions", {"data": upload(bytes(300_000))}),
            ("chat/completions", {"data": b" " * 20_000}),
        ):
            status, error, _ = await error_of(
                it.web, f"{it.url}/v1/{path}", chunked=is_chunked or None, **request
            )
            assert (status, error["code"]) == (413, "message_too_large"), path


async def test_a_body_that_does_not_come_is_not_waited_for(redis_url: str) -> None:
    async with speech_bench(redis_url, GatewaySettings(send_timeout_s=0.2)) as it:
        reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
        writer.write(b"POST /v1/audio/speech HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{")
        async with asyncio.timeout(20):
            assert b" 408 " in await reader.readline()
        writer.close()
        await writer.wait_closed()
