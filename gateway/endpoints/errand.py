"""One-off work for the pipeline: published, awaited, and called off if nobody waits any more."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypedDict

from gateway.endpoints.faults import Fault, fault_of_work
from gateway.mailbox import Inbox, Mailbox
from shared.bus import Bus
from shared.errors import BrokerError
from shared.messages import AnyJob, AnyReply, TurnCancelled, WorkFailed

logger = logging.getLogger(__name__)

_TURN = 1


class Address(TypedDict):
    """What every job of an errand carries."""

    session: str
    turn: int
    gateway: str
    deadline_s: float
    patience_s: float


class Errand:
    """A session of one turn, known to nobody else."""

    def __init__(self, bus: Bus, inbox: Inbox, address: Address) -> None:
        self._bus = bus
        self._inbox = inbox
        self._address = address
        self._has_work = False
        """Whether something was published whose results are wanted."""

    def address(self) -> Address:
        """Where the results of a job go that is published now, and until when."""
        deadline_s = self._bus.now() + self._address["patience_s"]
        return {**self._address, "deadline_s": deadline_s}

    async def publish(self, job: AnyJob) -> None:
        """Have a job done; raises QueueFull or BrokerError."""
        had_work, self._has_work = self._has_work, True
        try:
            await self._bus.submit(job, self._address["gateway"])
        except BrokerError:
            self._has_work = had_work
            raise

    async def reply(self) -> AnyReply:
        """The next result; raises Fault if the work failed, or if none came in time."""
        patience_s = self._address["patience_s"]
        try:
            async with asyncio.timeout(patience_s):
                reply = await self._next()
        except TimeoutError as error:
            told = (
                f"nothing came of it for {patience_s:g} s; /readyz says whether a worker is there"
            )
            raise Fault(504, told, code="timed_out") from error
        if isinstance(reply, WorkFailed):
            raise fault_of_work(reply)
        return reply

    async def _next(self) -> AnyReply:
        while not isinstance(reply := await self._inbox.get(), AnyReply):
            pass
        return reply

    def conclude(self) -> None:
        """All that was wanted has come."""
        self._has_work = False

    async def call_off(self) -> None:
        """Have the workers drop what is not done, unless all is."""
        if not self._has_work:
            return
        session = self._address["session"]
        cancelled = TurnCancelled(session=session, turn=_TURN)
        try:
            await self._bus.submit(cancelled, self._address["gateway"])
        except BrokerError as error:
            logger.warning("cannot call work off: %s", error, extra={"session": session})


class Errands:
    """Begins errands on behalf of one gateway."""

    def __init__(self, bus: Bus, mailbox: Mailbox, gateway: str, patience_s: float) -> None:
        self._bus = bus
        self._mailbox = mailbox
        self._gateway = gateway
        self._patience_s = patience_s

    @asynccontextmanager
    async def begin(self, further_s: float = 0.0) -> AsyncIterator[Errand]:
        """An errand while the block runs; at its end what is not done is called off.

        Each result may take the gateway's turn timeout and `further_s`.
        """
        session = secrets.token_hex(8)
        with self._mailbox.inbox(session) as inbox:
            address = Address(
                session=session,
                turn=_TURN,
                gateway=self._gateway,
                deadline_s=0.0,
                patience_s=self._patience_s + further_s,
            )
            errand = Errand(self._bus, inbox, address)
            try:
                yield errand
            finally:
                await errand.call_off()
