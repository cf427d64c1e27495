"""A tool server at an address: MCP over streamable HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from mcp.client._transport import TransportStreams
from mcp.client.streamable_http import streamable_http_client

from gateway.tools_file import ToolServer

_LONGEST_BODY_BYTES = 2 * 1024 * 1024
_READ_TIMEOUT_S = 300.0
"""Of a stream that the server may hold open; calls have their own, shorter limit."""


@asynccontextmanager
async def tool_http(server: ToolServer) -> AsyncIterator[TransportStreams]:
    """The streams to and from a server; its url is not followed to another host."""
    timeout = httpx2.Timeout(server.connect_timeout_s, read=_READ_TIMEOUT_S)
    async with (
        httpx2.AsyncClient(
            headers=server.headers,
            timeout=timeout,
            trust_env=False,  # no proxy of the environment's sees what was said
            event_hooks={"response": [_limit]},
        ) as http,
        streamable_http_client(server.url, http_client=http) as streams,
    ):
        yield streams


async def _limit(response: httpx2.Response) -> None:
    """Streams of events are limited event by event; a body is so here."""
    stream = response.stream
    if isinstance(stream, httpx2.AsyncByteStream) and not _is_event_stream(response):
        response.stream = _Limited(stream)


def _is_event_stream(response: httpx2.Response) -> bool:
    return response.headers.get("content-type", "").lower().startswith("text/event-stream")


class _Limited(httpx2.AsyncByteStream):
    """A body that fails when it gets too long."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = _LONGEST_BODY_BYTES
        async for piece in self._stream:
            left -= len(piece)
            if left < 0:
                raise httpx2.StreamError(f"a body may have {_LONGEST_BODY_BYTES} bytes")
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()
