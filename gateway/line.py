"""One client's WebSocket: reading it, and writing to it, with limits of time and size."""

import asyncio
from collections.abc import AsyncIterator, Callable

from aiohttp import WSMessage, WSMsgType, web

from gateway import metrics
from gateway.settings import GatewaySettings


class ClientTooSlow(Exception):
    """The client does not read what it is sent."""


class ClientIdle(Exception):
    """The client has said and sent nothing for too long."""


class Line:
    """The way to and from one client; what it is sent waits in a queue, so that nobody does."""

    def __init__(self, session: str, settings: GatewaySettings) -> None:
        self._session = session
        self._settings = settings
        self._unsent: asyncio.Queue[tuple[bytes, WSMsgType]] = asyncio.Queue(settings.most_outgoing)

    async def messages(
        self, socket: web.WebSocketResponse, is_listening: Callable[[], bool]
    ) -> AsyncIterator[WSMessage]:
        """What the client sends until it leaves.

        Raises ClientIdle if that is nothing for too long, unless it still listens to a reply.
        """
        while True:
            try:
                async with asyncio.timeout(self._settings.idle_close_s):
                    message = await socket.receive()
            except TimeoutError as error:
                if is_listening():
                    continue
                raise ClientIdle(self._session) from error
            if message.type in (WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED):
                return
            metrics.RECEIVED.inc(len(message.data or b""))
            yield message

    def send(self, messages: list[bytes], kind: WSMsgType) -> None:
        """Have these sent in their order; raises ClientTooSlow if too much is waiting."""
        for message in messages:
            try:
                self._unsent.put_nowait((message, kind))
            except asyncio.QueueFull:
                raise ClientTooSlow(self._session) from None

    async def run(self, socket: web.WebSocketResponse) -> None:
        """Send what waits until the client has gone; raises ClientTooSlow if it does not read."""
        while True:
            message, kind = await self._unsent.get()
            try:
                async with asyncio.timeout(self._settings.send_timeout_s):
                    await socket.send_frame(message, kind)
            except TimeoutError as error:
                raise ClientTooSlow(self._session) from error
            except ConnectionError:
                return  # reading ends too
            metrics.SENT.inc(len(message))
