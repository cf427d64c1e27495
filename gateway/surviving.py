"""A session that survives its connections: numbered, written down, and kept for its client."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from hmac import compare_digest
from typing import Any, NamedTuple

from aiohttp import WSMessage, WSMsgType, web

from gateway.client import Send
from gateway.events import ConnectionLost, ConnectionResumed
from gateway.guest import Guest
from gateway.keeper import Keeper
from gateway.line import ClientTooSlow, Line
from gateway.progress import KeptSession, Progress
from gateway.protocols import resume
from gateway.protocols.resume import ResumableProtocol
from gateway.session import Session
from gateway.session_store import Claimed, SessionStore, SessionTaken, digest
from gateway.settings import GatewaySettings
from shared.message_log import MessageLog, Sent

_TELL_EVERY = 25
"""Messages of the client's after which it is told which of them it may forget."""


class Visit(NamedTuple):
    """A client that has come."""

    socket: web.WebSocketResponse
    guest: Guest
    cut_off: Callable[[], None]
    """Drops the connection without a goodbye."""


class _Connection(NamedTuple):
    visit: Visit
    line: Line


class Surviving:
    """One such session. Its conversation goes on while its client is away."""

    def __init__(
        self,
        name: str,
        settings: GatewaySettings,
        protocol: ResumableProtocol,
        *,
        store: SessionStore,
        claimed: Claimed,
        converse: Callable[[Send], Session],
    ) -> None:
        """`claimed` is what there is of it; `converse` makes its conversation, which has no past
        yet."""
        self.name = name
        self._settings = settings
        self.protocol = protocol
        self._store = store
        self._own = claimed.ownership
        forgotten = claimed.last - len(claimed.sent)
        self._log = MessageLog(settings.most_unacknowledged_bytes, forgotten)
        for message in claimed.sent:
            self._log.add(message)
        self._progress = Progress(claimed.kept, claimed.begun_s)
        self._session = session = converse(self._send)
        session.progress = self._progress
        self._keeper = Keeper(
            store,
            self._own,
            self._log,
            kept=self._kept,
            published=session.publisher.flushed,
            every_s=settings.resume_s,
        )
        self._connection: _Connection | None = None
        self._reminded_at = self._told_needless = self._progress.received
        self._over = asyncio.Event()
        self.is_ended = False
        """Whether it is over for everybody."""
        self.gone = asyncio.Event()
        """Set once nothing of it is here any more."""
        if claimed.kept is not None:
            self._restore(claimed.kept)

    @property
    def begun_s(self) -> float:
        """When it began, on the broker's clock."""
        return self._progress.begun_s

    @property
    def is_parked(self) -> bool:
        """Whether its client is away."""
        return self._connection is None

    def knows(self, secret: str) -> bool:
        """Whether this is its secret; takes the same time for any."""
        return compare_digest(self._own.digest, digest(secret))

    @property
    def is_over(self) -> bool:
        """Whether it has ended here."""
        return self._over.is_set()

    @property
    def socket(self) -> web.WebSocketResponse | None:
        """Its client's, if that is there."""
        return self._connection.visit.socket if self._connection is not None else None

    def end(self) -> None:
        """Nobody will come for it any more."""
        self.is_ended = True
        self._over.set()

    def let_go(self) -> None:
        """Another gateway goes on with it, or this one later."""
        self._over.set()

    async def live(self, *further: Coroutine[Any, Any, None]) -> None:
        """Work until `end`; raises SessionTaken once another gateway has it."""
        try:
            async with self._session.at_work() as tasks:
                steps = (self._keeper.run(self._deliver), *further)
                aides = [tasks.create_task(step) for step in steps]
                await self._over.wait()
                for aide in aides:
                    aide.cancel()
        except* SessionTaken as group:
            raise SessionTaken(self.name) from group

    async def say_goodbye(self) -> None:
        """Nobody may resume it, and the workers are told; not if another gateway has it."""
        if await self._store.remove(self._own):
            await self._session.say_goodbye()

    # The client comes, and goes

    def greet(self, visit: Visit, secret: str) -> None:
        """The first client is told of the session, and how to resume it."""
        resumable = resume.Resumable(
            session_id=f"sess_{self.name}", secret=secret, resume_s=self._settings.resume_s
        )
        self._connect(visit, [(resume.write(resumable), WSMsgType.TEXT)])
        self._session.greet()

    async def check(self) -> None:
        """Write it down as it is; raises SessionTaken if another gateway has it."""
        await self._keeper.keep(self._deliver)

    def can_resume_after(self, received: int) -> bool:
        """Whether nothing is missing behind this message to the client."""
        return self._log.can_resume_after(received)

    def resume(self, visit: Visit, received: int) -> None:
        """Its client is there again, and has so many messages."""
        self._log.acknowledge(received)
        resumed = resume.Resumed(session_id=f"sess_{self.name}", received=self._progress.received)
        missed = self._log.between(received, self._keeper.safe)
        self._connect(visit, [(resume.write(resumed), WSMsgType.TEXT), *map(_framed, missed)])
        self._session.feed(ConnectionResumed())

    def _connect(self, visit: Visit, backlog: list[tuple[bytes, WSMsgType]]) -> None:
        self._session.allowance = visit.guest.allowance
        self._connection = _Connection(visit, Line(self.name, self._settings, backlog))

    async def attend(self) -> None:
        """Until the client that was let in leaves, or another comes in its place.

        Raises ClientIdle if it is to be sent away.
        """
        if (connection := self._connection) is None:
            return
        hear = partial(self._hear, connection)
        try:
            await connection.line.attend(connection.visit.socket, hear, self._is_listening)
        except ClientTooSlow:
            connection.visit.cut_off()
        finally:
            if self._connection is connection:
                self._connection = None
                self._session.feed(ConnectionLost())
                if connection.line.has_left:
                    self.end()

    def _is_listening(self) -> bool:
        return self._session.conversation.is_speaking

    # Messages

    async def _hear(self, connection: _Connection, message: WSMessage) -> None:
        await self._session.calm()
        if self._connection is not connection:
            return None  # another has come in its place, and sends this again
        told = resume.read(message.data) if message.type is WSMsgType.TEXT else None
        if isinstance(told, resume.Acknowledge):
            return self._log.acknowledge(min(told.received, self._keeper.safe))
        conversation, progress = self._session.conversation, self._progress
        progress.receive(conversation.sound_s[1])
        await self._session.understand(message, only_sound=progress.is_repeat)
        progress.settle(conversation.sound_s[1])
        if progress.received >= self._reminded_at + _TELL_EVERY:
            self._reminded_at = progress.received
            self._keeper.remind()
        return None

    def _send(self, messages: list[bytes], kind: WSMsgType) -> None:
        """Have these sent in their order, once they are written down."""
        for message in messages:
            self._log.add(Sent(message, kind is WSMsgType.TEXT))
        self._keeper.remind()

    def _deliver(self, messages: Sequence[Sent]) -> None:
        if (connection := self._connection) is None:
            return
        try:
            for message in messages:
                content, kind = _framed(message)
                connection.line.send([content], kind)
            self._tell_needless(connection.line)
        except ClientTooSlow:
            connection.visit.cut_off()  # what it has not got waits for its next connection

    def _tell_needless(self, line: Line) -> None:
        if self._keeper.needless <= self._told_needless:
            return
        self._told_needless = self._keeper.needless
        acknowledged = resume.Acknowledged(received=self._told_needless)
        line.send([resume.write(acknowledged)], WSMsgType.TEXT)

    # On paper

    def _kept(self) -> KeptSession:
        conversation = self._session.conversation
        return self._progress.kept(
            conversation.kept(), self.protocol.memory(), conversation.sound_s
        )

    def _restore(self, kept: KeptSession) -> None:
        self.protocol.recall(kept.protocol)
        for notice in kept.notices:
            self.protocol.write(notice)  # the client has got it
        self._session.fit_formats()
        now = asyncio.get_running_loop().time()
        self._session.conversation.restore(kept.conversation, kept.heard_s, now)


def _framed(message: Sent) -> tuple[bytes, WSMsgType]:
    return message.content, WSMsgType.TEXT if message.is_text else WSMsgType.BINARY
