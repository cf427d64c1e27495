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
from gateway.items import ROOT
from gateway.notices import ToolEnded, ToolStarted
from gateway.outbox import Outbox
from gateway.replies import Replies
from gateway.reply import Reply
from gateway.settings import GatewaySettings
from gateway.turns import Turns


class _Round(msgspec.Struct):
    """A reply that calls tools, and what has become of them."""

    reply: Reply
    calls: GivenCalls
    number: int
    """How many replies in a row have called tools of ours, this one included."""
    seen: int = 0
    """How many of the calls are known here."""
    ended_at: float | None = None
    """When the reply was over."""
    filler: Reply | None = None
    is_wanted: bool = True
    """Whether anything is to follow it by itself."""


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
        self._round: _Round | None = None
        self._continued: tuple[int, int] = (0, 0)
        """The reply that was begun here, and the round that it is."""

    def follow(self) -> bool:
        """See what is due; True if that is a reply, which was begun."""
        self._note_calls()
        if (now := self._round) is None or not self._is_newest(now):
            return False
        if now.ended_at is None:
            now.ended_at = self._outbox.now
        if self._is_waited_for(now):
            return self._fill(now)
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

    @property
    def next_wake(self) -> float | None:
        """When to call `follow` again, for the filler."""
        now = self._round
        if now is None or not self._is_newest(now) or not self._is_waited_for(now):
            return None
        return self._filler_at(now)

    def _note_calls(self) -> None:
        """Run the new calls of the latest reply."""
        reply, calls = self._replies.latest, self._replies.calls
        if reply is None or not calls.whole:
            return
        if self._round is None or self._round.calls is not calls:
            number = self._continued[1] if self._continued[0] == reply.number else 1
            self._round = _Round(reply, calls, number)
        for given in calls.whole[self._round.seen :]:
            self._round.seen += 1
            if given.is_ours:
                self._running[given.call_id] = given.place
                self._outbox.actions.append(RunTool(given.call_id, given.name, given.arguments))
                self._outbox.tell(ToolStarted(item=given.item, place=given.place))

    def _is_newest(self, now: _Round) -> bool:
        """Whether the reply is over, and nothing has been said or begun since."""
        if not now.is_wanted or now.reply.status not in ("completed", "incomplete"):
            return False
        latest = self._replies.latest
        is_last = latest is now.reply or latest is now.filler
        return is_last and not self._history.has_word_after(now.reply.item)

    def _runs(self, now: _Round) -> bool:
        return any(given.call_id in self._running for given in now.calls.whole)

    def _is_waited_for(self, now: _Round) -> bool:
        """Whether any output is still to come, the gateway's or the client's."""
        theirs = (given for given in now.calls.whole if not given.is_ours)
        owes = any(not self._history.is_answered(given.call_id) for given in theirs)
        return owes or self._runs(now)

    def _go_on(self, now: _Round) -> bool:
        """Begin the next reply, unless the client is to ask for it."""
        if not all(given.is_ours for given in now.calls.whole):
            return False
        now.is_wanted = False
        # In the last round the model has to make do with what it knows.
        choice = "none" if now.number >= self._most else "auto"
        options = msgspec.structs.replace(now.reply.options, tool_choice=choice)
        known = self._history.known()
        has_question = any(item.role == "user" for item in known)
        self._replies.give_way()
        reply = self._replies.begin(options, context=None if has_question else known)
        self._continued = (reply.number, now.number + 1)
        return True

    def _filler_at(self, now: _Round) -> float | None:
        if now.filler is not None or now.ended_at is None or not self._filler_text(now):
            return None
        return max(now.ended_at, now.reply.sounds_until) + self._filler_after_s

    def _filler_text(self, now: _Round) -> str:
        turn = now.reply.turn
        heard = turn.transcript if turn is not None else None
        return self._fillers.text(now.reply.options, heard.language if heard is not None else "")

    def _fill(self, now: _Round) -> bool:
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
