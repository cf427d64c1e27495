"""The replies of a session: the one being given, and the one that can still be heard."""

from typing import assert_never

from gateway import refusals
from gateway.events import ItemTruncated, OutputCleared, PlaybackReported, ReplyCancelled
from gateway.given_calls import GivenCalls
from gateway.history import History
from gateway.latency import Latency
from gateway.notices import (
    ItemWasTruncated,
    Problem,
    ReplyFinished,
    ReplyPaused,
    ReplyResumed,
    ReplyStarted,
    Status,
    Usage,
)
from gateway.numbers import Numbers
from gateway.outbox import Outbox
from gateway.reply import KeptReply, Reply
from gateway.turn import Failure, Turn
from gateway.turns import Turns
from gateway.words import is_question
from shared.messages import HistoryItem, ReplyOptions

LOST = "reply_lost"
"""Why a reply ends whose rest was lost with another gateway."""

_ENDING_S = 1.5
"""People answer a question before it has quite been asked."""
_SURELY_S = 0.001
"""Sums of packets are not exact."""


class Replies:
    """Begins replies, releases them in time, and ends them; keeps in the history what was heard."""

    def __init__(self, turns: Turns, history: History, outbox: Outbox, numbers: Numbers) -> None:
        self._turns = turns
        self._history = history
        self._outbox = outbox
        self._numbers = numbers
        self._last: Reply | None = None
        """The reply that was given last; its sound may still be playing."""
        self.active: Reply | None = None
        self.calls = GivenCalls(0, history, {})
        """What the latest reply calls."""
        self._previous: int | None = None
        """The item before the latest reply's."""

    @property
    def audible(self) -> Reply | None:
        """The reply that is being given, or one that was given and still sounds."""
        if self.active is not None:
            return self.active
        last = self._last
        return last if last is not None and last.is_sounding(self._outbox.now) else None

    @property
    def latest(self) -> Reply | None:
        """The reply that is being given, or was last."""
        return self.active or self._last

    @property
    def ends_asking(self) -> bool:
        """Whether the client has all of the last reply, and what is left of it is a question."""
        last = self._last
        if self.active is not None or last is None or not is_question(last.released_words):
            return False
        return last.left_s(self._outbox.now) < _ENDING_S

    @property
    def silent_since(self) -> float | None:
        """When the last reply had been heard to its end; none while one is heard, or before any."""
        if self._last is None or self.audible is not None:
            return None
        return self._last.sounds_until

    @property
    def falls_silent_at(self) -> float | None:
        """When the last reply will have been heard to its end; none if it is silent, or held."""
        last = self._last
        if last is None or last.is_paused or not last.is_sounding(self._outbox.now):
            return None
        return last.sounds_until + _SURELY_S

    @property
    def next_wake(self) -> float | None:
        """When something of a reply is due, or the last one falls silent."""
        return self.active.next_release_at() if self.active else self.falls_silent_at

    def begin(
        self,
        options: ReplyOptions,
        *,
        context: tuple[HistoryItem, ...] | None = None,
        is_aside: bool = False,
        metadata: dict[str, str] | None = None,
        behind: int | None = None,
    ) -> Reply:
        """A reply to what is in `context`, or else to all that stands in the conversation.

        Its item stands behind the one with the number `behind`, or behind all.
        """
        last = self.audible
        if last is not None:
            self.resume()  # the client holds all sound or none
        after = self._history.last_item
        entered = self._history.enter("assistant", is_spoken=options.is_spoken, after=behind)
        item, self._previous = entered.number, self._history.before(entered.number)
        self.active = reply = Reply(
            self._numbers.reply(),
            item=item,
            after=after,
            options=options,
            requested_at=self._outbox.now,
            context=context,
        )
        self.calls = GivenCalls(reply.number, self._history, self._turns.own_tools(options))
        if last is not None:
            reply.sounds_from = last.sounds_until
        self._outbox.tell(
            ReplyStarted(
                reply=reply.number,
                item=item,
                previous=self._previous,
                options=options,
                is_aside=is_aside,
                metadata=metadata,
            )
        )
        return reply

    @property
    def kept(self) -> KeptReply | None:
        """The reply that is being given, or was last, as it is to be written down."""
        reply = self.latest
        return reply.kept(self._previous, self.calls) if reply is not None else None

    def restore(self, kept: KeptReply, turn: Turn | None) -> None:
        """Go on with a reply that another gateway has begun, or be as if it had just ended."""
        reply = kept.again(self._outbox.now)
        self._previous = kept.previous
        self.calls = GivenCalls(kept.number, self._history, kept.ours)
        self.calls.restore(kept.calls)
        if kept.status is not None:
            self._last = reply
            return
        self.active = reply
        if turn is not None and kept.has_turn:
            reply.go_on(turn, kept)

    @property
    def lacks_results(self) -> bool:
        """Whether what the pipeline made of the active reply is not there any more."""
        if (reply := self.active) is None or reply.turn is None:
            return False
        return reply.lacks_results or len(self.calls.given) > len(list(reply.turn.calls))

    def serve(self) -> None:
        """Give the client what there is of the active reply; ends it if that is all."""
        if (reply := self.active) is None:
            return
        for notice in reply.release(self._outbox.now):
            self._outbox.tell(notice)
        if reply.turn is None:
            return
        self._release_calls(reply, reply.turn)
        if reply.turn.failure is not None:
            self._finish_failed(reply.turn.failure)
        elif reply.is_whole and reply.turn.is_cut:
            self.finish("incomplete", reason="max_output_tokens")
        elif reply.is_whole:
            self.finish("completed")

    def obey(
        self, request: ReplyCancelled | OutputCleared | ItemTruncated | PlaybackReported
    ) -> None:
        """The client stops the reply, or tells what was heard of it."""
        match request:
            case ReplyCancelled():
                self._cancel(request)
            case OutputCleared():
                self.interrupt("client_cancelled")
            case ItemTruncated():
                self._truncate_on_request(request)
            case PlaybackReported():
                if (reply := self._of(request.item)) is not None:
                    reply.report(request.position_s, self._outbox.now)
            case _:
                assert_never(request)

    def interrupt(self, reason: str = "turn_detected") -> None:
        """Nothing more is to be heard of any reply; mostly because the person speaks."""
        now, last = self._outbox.now, self._last
        if last is not None and last.is_sounding(now):
            self._truncate(last, last.played_s(now))
        self.finish("cancelled", reason=reason)

    def pause(self) -> None:
        """The person seems to speak: the reply is held where it is."""
        if (reply := self.audible) is not None and reply.pause(self._outbox.now):
            self._outbox.tell(ReplyPaused(item=reply.item))

    def resume(self) -> None:
        """It was nothing: the reply goes on."""
        if (reply := self.audible) is not None:
            self._go_on(reply)

    def finish(self, status: Status, reason: str = "", detail: str = "") -> None:
        """Nothing more of the active reply will be given."""
        if (reply := self.active) is None:
            return
        for notice in self.calls.abandon():
            self._outbox.tell(notice)
        finished = reply.finish(self._outbox.now, status, reason, detail)
        is_interrupted = (status == "cancelled" or reason == LOST) and reply.options.is_spoken
        if reply.has_item:
            self._history.settle(reply.item, finished.text, is_interrupted=is_interrupted)
        else:
            self._history.remove(reply.item)
        self._outbox.tell(finished)
        self._last, self.active = reply, None
        if reply.turn is not None:
            self._turns.unwish()
        if status != "cancelled" and self.audible is None:
            self._go_on(reply)  # the client holds nothing of it that could still be heard

    def give_way(self) -> None:
        """Another reply is to begin: a filler makes room for it, with all its sound released."""
        if self.active is not None and self.active.is_filler:
            self.active.hurry()
            self.serve()
            self.finish("cancelled", reason="client_cancelled")

    def give_nothing(self, options: ReplyOptions) -> None:
        """A reply that says nothing and stands nowhere: what it would say has been said."""
        number, item = self._numbers.reply(), self._numbers.item()
        started = ReplyStarted(
            reply=number, item=item, previous=None, options=options, is_aside=True
        )
        self._outbox.tell(started)
        self._outbox.tell(
            ReplyFinished(
                reply=number, status="completed", text="", usage=Usage(), latency=Latency()
            )
        )

    def _release_calls(self, reply: Reply, turn: Turn) -> None:
        previous = reply.item if reply.has_item else self._previous
        place = 1 if reply.has_item else 0
        for notice in self.calls.release(turn.calls, previous=previous, place=place):
            self._outbox.tell(notice)

    def _go_on(self, reply: Reply) -> None:
        if reply.resume(self._outbox.now):
            self._outbox.tell(ReplyResumed(item=reply.item))

    def _cancel(self, request: ReplyCancelled) -> None:
        if self.active is None or request.reply not in (None, self.active.number):
            return self._outbox.refuse(refusals.NO_REPLY, request.event_id)
        return self.finish("cancelled", reason="client_cancelled")

    def _truncate_on_request(self, request: ItemTruncated) -> None:
        reply = self._of(request.item)
        is_known = reply is self.active or (reply is not None and reply.turn is not None)
        if reply is None or not is_known or not reply.options.is_spoken:
            return self._outbox.refuse(refusals.NOTHING_TO_TRUNCATE, request.event_id)
        if reply is self.active:
            self.finish("cancelled", reason="client_cancelled")
        return self._truncate(reply, request.audio_end_s)

    def _finish_failed(self, failure: Failure) -> None:
        if failure.is_fault:
            self._outbox.tell(Problem(code=failure.code, message=failure.detail, is_fault=True))
        self.finish("failed", reason=failure.code, detail=failure.detail)

    def _truncate(self, reply: Reply, audio_end_s: float) -> None:
        """Keep of a reply that was given only what was heard."""
        text, audio_end_s = reply.cut(audio_end_s)
        self._history.settle(reply.item, text, is_interrupted=True)
        self._outbox.tell(ItemWasTruncated(item=reply.item, audio_end_s=audio_end_s, text=text))

    def _of(self, item: int) -> Reply | None:
        """The reply that an item is, if it is one of the two that count."""
        replies = (reply for reply in (self.active, self._last) if reply is not None)
        return next((reply for reply in replies if reply.item == item), None)
