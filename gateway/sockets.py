"""The gateway's WebSockets: a session for each client that was let in."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress

from aiohttp import WSCloseCode, WSMsgType, web

from gateway import metrics, refusals
from gateway.guard import guest_of
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
                guest=guest_of(request),
            )
            length = asyncio.timeout(self._settings.longest_session_s)
            try:
                async with length:
                    await session.run(socket)
            except TimeoutError:
                if not length.expired():
                    raise
                outcome = "expired"
                await self._expire(socket, protocol)
            except ClientTooSlow:
                outcome = "cut_off"
                _cut_off(request)
            except ClientIdle:
                outcome = "idle"
                told = f"nothing was heard for {self._settings.idle_close_s:g} s; connect again"
                await socket.close(code=WSCloseCode.OK, message=told.encode())
        metrics.SESSIONS_ENDED.labels(outcome).inc()
        logger.info("a session ends: %s", outcome, extra={"session": name})

    async def _expire(self, socket: web.WebSocketResponse, protocol: ClientProtocol) -> None:
        """Send a client away whose session has lasted as long as it may."""
        problem = refusals.session_expired(self._settings.longest_session_s)
        metrics.PROBLEMS.labels(problem.code).inc()
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(self._settings.send_timeout_s):
                for message in protocol.write(problem):
                    await socket.send_frame(message, WSMsgType.TEXT)
        await socket.close(code=WSCloseCode.OK, message=problem.message.encode())


def _cut_off(request: web.Request) -> None:
    """Drop the connection: a goodbye would have to wait in the same queue that nobody reads."""
    if request.transport is not None:
        request.transport.abort()
