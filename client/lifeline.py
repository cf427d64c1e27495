"""A WebSocket that comes again when it is lost, with nothing lost or doubled on the way."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

import aiohttp

from client import resumption
from client.events import Reconnecting, Resumed
from client.opening import NobodyThere
from shared.errors import VoiceChatError
from shared.message_log import MessageLog, Sent

_MOST_UNACKNOWLEDGED_BYTES = 16 * 1024 * 1024
"""Of our messages that the gateway may ask for again: minutes of speech."""
_ACKNOWLEDGE_EVERY = 20
"""Messages of the gateway's after which we tell that we have them."""
_ANSWER_S = 10.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.05, 2.0
_FINAL = (1000, 1009, 4001, 4004)
"""Close codes after which a session does not go on here: over, a message too large, taken over by
another connection, unknown."""

Open = Callable[[Mapping[str, str]], Awaitable[aiohttp.ClientWebSocketResponse]]
"""Opens a WebSocket to the gateway, its URL with this query; raises VoiceChatError."""
Message = str | bytes | Reconnecting | Resumed


class Lifeline:
    """One session's connection, or one after the other."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, url: str, opening: Open) -> None:
        self._socket: aiohttp.ClientWebSocketResponse | None = socket
        self._url = url
        self._open = opening
        self._session: resumption.Resumable | None = None
        self._sent = MessageLog(_MOST_UNACKNOWLEDGED_BYTES)
        self._received = 0

    async def send(self, message: str | bytes) -> None:
        """Have it sent, now or once the connection is there again."""
        content = message.encode() if isinstance(message, str) else message
        sent = Sent(content, is_text=isinstance(message, str))
        self._sent.add(sent)
        if self._socket is None:
            return
        try:
            await _send(self._socket, sent)
        except ConnectionError as error:
            if self._session is None:
                raise self._lost() from error

    async def receive(self, timeout_s: float | None) -> Message:
        """The next message, or what has become of the connection.

        Raises VoiceChatError if that is lost for good, TimeoutError if nothing comes in time.
        """
        while True:
            if self._socket is None:
                return await self._reconnect()
            message = await self._socket.receive(timeout=timeout_s)
            if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                return await self._lose(self._socket, message)
            if isinstance(message.data, str) and (news := resumption.read(message.data)):
                self._learn(news)
                continue
            await self._count()
            content: str | bytes = message.data
            return content

    async def close(self) -> None:
        """Say goodbye: the session is over."""
        if self._socket is not None:
            await self._socket.close()

    async def _count(self) -> None:
        self._received += 1
        if self._session is None:
            self._sent = MessageLog(0)  # a gateway that can resume says so first of all
        if self._session is None or self._received % _ACKNOWLEDGE_EVERY or self._socket is None:
            return
        try:
            await self._socket.send_str(resumption.acknowledge(self._received))
        except ConnectionError:
            return  # the next receiving notices it

    def _learn(self, news: resumption.AnyNews) -> None:
        match news:
            case resumption.Resumable():
                self._session = news
            case resumption.Acknowledged():
                self._sent.acknowledge(news.received)
            case resumption.Resumed():
                return  # only ever the first message of a connection

    async def _lose(
        self, socket: aiohttp.ClientWebSocketResponse, message: aiohttp.WSMessage
    ) -> Reconnecting:
        if self._session is None or _is_final(message):
            raise self._lost(message.extra if isinstance(message.extra, str) else "")
        self._socket = None
        await socket.close()
        return Reconnecting()

    async def _reconnect(self) -> Resumed:
        """Try until the gateway does not wait for us any more; raises VoiceChatError."""
        assert self._session is not None
        pause_s = _FIRST_PAUSE_S
        try:
            async with asyncio.timeout(self._session.resume_s):
                while not await self._try(self._session):
                    await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
                    pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        except TimeoutError as error:
            raise self._lost("it did not come again in time") from error
        return Resumed()

    async def _try(self, session: resumption.Resumable) -> bool:
        """Connect again; False if it may be tried once more."""
        try:
            socket = await self._open({"session": session.session_id})
        except NobodyThere:
            return False
        try:
            await socket.send_str(resumption.resume(session.secret, self._received))
            answer = await socket.receive(timeout=_ANSWER_S)
            if _is_final(answer):
                raise self._lost(answer.extra if isinstance(answer.extra, str) else "")
            if answer.type is aiohttp.WSMsgType.TEXT:
                await self._go_on(socket, answer.data)
        except (ConnectionError, TimeoutError):
            return False
        finally:
            if self._socket is not socket:
                await socket.close()
        return self._socket is socket

    async def _go_on(self, socket: aiohttp.ClientWebSocketResponse, answer: str) -> None:
        """Send what the gateway has not got; raises ConnectionError."""
        news = resumption.read(answer)
        if not isinstance(news, resumption.Resumed):
            raise VoiceChatError(f"the session cannot be resumed; the gateway says: {answer}")
        if not self._sent.can_resume_after(news.received):
            raise self._lost("the gateway needs what we have no more")
        place = news.received
        while place < self._sent.last:  # more may come in meanwhile
            (message,) = self._sent.between(place, place + 1)
            await _send(socket, message)
            place += 1
        self._socket = socket

    def _lost(self, reason: str = "") -> VoiceChatError:
        said = f" ({reason})" if reason else ""
        return VoiceChatError(
            f"the connection to {self._url} was lost{said}: is the gateway still running?"
        )


@asynccontextmanager
async def lifeline(opening: Open, url: str) -> AsyncIterator[Lifeline]:
    """A connection to the gateway at this URL; raises VoiceChatError if nobody answers there."""
    query = {} if "resumable=" in url else {"resumable": "true"}
    line = Lifeline(await opening(query), url, opening)
    try:
        yield line
    finally:
        await line.close()


def _is_final(message: aiohttp.WSMessage) -> bool:
    """Whether the gateway has ended the session; a connection that merely ends has not."""
    return message.type is aiohttp.WSMsgType.CLOSE and message.data in _FINAL


async def _send(socket: aiohttp.ClientWebSocketResponse, message: Sent) -> None:
    if message.is_text:
        await socket.send_str(message.content.decode())
    else:
        await socket.send_bytes(message.content)
