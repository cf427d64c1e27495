"""Replies beside the conversation, which never hears of them (OpenAI: out-of-band responses).

Each has a session of its own in the pipeline: no turn makes it stale, and it makes none stale.
"""

import msgspec

from gateway import refusals
from gateway.events import ReplyRequested
from gateway.history import History
from gateway.numbers import Numbers
from gateway.outbox import Outbox
from gateway.replies import LOST, Replies
from gateway.reply import KeptReply
from gateway.settings import GatewaySettings
from gateway.turn import TIMED_OUT, TOO_LONG, Failure
from gateway.turns import Turns
from shared.messages import (
    AnyReply,
    HistoryItem,
    ReplyOptions,
    SessionEnded,
    SpeechChunk,
    Transcript,
    WorkFailed,
)

FIRST_TURN = 2**31
"""Turns beside the conversation are numbered from here, so that their sound can be told apart."""


class _Aside(msgspec.Struct, frozen=True):
    """One of them: what makes it, and what the client is told of it."""

    turns: Turns
    replies: Replies


class Asides:
    """Those of one session that are being given."""

    def __init__(
        self,
        session: str,
        gateway: str,
        *,
        settings: GatewaySettings,
        outbox: Outbox,
        numbers: Numbers,
    ) -> None:
        self._session = session
        self._gateway = gateway
        self._settings = settings
        self._outbox = outbox
        self._numbers = numbers
        self._given: dict[str, _Aside] = {}
        """By their names in the pipeline."""

    @property
    def are_given(self) -> bool:
        """Whether there is any."""
        return bool(self._given)

    def begin(
        self, request: ReplyRequested, options: ReplyOptions, context: tuple[HistoryItem, ...]
    ) -> None:
        """Answer just that, as long as there are not too many already."""
        if len(self._given) >= self._settings.most_asides:
            return self._outbox.refuse(refusals.TOO_MANY_REPLIES, request.event_id)
        number = self._numbers.replies + 1
        name = f"{self._session}.{number}"
        turns, replies = self._made(name)
        turns.count = FIRST_TURN + number - 1
        reply = replies.begin(options, context=context, is_aside=True, metadata=request.metadata)
        reply.attach(turns.write(reply, context))
        self._given[name] = _Aside(turns, replies)
        return None

    @property
    def kept(self) -> tuple[KeptReply, ...]:
        """Those that are being given, as they are to be written down."""
        replies = (aside.replies.kept for aside in self._given.values())
        return tuple(reply for reply in replies if reply is not None)

    def restore(self, kept: tuple[KeptReply, ...]) -> None:
        """Another gateway was giving these: what has come of them is not known here."""
        for reply in kept:
            turns, replies = self._made(f"{self._session}.{reply.number}")
            replies.restore(reply, None)
            self._given[f"{self._session}.{reply.number}"] = _Aside(turns, replies)

    def end_lost(self) -> None:
        """Those that were given by another gateway end here."""
        for aside in self._given.values():
            active = aside.replies.active
            if active is not None and active.turn is None:
                aside.replies.finish("incomplete", reason=LOST)

    def take(self, message: AnyReply) -> None:
        """The pipeline has made something of one."""
        aside = self._given.get(message.session)
        turn = aside.turns.newest if aside is not None else None
        if aside is None or turn is None or message.turn != turn.number:
            return
        aside.turns.expect(turn)
        turn.note(message, self._outbox.now)
        match message:
            case WorkFailed():
                self._fail(aside, Failure(code=message.code, detail=message.detail))
            case SpeechChunk():
                if not turn.add_sound(message):
                    self._fail(aside, TOO_LONG)
            case Transcript():
                return
            case _:
                turn.take(message)

    def tick(self) -> None:
        """Time has passed."""
        for aside in self._given.values():
            turn = aside.turns.newest
            if turn is not None and turn.owes and self._outbox.now >= turn.deadline:
                self._fail(aside, TIMED_OUT)

    def serve(self) -> None:
        """Give the client what there is of each."""
        for name, aside in tuple(self._given.items()):
            aside.replies.serve()
            if aside.replies.active is None:
                del self._given[name]

    def cancel(self, reply: int | None) -> bool:
        """The client does not want this one any more; False if it is none of them."""
        for aside in self._given.values():
            active = aside.replies.active
            if active is not None and active.number == reply:
                aside.replies.finish("cancelled", reason="client_cancelled")
                return True
        return False

    def leave(self) -> None:
        """Nobody wants any of them any more."""
        for name, aside in self._given.items():
            self._outbox.publish(SessionEnded(session=name, turn=aside.turns.count))

    @property
    def next_wake(self) -> float | None:
        """When to call `tick` and `serve`."""
        times = [time for aside in self._given.values() for time in _times(aside)]
        return min(times, default=None)

    def _made(self, name: str) -> tuple[Turns, Replies]:
        turns = Turns(name, self._gateway, self._settings, self._outbox)
        history = History(1, 0, self._numbers)
        return turns, Replies(turns, history, self._outbox, self._numbers)

    def _fail(self, aside: _Aside, failure: Failure) -> None:
        turn = aside.turns.newest
        if turn is not None and turn.failure is None:
            aside.turns.cancel(turn)
            turn.fail(failure)


def _times(aside: _Aside) -> list[float]:
    reply, turn = aside.replies.active, aside.turns.newest
    releases_at = reply.next_release_at() if reply is not None else None
    fails_at = turn.deadline if turn is not None and turn.owes else None
    return [time for time in (releases_at, fails_at) if time is not None]
