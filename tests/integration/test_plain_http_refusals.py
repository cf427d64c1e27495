"""Plain HTTP requests that are bad: each is told what is wrong with it."""

import asyncio
from typing import Any

import msgspec
import pytest
from aiohttp import FormData
from http_bench import CHAT, error_of, speech_bench, upload

from gateway.settings import GatewaySettings

NO_TEXT = {"messages": [{"role": "user"}]}
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
