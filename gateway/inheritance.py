"""Results that come to other gateways for turns which were begun there and are ours now."""

import asyncio
import time
from collections import deque
from contextlib import aclosing

from gateway.events import ResultsRecalled
from gateway.mailbox import Inbox, Mailbox
from shared.bus import Bus
from shared.messages import AnyMessage, AnyReply
from shared.streams import replies

_LINGER_S = 60.0
"""A gateway that dies leaves many sessions, whose clients come one after the other."""
_MOST_OF_A_SESSION = 5000
"""Results kept for a session that has not come yet; more than a turn has."""
_OVERLAP_S = 1.0
"""What is read twice does no harm."""


class Inheritance:
    """Follows each such gateway's stream once, however many sessions came from there."""

    def __init__(self, bus: Bus, mailbox: Mailbox) -> None:
        self._bus = bus
        self._mailbox = mailbox
        self._estates: dict[str, _Estate] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def recall(self, gateway: str, session: str, inbox: Inbox) -> None:
        """Put into the inbox what came to that gateway for the session so far, then the end of it.

        What still comes is put there too, while the session is here.
        """
        estate = self._estate(gateway)
        await estate.is_read.wait()
        for message in estate.take(session):
            await inbox.put(message)
        await inbox.put(ResultsRecalled())

    async def close(self) -> None:
        """Follow nobody any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _estate(self, gateway: str) -> "_Estate":
        if (estate := self._estates.get(gateway)) is None:
            estate = self._estates[gateway] = _Estate(self._mailbox)
            task = asyncio.create_task(self._follow(gateway, estate))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        estate.wanted_at = time.monotonic()
        return estate

    async def _follow(self, gateway: str, estate: "_Estate") -> None:
        reading = asyncio.create_task(self._read(gateway, estate))
        try:
            while True:
                await asyncio.sleep(_LINGER_S)
                if not estate.is_wanted(time.monotonic()):
                    return
        finally:
            del self._estates[gateway]
            reading.cancel()
            await asyncio.wait([reading])

    async def _read(self, gateway: str, estate: "_Estate") -> None:
        stream, begun_at = replies(gateway), time.monotonic()
        try:
            async with aclosing(self._bus.recall(stream)) as messages:
                async for message in messages:
                    estate.keep(message)
        finally:
            estate.is_read.set()  # what could not be read is made again
        since_s = time.monotonic() - begun_at + _OVERLAP_S
        async with aclosing(self._bus.observe(stream, since_s)) as messages:
            async for message in messages:
                estate.deliver(message)


class _Estate:
    """What one gateway has left."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._results: dict[str, deque[AnyReply]] = {}
        self._heirs: set[str] = set()
        self.is_read = asyncio.Event()
        self.wanted_at = 0.0

    def is_wanted(self, now: float) -> bool:
        """Whether a session waits for results, or another may yet come for them."""
        self._heirs = {heir for heir in self._heirs if self._mailbox.has(heir)}
        return bool(self._heirs) or now < self.wanted_at + _LINGER_S

    def keep(self, message: AnyMessage) -> None:
        """Keep a result for its session."""
        if isinstance(message, AnyReply):
            waiting = self._results.setdefault(message.session, deque(maxlen=_MOST_OF_A_SESSION))
            waiting.append(message)

    def deliver(self, message: AnyMessage) -> None:
        """Hand a result to its session, or keep it until that comes."""
        if isinstance(message, AnyReply) and message.session in self._heirs:
            self._mailbox.deliver(message)
        else:
            self.keep(message)

    def take(self, session: str) -> tuple[AnyReply, ...]:
        """What there is for a session, which from now on gets the rest as it comes."""
        self._heirs.add(session)
        return tuple(self._results.pop(session, ()))
