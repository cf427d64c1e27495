"""Sees to it that a client is sent nothing which another gateway would not know of.

Messages wait until they are written down together with the session that they tell of: one round
trip to Redis. So whatever a client has got, the session can be resumed behind it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from gateway.progress import KeptSession
from gateway.session_store import SessionStore, SessionTaken
from shared.errors import BrokerError
from shared.message_log import MessageLog, Sent
from shared.records import Ownership

logger = logging.getLogger(__name__)

_PATIENCE_S = 0.25
"""Messages wait no longer for a Redis that does not answer: speech is worth more than safety."""
_AGAIN_S = 1.0
"""How soon that is tried again."""

_encode = msgspec.msgpack.Encoder().encode


class Keeper:
    """Writes one session down whenever there is something to be sent, and now and then."""

    def __init__(
        self,
        store: SessionStore,
        own: Ownership,
        log: MessageLog,
        *,
        kept: Callable[[], KeptSession],
        published: Callable[[], Awaitable[None]],
        every_s: float,
    ) -> None:
        """`kept` is the session as it is now; `published` waits for what it has just published."""
        self._store = store
        self.own = own
        self._log = log
        self._kept = kept
        self._published = published
        self._every_s = every_s
        self._is_due = asyncio.Event()
        self._lock = asyncio.Lock()
        self._content = b""
        self._stored = log.last
        """Messages up to this number are in the store."""
        self.safe = log.last
        """Messages up to this number may be sent."""
        self.needless = 0
        """Messages of the client's up to this number are needed no more, whatever happens."""
        self._failed_at: float | None = None

    def remind(self) -> None:
        """There is something to be sent, or to be written down."""
        self._is_due.set()

    async def run(self, send: Callable[[Sequence[Sent]], None]) -> None:
        """Write down and send, without end; raises SessionTaken."""
        while True:
            await self._wait()
            self._is_due.clear()
            await self.keep(send)

    async def keep(self, send: Callable[[Sequence[Sent]], None]) -> None:
        """Write the session down as it is, and send what may be sent then; raises SessionTaken."""
        async with self._lock:
            last, kept = self._log.last, self._kept()
            await self._write(kept, last)
            fresh = self._log.between(self.safe, last)
            self.safe = last
            send(fresh)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(_AGAIN_S if self._failed_at else self._every_s):
                await self._is_due.wait()
        except TimeoutError:
            return

    async def _write(self, kept: KeptSession, last: int) -> None:
        """Without Redis the session goes on, but cannot be resumed elsewhere without a loss."""
        now = asyncio.get_running_loop().time()
        if self._failed_at is not None and now < self._failed_at + _AGAIN_S:
            return
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await self._published()
                await self._store_all(_encode(kept), last)
            self._failed_at, self.needless = None, kept.needless
        except (BrokerError, TimeoutError) as error:
            self._failed_at = now
            cause = str(error) or "Redis is too slow"
            logger.warning("a session cannot be written down: %s", cause)

    async def _store_all(self, content: bytes, last: int) -> None:
        messages, forgotten = self._log.between(self._stored, last), self._log.forgotten
        changed = content if content != self._content else b""
        done = await self._store.keep(self.own, changed, messages, last, forgotten)
        if done is None:
            done = await self._store.keep(self.own, content, messages, last, forgotten)
        if not done:
            raise SessionTaken(self.own.record)
        self._content, self._stored = content, last
