"""What follows a reply that calls tools: they are run, and it goes on once their outputs are there.

The gateway's own tools it runs itself, and answers without being asked; for the outputs of the
session's the client asks for a reply. A filler is said if either takes long. Whatever the person
says meanwhile goes before: outputs that come late stand in the conversation, and that is all.
"""

from typing import assert_never

import msgspec

from gateway.actions import RunTool
from gateway.events import ToolAnswered, ToolsOffered
from gateway.fillers import Fillers
from gateway.given_calls import GivenCalls
from gateway.history import History
from gateway.items import ROOT, Outcome
from gateway.notices import ToolEnded, ToolStarted
from gateway.outbox import Outbox
from gateway.replies import Replies
from gateway.reply import Reply
from gateway.settings import GatewaySettings
from gateway.tool_round import OVER, KeptRound, Round
from gateway.turns import Turns

_LOST = Outcome(
    text="What came of this was lost; it may have been done or not. Ask before you try it again.",
    is_error=True,
)


class ToolRounds:
    """Those of one session. Times are on the gateway's clock."""

    def __init__(
        self,
        settings: GatewaySettings,
        *,
        history: History,
        turns: Turns,
        replies: Replies,
        outbox: Outbox,
    ) -> None:
        self._most = settings.most_tool_rounds
        self._fillers = Fillers(settings.tool_filler)
        self._filler_after_s = settings.tool_filler_after_s
        self._history = history
        self._turns = turns
        self._replies = replies
        self._outbox = outbox
        self._running: dict[str, int] = {}
        """Position of each call that the gateway runs, among what its reply put out."""
        self._round: Round | None = None
        self._continued: tuple[int, int] = (0, 0)
        """The reply that was begun here, and the round that it is."""

    @property
    def kept(self) -> KeptRound:
        """As it is to be written down."""
        now = self._round
        is_newest = now is not None and now.calls is self._replies.calls
        if now is None or not is_newest:
            return KeptRound(running=dict(self._running), continued=self._continued)
        return KeptRound(
            number=now.number,
            seen=now.seen,
            is_wanted=now.is_wanted,
            running=dict(self._running),
            continued=self._continued,
            claims=now.claims,
        )

    def restore(self, kept: KeptRound) -> None:
        """Go on where another gateway was."""
        self._running, self._continued = dict(kept.running), kept.continued
        reply = self._replies.latest
        if kept.number and reply is not None:
            self._round = Round(
                reply,
                self._replies.calls,
                kept.number,
                kept.seen,
                is_wanted=kept.is_wanted,
                claims=kept.claims,
            )

    def end_lost(self) -> None:
        """What another gateway was running is not run again: nobody knows what it has done."""
        for call_id in tuple(self._running):
            self._learn(ToolAnswered(call_id=call_id, outcome=_LOST))

    def follow(self) -> bool:
        """See what is due; True if that is a reply, which was begun."""
        self._note_calls()
        if (now := self._round) is None or not self._is_newest(now):
            return False
        if now.ended_at is None:
            now.ended_at = self._outbox.now
        if self._is_waited_for(now):
            return self._fill(now)
        if now.settled_at is None:
            now.settled_at = self._outbox.now
        return self._go_on(now)

    def hear(self, event: ToolsOffered | ToolAnswered) -> None:
        """The gateway's tools are others, or one of them has run."""
        match event:
            case ToolsOffered():
                self._turns.tools = event.tools
            case ToolAnswered():
                self._learn(event)
            case _:
                assert_never(event)

    def _learn(self, answered: ToolAnswered) -> None:
        place = self._running.pop(answered.call_id, None)
        item = self._history.call(answered.call_id)
        if place is None or item is None:
            return
        self._history.answer(item.number, answered.outcome)
        if self._round is not None:
            self._round.claims += 1
        previous = self._history.before(item.number)
        if (changed := self._history.item(item.number)) is not None:
            self._outbox.tell(ToolEnded(item=changed, previous=previous, place=place))

    def give_up(self) -> bool:
        """Nobody wants the next reply any more; False if none was on its way."""
        now = self._round
        if now is None:
            return False
        was_due = self._replies.active is None and self._is_newest(now) and self._runs(now)
        now.is_wanted = False
        return was_due

    def grant(self) -> bool:
        """Whether what the client asks for comes by itself, or has come: it is not given twice."""
        now = self._round
        if now is None or not now.claims or not self._is_foreseen(now):
            return False
        now.claims -= 1
        if now.following and self._replies.active is None:
            self._replies.give_nothing(now.reply.options)
        return True

    @property
    def is_awaited(self) -> bool:
        """Whether the conversation waits for the output of a call."""
        now = self._round
        return now is not None and self._is_newest(now) and self._is_waited_for(now)

    @property
    def settled_at(self) -> float | None:
        """When it last ended to wait for outputs."""
        return self._round.settled_at if self._round is not None else None

    @property
    def next_wake(self) -> float | None:
        """When to call `follow` again, for the filler."""
        now = self._round
        return self._filler_at(now) if now is not None and self.is_awaited else None

    def _note_calls(self) -> None:
        """Run the new calls of the latest reply."""
        reply, calls = self._replies.latest, self._replies.calls
        if reply is None or not calls.whole:
            return
        if self._round is None or self._round.calls is not calls:
            self._round = self._next_round(reply, calls)
        for given in calls.whole[self._round.seen :]:
            self._round.seen += 1
            if given.is_ours:
                self._running[given.call_id] = given.place
                self._outbox.actions.append(RunTool(given.call_id, given.name, given.arguments))
                self._outbox.tell(ToolStarted(item=given.item, place=given.place))

    def _next_round(self, reply: Reply, calls: GivenCalls) -> Round:
        """That of a reply, which may be what followed earlier calls."""
        earlier = self._round
        number = self._continued[1] if self._continued[0] == reply.number else 1
        follows = earlier is not None and earlier.following == reply.number
        return Round(reply, calls, number, claims=earlier.claims if earlier and follows else 0)

    def _is_newest(self, now: Round) -> bool:
        """Whether the reply is over, and nothing has been said or begun since."""
        if not now.is_wanted or now.reply.status not in OVER:
            return False
        latest = self._replies.latest
        is_last = latest is now.reply or latest is now.filler
        return is_last and not self._history.has_word_after(now.reply.item)

    def _is_foreseen(self, now: Round) -> bool:
        if not now.follows_by_itself or self._history.has_word_after(now.reply.item):
            return False
        if not now.following:
            return now.is_wanted and now.reply.status in (None, *OVER)
        latest = self._replies.latest
        if latest is None or latest.number != now.following:
            return False
        return latest.status in (None, *OVER)

    def _runs(self, now: Round) -> bool:
        return any(given.call_id in self._running for given in now.calls.whole)

    def _is_waited_for(self, now: Round) -> bool:
        """Whether any output is still to come, the gateway's or the client's."""
        theirs = (given for given in now.calls.whole if not given.is_ours)
        owes = any(not self._history.is_answered(given.call_id) for given in theirs)
        return owes or self._runs(now)

    def _go_on(self, now: Round) -> bool:
        """Begin the next reply, unless the client is to ask for it."""
        if not now.follows_by_itself:
            return False
        now.is_wanted = False
        # In the last round the model has to make do with what it knows.
        choice = "none" if now.number >= self._most else "auto"
        options = msgspec.structs.replace(now.reply.options, tool_choice=choice)
        known = self._history.known()
        has_question = any(item.role == "user" for item in known)
        self._replies.give_way()
        reply = self._replies.begin(options, context=None if has_question else known)
        now.following = reply.number
        self._continued = (reply.number, now.number + 1)
        return True

    def _filler_at(self, now: Round) -> float | None:
        if now.filler is not None or now.ended_at is None or not self._filler_text(now):
            return None
        return max(now.ended_at, now.reply.sounds_until) + self._filler_after_s

    def _filler_text(self, now: Round) -> str:
        turn = now.reply.turn
        heard = turn.transcript if turn is not None else None
        return self._fillers.text(now.reply.options, heard.language if heard is not None else "")

    def _fill(self, now: Round) -> bool:
        """Say something if the wait is long. It stands before the calls: outputs follow these."""
        filler_at = self._filler_at(now)
        if filler_at is None or self._outbox.now < filler_at or self._replies.active is not None:
            return False
        first = now.calls.whole[0].item
        options = msgspec.structs.replace(now.reply.options, tools=(), tool_choice="auto")
        before = self._history.before(first)
        filler = self._replies.begin(options, behind=ROOT if before is None else before)
        filler.is_filler = True
        filler.attach(self._turns.say(filler, self._filler_text(now)))
        now.filler = filler
        return True
