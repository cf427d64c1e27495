"""The gateway's WebSockets: a session for each client that was let in."""

import asyncio
import logging
import secrets
from collections.abc import Callable
from functools import partial

from aiohttp import web

from gateway import goodbyes, metrics
from gateway.client import Client
from gateway.guard import guest_of
from gateway.line import ClientIdle, ClientTooSlow, Line
from gateway.mailbox import Mailbox
from gateway.protocols.port import ClientProtocol
from gateway.session import Session
from gateway.session_tools import Tools
from gateway.surviving import Visit
from gateway.survivors import MakeProtocol, Survivors

logger = logging.getLogger(__name__)


_LONGEST_NAME = 64
"""Characters of a session's id that are looked at."""


class Sockets:
    """All sessions of this process."""

    def __init__(self, tools: Tools, gateway: str, mailbox: Mailbox) -> None:
        self._tools = tools
        self._settings = tools.settings
        self._gateway = gateway
        self._mailbox = mailbox
        self._open: set[web.WebSocketResponse] = set()
        self._survivors = Survivors(tools, gateway, mailbox)
        # Where none of the offered sub-protocols is ours it warns of them all, and one is the key.
        logging.getLogger("aiohttp.websocket").setLevel(logging.ERROR)

    async def serve(
        self,
        request: web.Request,
        protocol: Callable[[str], ClientProtocol],
        *,
        subprotocols: tuple[str, ...] = (),
        resumable: MakeProtocol | None = None,
    ) -> web.StreamResponse:
        """A session that speaks the protocol made for its id, until the client leaves.

        With `resumable` the request may ask for a session that survives its connection.
        """
        socket = web.WebSocketResponse(
            protocols=subprotocols,
            heartbeat=self._settings.heartbeat_s,
            max_msg_size=4 * self._settings.most_message_bytes,
            compress=False,
        )
        self._open.add(socket)
        try:
            await socket.prepare(request)
            if resumable is None or not await self._survive(request, socket, resumable):
                name = secrets.token_hex(8)
                await self._converse(request, socket, name, protocol(name))
        except ExceptionGroup:
            await goodbyes.failed(socket)
            raise
        finally:
            self._open.discard(socket)
        return socket

    async def close(self) -> None:
        """Say goodbye to everybody."""
        await asyncio.gather(*map(goodbyes.stopping, set(self._open)))
        await self._survivors.close()

    async def _survive(
        self, request: web.Request, socket: web.WebSocketResponse, protocol: MakeProtocol
    ) -> bool:
        """Begin or resume a session that survives its connection; False if that is not wished."""
        visit = Visit(socket, guest_of(request), partial(_cut_off, request))
        if (session := request.query.get("session")) is not None:
            name = session.removeprefix("sess_")[:_LONGEST_NAME]
            await self._survivors.go_on(visit, protocol, name)
        elif request.query.get("resumable") == "true":
            await self._survivors.begin(visit, protocol)
        else:
            return False
        return True

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
            line = Line(name, self._settings)
            session = Session(
                name,
                self._gateway,
                tools=self._tools,
                client=Client(protocol, guest_of(request), line.send),
                inbox=inbox,
            )
            length = asyncio.timeout(self._settings.longest_session_s)
            try:
                async with length:
                    await _attend(session, line, socket)
            except TimeoutError:
                if not length.expired():
                    raise
                outcome = "expired"
                await goodbyes.expired(socket, protocol, self._settings)
            except ClientTooSlow:
                outcome = "cut_off"
                _cut_off(request)
            except ClientIdle:
                outcome = "idle"
                await goodbyes.idle(socket, self._settings)
        metrics.SESSIONS_ENDED.labels(outcome).inc()
        logger.info("a session ends: %s", outcome, extra={"session": name})


async def _attend(session: Session, line: Line, socket: web.WebSocketResponse) -> None:
    """Until the client leaves; raises ClientTooSlow or ClientIdle if it is sent away."""
    session.greet()
    try:
        async with session.at_work():
            await line.attend(socket, session.hear, lambda: session.conversation.is_speaking)
    except* ClientTooSlow as group:
        raise ClientTooSlow from group
    except* ClientIdle as group:
        raise ClientIdle from group
    finally:
        await session.say_goodbye()


def _cut_off(request: web.Request) -> None:
    """Drop the connection: a goodbye would have to wait in the same queue that nobody reads."""
    if request.transport is not None:
        request.transport.abort()
