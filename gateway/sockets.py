"""The gateway's WebSockets: who is let in, and a session for each who is."""

import asyncio
import logging
import secrets
from collections.abc import Callable

from aiohttp import WSCloseCode, web

from gateway import metrics
from gateway.auth import is_allowed
from gateway.line import ClientIdle, ClientTooSlow
from gateway.mailbox import Mailbox
from gateway.protocols.port import ClientProtocol
from gateway.session import Session, Tools

logger = logging.getLogger(__name__)


class Sockets:
    """All sessions of this process."""

    def __init__(self, tools: Tools, gateway: str, mailbox: Mailbox) -> None:
        self._tools = tools
        self._settings = tools.settings
        self._gateway = gateway
        self._mailbox = mailbox
        self._open: set[web.WebSocketResponse] = set()

    async def serve(
        self,
        request: web.Request,
        protocol: Callable[[str], ClientProtocol],
        *,
        subprotocols: tuple[str, ...] = (),
    ) -> web.StreamResponse:
        """A session that speaks the protocol made for its id, until the client leaves."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        socket = web.WebSocketResponse(
            protocols=subprotocols,
            heartbeat=self._settings.heartbeat_s,
            max_msg_size=4 * self._settings.most_message_bytes,
            compress=False,
        )
        self._open.add(socket)
        try:
            await socket.prepare(request)
            name = secrets.token_hex(8)
            await self._converse(request, socket, name, protocol(name))
        except ExceptionGroup:
            told = b"the gateway has made a mistake; connect again"
            await socket.close(code=WSCloseCode.INTERNAL_ERROR, message=told)
            raise
        finally:
            self._open.discard(socket)
        return socket

    async def close(self) -> None:
        """Say goodbye to everybody."""
        goodbyes = (
            socket.close(code=WSCloseCode.GOING_AWAY, message=b"the gateway is stopping")
            for socket in set(self._open)
        )
        await asyncio.gather(*goodbyes)

    def _refusal(self, request: web.Request) -> web.Response | None:
        """The answer to a client that is not let in."""
        origin, settings = request.headers.get("Origin"), self._settings
        if not is_allowed(origin, request.host, listening=settings.host, origins=settings.origins):
            metrics.SESSIONS_REFUSED.labels("origin").inc()
            told = f"pages of {origin} may not connect; VOICECHAT_GATEWAY_ORIGINS lists who may"
            return web.json_response({"error": told}, status=403)
        if len(self._open) >= settings.most_sessions:
            metrics.SESSIONS_REFUSED.labels("full").inc()
            told = f"all {settings.most_sessions} sessions are taken; try again later"
            return web.json_response({"error": told}, status=503, headers={"Retry-After": "5"})
        return None

    async def _converse(
        self,
        request: web.Request,
        socket: web.WebSocketResponse,
        name: str,
        protocol: ClientProtocol,
    ) -> None:
        outcome = "left"
        logger.info("a session begins", extra={"session": name})
        with self._mailbox.inbox(name) as inbox, metrics.SESSIONS.track_inprogress():
            session = Session(
                name,
                self._gateway,
                tools=self._tools,
                protocol=protocol,
                inbox=inbox,
            )
            try:
                await session.run(socket)
            except ClientTooSlow:
                outcome = "cut_off"
                _cut_off(request)
            except ClientIdle:
                outcome = "idle"
                told = f"nothing was heard for {self._settings.idle_close_s:g} s; connect again"
                await socket.close(code=WSCloseCode.OK, message=told.encode())
        metrics.SESSIONS_ENDED.labels(outcome).inc()
        logger.info("a session ends: %s", outcome, extra={"session": name})


def _cut_off(request: web.Request) -> None:
    """Drop the connection: a goodbye would have to wait in the same queue that nobody reads."""
    if request.transport is not None:
        request.transport.abort()
