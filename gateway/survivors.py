"""The sessions of this process that survive their connections: begun, resumed, parked, ended."""

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from typing import Any

from aiohttp import WSMsgType, web

from gateway import goodbyes, metrics
from gateway.client import Client, Send
from gateway.guest import Guest
from gateway.inheritance import Inheritance
from gateway.line import ClientIdle
from gateway.mailbox import Mailbox
from gateway.protocols import resume
from gateway.protocols.resume import ResumableProtocol, Resume
from gateway.session import Session
from gateway.session_store import Claimed, SessionStore, SessionTaken
from gateway.session_tools import Tools
from gateway.surviving import Surviving, Visit
from shared.errors import BrokerError
from shared.messages import SessionMoved

logger = logging.getLogger(__name__)

_SECRET_BYTES = 32
_FIRST_MESSAGE_S = 10.0
_REFUSED = (
    "this session cannot be resumed: it is over, or its id, secret or count of messages is wrong; "
    "begin a new one"
)


MakeProtocol = Callable[[str], ResumableProtocol]
"""Makes the protocol of the session with this id."""


class Survivors:
    """All of them, with their clients or without."""

    def __init__(self, tools: Tools, gateway: str, mailbox: Mailbox) -> None:
        self._tools = tools
        self._settings = tools.settings
        self._gateway = gateway
        self._mailbox = mailbox
        self._store = SessionStore(tools.bus.records, gateway, tools.settings.resume_s)
        self._inheritance = Inheritance(tools.bus, mailbox)
        self._sessions: OrderedDict[str, Surviving] = OrderedDict()
        """Those that were parked last come last."""
        self._timers: dict[str, asyncio.TimerHandle] = {}
        """What ends each session that is parked."""
        self._claiming = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def parked(self) -> int:
        """How many wait for their clients."""
        return len(self._timers)

    async def begin(self, visit: Visit, protocol: MakeProtocol) -> None:
        """A new session, until its first connection ends."""
        name, secret = secrets.token_hex(8), secrets.token_urlsafe(_SECRET_BYTES)
        begun = self._store.begin(name, secret, self._tools.bus.now())
        session = self._open(name, protocol, visit.guest, begun)
        session.greet(visit, secret)
        await self._attend(session, visit)

    async def go_on(self, visit: Visit, protocol: MakeProtocol, name: str) -> None:
        """A session that was begun here or elsewhere, until this connection of it ends."""
        wish = await _first_message(visit.socket)
        try:
            session = await self._find(name, wish, protocol, visit.guest) if wish else None
        except BrokerError as error:
            logger.warning("a session cannot be looked for: %s", error, extra={"session": name})
            return await goodbyes.try_again(visit.socket)
        if wish is None or session is None or not session.can_resume_after(wish.received):
            metrics.RESUMES.labels("refused").inc()
            self._await_client(session)
            refusal = resume.refuse("session_not_resumable", _REFUSED)
            return await goodbyes.not_resumable(visit.socket, refusal)
        self._send_away(session)
        self._unpark(session)
        session.resume(visit, wish.received)
        return await self._attend(session, visit)

    async def close(self) -> None:
        """Let go of all: other gateways go on with them."""
        sessions = tuple(self._sessions.values())
        await asyncio.gather(*(session.check() for session in sessions), return_exceptions=True)
        for session in sessions:
            session.let_go()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._inheritance.close()

    # Finding one

    async def _find(
        self, name: str, wish: Resume, protocol: MakeProtocol, guest: Guest
    ) -> Surviving | None:
        session = self._sessions.get(name)
        if session is not None and not session.is_over:
            if not session.knows(wish.secret):
                return None
            try:
                await session.check()
            except SessionTaken:
                session.let_go()
            if not session.is_over:
                metrics.RESUMES.labels("here").inc()
                return session
        async with self._claiming:
            return await self._claim(name, wish, protocol, guest)

    async def _claim(
        self, name: str, wish: Resume, protocol: MakeProtocol, guest: Guest
    ) -> Surviving | None:
        if (session := self._sessions.get(name)) is not None:
            if not session.knows(wish.secret):
                return None
            session.let_go()
            await session.gone.wait()
        claimed = await self._store.claim(name, wish.secret)
        if claimed is None or claimed.kept is None:
            return None
        if claimed.former != self._gateway:
            turns = claimed.kept.conversation.turns
            moved = SessionMoved(session=name, turn=turns)
            await self._tools.bus.submit(moved, claimed.former)
        metrics.RESUMES.labels("taken_over").inc()
        logger.info("a session comes from gateway %s", claimed.former, extra={"session": name})
        return self._open(name, protocol, guest, claimed)

    # Life of one

    def _open(self, name: str, protocol: MakeProtocol, guest: Guest, claimed: Claimed) -> Surviving:
        stack = ExitStack()
        inbox = stack.enter_context(self._mailbox.inbox(name))
        spoken = protocol(name)

        def converse(send: Send) -> Session:
            client = Client(spoken, guest, send)
            return Session(name, self._gateway, tools=self._tools, client=client, inbox=inbox)

        session = Surviving(
            name,
            self._settings,
            spoken,
            store=self._store,
            claimed=claimed,
            converse=converse,
        )
        self._sessions[name] = session
        turn = claimed.kept.conversation.turn if claimed.kept is not None else None
        heirlooms = (
            [self._inheritance.recall(turn.gateway, name, inbox)] if turn is not None else []
        )
        self._spawn(self._live(session, stack, heirlooms))
        return session

    async def _live(
        self, session: Surviving, stack: ExitStack, further: list[Coroutine[Any, Any, None]]
    ) -> None:
        outcome = "moved"
        over_s = session.begun_s + self._settings.longest_session_s - self._tools.bus.now()
        expiry = asyncio.get_running_loop().call_later(over_s, self._expire, session)
        logger.info("a session begins", extra={"session": session.name})
        try:
            with stack, metrics.SESSIONS.track_inprogress():
                await session.live(*further)
                if session.is_ended:
                    outcome = "left"
                    await session.say_goodbye()
        except SessionTaken:
            self._send_away(session)
        finally:
            expiry.cancel()
            if (socket := session.socket) is not None and not session.is_over:
                self._spawn(goodbyes.failed(socket))
            del self._sessions[session.name]
            self._unpark(session)
            session.gone.set()
            metrics.SESSIONS_ENDED.labels(outcome).inc()
            logger.info("a session ends: %s", outcome, extra={"session": session.name})

    async def _attend(self, session: Surviving, visit: Visit) -> None:
        try:
            await session.attend()
        except ClientIdle:
            session.end()
            await goodbyes.idle(visit.socket, self._settings)
        finally:
            self._await_client(session)

    def _await_client(self, session: Surviving | None) -> None:
        """Park a session that has no client, unless it is over or parked already."""
        if session is None or session.is_over or not session.is_parked:
            return
        if session.name not in self._timers:
            self._park(session)

    def _expire(self, session: Surviving) -> None:
        """It has lasted as long as it may."""
        if (socket := session.socket) is not None:
            self._spawn(goodbyes.expired(socket, session.protocol, self._settings))
        session.end()

    def _park(self, session: Surviving) -> None:
        self._sessions.move_to_end(session.name)
        loop = asyncio.get_running_loop()
        self._timers[session.name] = loop.call_later(self._settings.resume_s, session.end)
        if self.parked > self._settings.most_sessions:
            self._make_room()
        metrics.SESSIONS_PARKED.set(len(self._timers))

    def _make_room(self) -> None:
        """Let go of the session that was parked first: any gateway may go on with it."""
        parked = (session for session in self._sessions.values() if session.is_parked)
        next(parked).let_go()

    def _unpark(self, session: Surviving) -> None:
        if (timer := self._timers.pop(session.name, None)) is not None:
            timer.cancel()
        metrics.SESSIONS_PARKED.set(len(self._timers))

    def _send_away(self, session: Surviving) -> None:
        """Close the connection that a session has, if any, and do not wait for its answer."""
        if (socket := session.socket) is not None:
            self._spawn(goodbyes.taken_over(socket))

    def _spawn(self, step: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(step)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _first_message(socket: web.WebSocketResponse) -> Resume | None:
    try:
        message = await socket.receive(timeout=_FIRST_MESSAGE_S)
    except TimeoutError:
        return None
    told = resume.read(message.data) if message.type is WSMsgType.TEXT else None
    return told if isinstance(told, Resume) else None
