"""One reader of the gateway's replies for all its sessions."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import aclosing, contextmanager

from gateway.events import (
    EchoJudged,
    ResultsRecalled,
    Tick,
    ToolAnswered,
    TurnJudged,
    VoiceHeard,
)
from shared.bus import Bus
from shared.messages import AnyReply, SessionMoved
from shared.streams import replies

logger = logging.getLogger(__name__)

Inbox = asyncio.Queue[
    AnyReply
    | SessionMoved
    | ResultsRecalled
    | Tick
    | VoiceHeard
    | TurnJudged
    | EchoJudged
    | ToolAnswered
]


class Mailbox:
    """Hands each result to the session that it is for."""

    def __init__(self, bus: Bus, gateway: str, most_waiting: int) -> None:
        self._bus = bus
        self._gateway = gateway
        self._most_waiting = most_waiting
        self._inboxes: dict[str, Inbox] = {}

    @contextmanager
    def inbox(self, session: str) -> Iterator[Inbox]:
        """What comes for a session while the block runs."""
        inbox: Inbox = asyncio.Queue(self._most_waiting)
        self._inboxes[session] = inbox
        try:
            yield inbox
        finally:
            del self._inboxes[session]

    def has(self, session: str) -> bool:
        """Whether a session is here."""
        return session in self._inboxes

    async def run(self) -> None:
        """Hand out what comes, without end."""
        async with aclosing(self._bus.observe(replies(self._gateway))) as messages:
            async for message in messages:
                if isinstance(message, AnyReply | SessionMoved):
                    self.deliver(message)

    def deliver(self, message: AnyReply | SessionMoved) -> None:
        """Put a result into the inbox of its session, if that is here."""
        # A reply beside the conversation has a name of its own behind that of its session.
        inbox = self._inboxes.get(message.session.partition(".")[0])
        if inbox is None:
            return
        try:
            inbox.put_nowait(message)
        except asyncio.QueueFull:
            # The turn ends by its time limit, and the client is told.
            context = {"session": message.session, "turn": message.turn}
            logger.warning("a session's inbox is full; a result is lost", extra=context)
