"""A question and its answer, as a stream of events or as one result."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing

import msgspec

from client.connection import Connection
from client.events import (
    AnyEvent,
    Refused,
    ReplyDone,
    ReplySound,
    ReplyText,
    SpeechHeard,
    SpeechNotHeard,
)
from client.turn_end import TurnEnd
from shared.audio import PACKET_S
from shared.errors import VoiceChatError

Question = str | Sequence[bytes]
"""Typed text, or speech as Opus packets of 20 ms."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A turn, when it is over."""

    heard: str | None
    """What was understood of a spoken question."""
    reply: str
    packets: tuple[bytes, ...]
    """The spoken reply, as Opus packets of 20 ms."""
    status: str
    cause: str
    """Why the reply was cut or failed; empty if it was not."""
    latency: dict[str, float]
    """Seconds by stage, as the gateway measured them."""
    first_text_s: float | None
    """Question complete → first text here."""
    first_sound_s: float | None
    """Question complete → first sound here."""


async def converse(
    connection: Connection, question: Question, *, is_fast: bool = False
) -> AsyncGenerator[AnyEvent, None]:
    """Put a question; yields what comes back, up to the end of the answer.

    Raises VoiceChatError if the gateway refuses, the turn fails or the connection is lost.
    """
    asking_s = 0.0 if isinstance(question, str) else len(question) * PACKET_S
    asking, end = asyncio.create_task(_put(connection, question, is_fast)), TurnEnd()
    try:
        while True:
            event = await connection.receive(also_s=asking_s)
            _refuse(event)
            yield event
            if end.take(event):
                return
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def ask(
    connection: Connection,
    question: Question,
    *,
    is_fast: bool = False,
    tell: Callable[[AnyEvent], None] = lambda event: None,
) -> Answer:
    """The whole answer to a question; `tell` gets each event as it comes.

    Raises VoiceChatError as `converse` does.
    """
    notes = _Notes()
    async with aclosing(converse(connection, question, is_fast=is_fast)) as events:
        async for event in events:
            notes.take(event)
            tell(event)
    return notes.answer(connection.asked_at)


async def _put(connection: Connection, question: Question, is_fast: bool) -> None:
    if isinstance(question, str):
        await connection.send_text(question)
    else:
        await connection.send_speech(question, is_fast=is_fast)
        await connection.commit_speech()
    await connection.request_reply()


def _refuse(event: AnyEvent) -> None:
    match event:
        case Refused(code=code, detail=detail) | SpeechNotHeard(code=code, detail=detail):
            raise VoiceChatError(f"the gateway says: {detail} ({code})")
        case ReplyDone(status="failed", reason="no_speech", cause=cause):
            raise VoiceChatError(cause)
        case ReplyDone(status="failed", reason=reason, cause=cause):
            raise VoiceChatError(f"the turn failed: {cause} ({reason})")
        case _:
            return


class _Notes:
    """Collects a turn's events."""

    def __init__(self) -> None:
        self._first_text_at: float | None = None
        self._first_sound_at: float | None = None
        self._heard: str | None = None
        self._reply: list[str] = []
        self._packets: list[bytes] = []
        self._done: ReplyDone | None = None

    def take(self, event: AnyEvent) -> None:
        """The next event of the turn."""
        match event:
            case SpeechHeard(text=text):
                self._heard = text
            case ReplyText(delta=delta):
                self._first_text_at = self._first_text_at or time.monotonic()
                self._reply.append(delta)
            case ReplySound(packet=packet):
                self._first_sound_at = self._first_sound_at or time.monotonic()
                self._packets.append(packet)
            case ReplyDone():
                self._done = event
            case _:
                return

    def answer(self, asked_at: float) -> Answer:
        """The turn as a whole, once it is done; `asked_at` on the monotonic clock."""
        assert self._done
        return Answer(
            heard=self._heard,
            reply="".join(self._reply).strip(),
            packets=tuple(self._packets),
            status=self._done.status,
            cause=self._done.cause,
            latency=self._done.latency,
            first_text_s=_since(asked_at, self._first_text_at),
            first_sound_s=_since(asked_at, self._first_sound_at),
        )


def _since(start: float, moment: float | None) -> float | None:
    return None if moment is None else max(0.0, round(moment - start, 6))
