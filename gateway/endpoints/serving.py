"""Has endpoints answer requests: errors told, work called off when the client goes away."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Literal, NamedTuple

import msgspec
from aiohttp import web

from gateway import metrics
from gateway.endpoints.answers import EVENTS, JSON, Answer, Pieces, Whole, event_of
from gateway.endpoints.faults import RETRY_AFTER_S, Fault, fault_of
from gateway.settings import GatewaySettings
from shared.errors import VoiceChatError

logger = logging.getLogger(__name__)

_LOOK_S = 0.25
"""How soon it is noticed that a client has gone."""

Endpoint = Callable[[web.Request], Awaitable[Answer]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Served(NamedTuple):
    """How a request ended."""

    response: web.StreamResponse
    outcome: Literal["answered", "refused", "failed", "full", "left"]


class ClientLeft(Exception):
    """Nobody reads the answer any more."""


class Serving:
    """Answers a bounded number of requests at a time."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._busy = 0

    def handler(self, name: str, endpoint: Endpoint) -> Handler:
        """What the web server calls for requests to the endpoint of this name."""

        async def handle(request: web.Request) -> web.StreamResponse:
            started = time.monotonic()
            response, outcome = await self._serve(endpoint, request)
            metrics.REQUESTS.labels(name, outcome).inc()
            elapsed_ms = (time.monotonic() - started) * 1000
            logger.info("%s: %s in %.0f ms", name, outcome, elapsed_ms)
            return response

        return handle

    async def _serve(self, endpoint: Endpoint, request: web.Request) -> Served:
        if self._busy >= self._settings.most_requests:
            told = f"all {self._settings.most_requests} requests that are taken at once are at work"
            return Served(_refusal(Fault(503, told, code="too_many_requests")), "full")
        self._busy += 1
        try:
            return await self._answer_unless_left(endpoint, request)
        finally:
            self._busy -= 1

    async def _answer_unless_left(self, endpoint: Endpoint, request: web.Request) -> Served:
        served = Served(web.Response(status=499), "left")
        try:
            async with asyncio.TaskGroup() as tasks:
                watching = tasks.create_task(_watch(request))
                served = await self._answer(endpoint, request)
                watching.cancel()
        except* (ClientLeft, ConnectionError):
            _cut_off(request)
        return served

    async def _answer(self, endpoint: Endpoint, request: web.Request) -> Served:
        try:
            answer = await endpoint(request)
            if isinstance(answer, Whole):
                return Served(_response(answer), "answered")
            return await self._send(answer, request)
        except web.RequestPayloadError as error:
            fault = Fault(400, f"the body is broken: {error}", code="invalid_form")
        except VoiceChatError as error:
            fault = fault_of(error)
        return Served(_refusal(fault), "failed" if fault.status >= 500 else "refused")

    async def _send(self, answer: Pieces, request: web.Request) -> Served:
        """The answer, sent as it is made; raises VoiceChatError if it fails before it begins."""
        headers = {"Content-Type": answer.media_type, "Cache-Control": "no-cache"}
        response = web.StreamResponse(headers=headers)
        async with aclosing(answer.pieces) as pieces:
            try:
                await self._send_all(pieces, response, request)
            except VoiceChatError as error:
                if not response.prepared:
                    raise
                return await self._break_off(answer, fault_of(error), response, request)
        if not response.prepared:
            await response.prepare(request)
        await response.write_eof()
        return Served(response, "answered")

    async def _send_all(
        self,
        pieces: AsyncGenerator[bytes, None],
        response: web.StreamResponse,
        request: web.Request,
    ) -> None:
        async for piece in pieces:
            if piece and not response.prepared:
                await response.prepare(request)
            if piece:
                await self._write(response, piece)

    async def _write(self, response: web.StreamResponse, piece: bytes) -> None:
        """Raises ClientLeft if the client takes nothing for too long."""
        try:
            async with asyncio.timeout(self._settings.idle_close_s):
                await response.write(piece)
        except TimeoutError as error:
            raise ClientLeft from error

    async def _break_off(
        self, answer: Pieces, fault: Fault, response: web.StreamResponse, request: web.Request
    ) -> Served:
        """Events can still tell of the error; sound can only end where it should not."""
        if answer.media_type == EVENTS:
            await self._write(response, event_of(fault.body()))
            await response.write_eof()
        else:
            _cut_off(request)
        return Served(response, "failed")


async def _watch(request: web.Request) -> None:
    """Raise ClientLeft once the connection is gone."""
    while True:
        if request.transport is None or request.transport.is_closing():
            raise ClientLeft
        await asyncio.sleep(_LOOK_S)


def _cut_off(request: web.Request) -> None:
    """End the connection, so that a client that is still there sees the answer is not whole."""
    if request.transport is not None:
        request.transport.abort()


def _response(answer: Whole) -> web.Response:
    is_text = answer.media_type.startswith("text/") or answer.media_type == JSON
    charset = "utf-8" if is_text else None
    return web.Response(body=answer.body, content_type=answer.media_type, charset=charset)


def _refusal(fault: Fault) -> web.Response:
    headers = {"Retry-After": str(RETRY_AFTER_S)} if fault.status in (429, 503) else {}
    body = msgspec.json.encode(fault.body())
    return web.Response(
        body=body, status=fault.status, content_type=JSON, charset="utf-8", headers=headers
    )
