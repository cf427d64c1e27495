"""One client's WebSocket: reading it, and writing to it, with limits of time and size."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from aiohttp import WSCloseCode, WSMessage, WSMsgType, web

from gateway import metrics
from gateway.settings import GatewaySettings

_LISTENER_S = 5.0
"""How soon it is looked again at a client that says nothing, but listens."""


class ClientTooSlow(Exception):
    """The client does not read what it is sent."""


class ClientIdle(Exception):
    """The client has said and sent nothing for too long."""


class Line:
    """The way to and from one client; what it is sent waits in a queue, so that nobody does."""

    def __init__(
        self,
        session: str,
        settings: GatewaySettings,
        backlog: Sequence[tuple[bytes, WSMsgType]] = (),
    ) -> None:
        """The backlog is sent first."""
        self._session = session
        self._settings = settings
        self._backlog = backlog
        self._unsent: asyncio.Queue[tuple[bytes, WSMsgType]] = asyncio.Queue(settings.most_outgoing)
        self._heard_at = time.monotonic()
        """When the client last sent something."""
        self.has_left = False
        """Whether the client has said goodbye: then it does not mean to come back."""

    async def attend(
        self,
        socket: web.WebSocketResponse,
        hear: Callable[[WSMessage], Awaitable[None]],
        is_listening: Callable[[], bool],
    ) -> None:
        """Have the client heard until it leaves, and send it what waits.

        Raises ClientTooSlow or ClientIdle if it is to be sent away.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                steps = (self.run(socket), self.watch(is_listening))
                aides = [tasks.create_task(step) for step in steps]
                async for message in self.messages(socket):
                    await hear(message)
                    await self.relieve()
                for aide in aides:
                    aide.cancel()
        except* ClientTooSlow as group:
            raise ClientTooSlow(self._session) from group
        except* ClientIdle as group:
            raise ClientIdle(self._session) from group

    async def messages(self, socket: web.WebSocketResponse) -> AsyncIterator[WSMessage]:
        """What the client sends until it leaves."""
        while True:
            message = await socket.receive()
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                # aiohttp itself gives a connection that merely ends the code of a goodbye.
                self.has_left = (message.type, message.data) == (WSMsgType.CLOSE, WSCloseCode.OK)
                return
            self._heard_at = time.monotonic()
            metrics.RECEIVED.inc(len(message.data or b""))
            yield message

    async def watch(self, is_listening: Callable[[], bool]) -> None:
        """Raise ClientIdle once nothing has come for too long and no reply is listened to.

        A timeout around each message would cost more than the message itself.
        """
        idle_close_s = self._settings.idle_close_s
        while True:
            left_s = self._heard_at + idle_close_s - time.monotonic()
            if left_s <= 0 and not is_listening():
                raise ClientIdle(self._session)
            await asyncio.sleep(left_s if left_s > 0 else min(idle_close_s, _LISTENER_S))

    def send(self, messages: list[bytes], kind: WSMsgType) -> None:
        """Have these sent in their order; raises ClientTooSlow if too much is waiting."""
        for message in messages:
            try:
                self._unsent.put_nowait((message, kind))
            except asyncio.QueueFull:
                raise ClientTooSlow(self._session) from None

    async def relieve(self) -> None:
        """Let what waits go out, if it is much: whoever sends many messages at once has not had the
        time to read what each of them has brought about."""
        if self._unsent.qsize() > self._unsent.maxsize // 2:
            await asyncio.sleep(0)

    async def run(self, socket: web.WebSocketResponse) -> None:
        """Send what waits until the client has gone; raises ClientTooSlow if it does not read."""
        try:
            for message, kind in self._backlog:
                await self._send(socket, message, kind)
            while True:
                await self._send(socket, *await self._unsent.get())
        except ConnectionError:
            return  # reading ends too

    async def _send(self, socket: web.WebSocketResponse, message: bytes, kind: WSMsgType) -> None:
        try:
            async with asyncio.timeout(self._settings.send_timeout_s):
                await socket.send_frame(message, kind)
        except TimeoutError as error:
            raise ClientTooSlow(self._session) from error
        metrics.SENT.inc(len(message))
