"""The turns of a session: numbered 1, 2, 3…; only the newest counts."""

import msgspec

from gateway.actions import GuessEnded
from gateway.history import History
from gateway.items import ServerTool
from gateway.outbox import Outbox
from gateway.playout import Playout
from gateway.reply import Reply
from gateway.settings import GatewaySettings
from gateway.turn import KeptTurn, Turn
from shared.audio import PACKET_S
from shared.messages import (
    HistoryItem,
    ReplyEnded,
    ReplyOptions,
    Sentence,
    TurnCancelled,
    UserTurn,
    Utterance,
)

OPENING_WORDS = "(Please begin.)"
"""What the language model is told when it is to speak first."""


class Commit(msgspec.Struct, frozen=True):
    """An utterance that is to become a turn."""

    item: int
    packets: tuple[bytes, ...]
    ended_at: float
    """When it was over: the commit, or where the speech ended if we found that ourselves."""
    is_patient: bool = False
    """Whether it leaves the reply that is being given alone, and waits for its end."""


class Turns:
    """Begins turns and ends them. Times are on the gateway's clock."""

    def __init__(
        self,
        session: str,
        gateway: str,
        settings: GatewaySettings,
        outbox: Outbox,
        *,
        by_sentence: bool = False,
    ) -> None:
        """`by_sentence`: sound is released in whole sentences."""
        self._session = session
        self._gateway = gateway
        self._settings = settings
        self._outbox = outbox
        self._by_sentence = by_sentence
        self._hypothesis = 0
        self.count = 0
        self.newest: Turn | None = None
        self.tools: tuple[ServerTool, ...] = ()
        """The gateway's own, which the language model is offered besides the session's."""

    @property
    def awaits_transcript(self) -> bool:
        """Whether a new turn would have to do without what the person said last."""
        return self.newest is not None and self.newest.utterance is not None

    @property
    def guess(self) -> Turn | None:
        """The newest turn, if the person may go on."""
        return self.newest if self.newest is not None and self.newest.is_guess else None

    def eager(self, after: int, options: ReplyOptions) -> Turn | None:
        """The turn that already makes a reply to just that, given in just this way."""
        turn = self.newest
        if turn is None or turn.is_guess or not turn.answers(after, options):
            return None
        return turn

    def expect(self, turn: Turn) -> None:
        """The turn is alive: from now on it has its full time again."""
        turn.deadline = self._outbox.now + self._settings.turn_timeout_s

    def speak(
        self, commit: Commit, history: History, options: ReplyOptions, *, wants_reply: bool
    ) -> Turn:
        """A turn for an utterance, with what stood in the conversation before it."""
        self.drop()
        turn = self._begin(options, commit.item, commit.ended_at)
        turn.utterance = commit.item
        turn.is_wanted = wants_reply
        utterance = self._utterance(turn.number, commit.packets, self._offered(options))
        known = history.known(before=commit.item)
        self._start(
            turn, msgspec.structs.replace(utterance, wants_reply=wants_reply, history=known)
        )
        return turn

    def write(self, reply: Reply, known: tuple[HistoryItem, ...]) -> Turn:
        """A turn that answers what is known."""
        self.drop()
        turn = self._begin(reply.options, reply.after, reply.requested_at)
        last, earlier = _last_words(known)
        turn_of_user = UserTurn(
            session=self._session,
            turn=turn.number,
            gateway=self._gateway,
            deadline_s=0,
            text=last.text,
            language=last.language,
            history=earlier,
            options=self._offered(reply.options),
        )
        self._start(turn, turn_of_user)
        return turn

    def write_off(self, reply: Reply) -> Turn:
        """A turn that has nothing to answer."""
        self.drop()
        return self._begin(reply.options, reply.after, reply.requested_at)

    def restore(self, count: int, kept: KeptTurn | None) -> Turn | None:
        """Be as turns were that had so many, and go on with the one kept."""
        self.count = count
        if kept is None:
            return None
        turn = self._new(kept.number, kept.options, kept.after, self._outbox.now)
        turn.gateway, turn.utterance, turn.is_wanted = kept.gateway, kept.utterance, kept.is_wanted
        turn.playout.go_to(kept.place)
        self.expect(turn)
        return turn

    def say(self, reply: Reply, text: str) -> Turn:
        """A turn whose reply is this text, whatever was said."""
        self.drop()
        turn = self._begin(reply.options, reply.after, reply.requested_at)
        sentence = Sentence(
            session=self._session,
            turn=turn.number,
            gateway=self._gateway,
            deadline_s=0,
            index=0,
            text=text,
            voice=reply.options.voice,
            speed=reply.options.speed,
            language=reply.options.language,
        )
        turn.take(sentence)
        turn.take(ReplyEnded(session=self._session, turn=turn.number, sentences=1))
        self._start(turn, sentence)
        return turn

    def own_tools(self, options: ReplyOptions) -> dict[str, str]:
        """The gateway's own tools that are offered, and the labels of their servers; the session's
        go before them."""
        return {own.tool.name: own.server for own in self._own_tools(options)}

    def _own_tools(self, options: ReplyOptions) -> tuple[ServerTool, ...]:
        named = {tool.name for tool in options.tools}
        return tuple(own for own in self.tools if own.tool.name not in named)

    def _offered(self, options: ReplyOptions) -> ReplyOptions:
        """The options with all tools in them."""
        if not (own := self._own_tools(options)):
            return options
        return msgspec.structs.replace(options, tools=(*options.tools, *(it.tool for it in own)))

    def ask_hypothesis(self, packets: tuple[bytes, ...], options: ReplyOptions) -> None:
        """Have speech that goes on transcribed as it stands. Any later turn makes this stale."""
        self.count += 1
        self._hypothesis = self.count
        utterance = self._utterance(self.count, packets, options)
        self._publish(msgspec.structs.replace(utterance, is_partial=True))

    def is_hypothesis(self, turn: int) -> bool:
        """Whether a result is of the hypothesis asked for last."""
        return turn == self._hypothesis

    def unwish(self) -> None:
        """Nobody will ask for the newest turn's reply; a transcript of it still counts."""
        if self.awaits_transcript and self.newest is not None:
            self.newest.is_wanted = False
        else:
            self.drop()

    def drop(self) -> None:
        """Nobody waits for the newest turn any more; tells the workers if they are still at it."""
        turn, self.newest = self.newest, None
        if turn is None:
            return
        if turn.is_guess:
            self._outbox.actions.append(GuessEnded(was_right=False, worked_s=turn.worked_s))
        if turn.owes:
            self.cancel(turn)

    def cancel(self, turn: Turn) -> None:
        """Tell the workers to stop working on a turn."""
        self._outbox.publish(TurnCancelled(session=self._session, turn=turn.number))

    def _begin(self, options: ReplyOptions, after: int, start: float) -> Turn:
        self.count += 1
        return self._new(self.count, options, after, start)

    def _new(self, number: int, options: ReplyOptions, after: int, start: float) -> Turn:
        most_packets = round(self._settings.longest_reply_s / PACKET_S)
        playout = Playout(self._settings.playout_ahead_s, most_packets)
        turn = Turn(number, options=options, after=after, playout=playout, start=start)
        self.newest, turn.gateway = turn, self._gateway
        return turn
        ahead_s = self._settings.playout_ahead_s
        playout = Playout(ahead_s, most_packets, by_sentence=self._by_sentence)
        self.newest = Turn(self.count, options=options, after=after, playout=playout, start=start)
        return self.newest

    def _utterance(self, turn: int, packets: tuple[bytes, ...], options: ReplyOptions) -> Utterance:
        return Utterance(
            session=self._session,
            turn=turn,
            gateway=self._gateway,
            deadline_s=0,
            packets=packets,
            options=options,
        )

    def _start(self, turn: Turn, job: Utterance | UserTurn | Sentence) -> None:
        self.expect(turn)
        self._publish(job)

    def _publish(self, job: Utterance | UserTurn | Sentence) -> None:
        patience_s = self._settings.turn_timeout_s
        deadline_s = self._outbox.broker_now + patience_s
        timed = msgspec.structs.replace(job, deadline_s=deadline_s, patience_s=patience_s)
        self._outbox.publish(timed)


def _last_words(known: tuple[HistoryItem, ...]) -> tuple[HistoryItem, tuple[HistoryItem, ...]]:
    """The user's item that stands last, and what stands before; no text if another spoke last.

    Where the user has said nothing at all, they ask for a beginning: many language models know no
    conversation that the assistant begins.
    """
    if all(item.role != "user" for item in known):
        return HistoryItem(role="user", text=OPENING_WORDS), known
    if known and known[-1].role == "user":
        return known[-1], known[:-1]
    return HistoryItem(role="user", text=""), known
