"""The turns of a session: numbered 1, 2, 3…; only the newest counts."""

import msgspec

from gateway.actions import GuessEnded
from gateway.history import History
from gateway.outbox import Outbox
from gateway.playout import Playout
from gateway.reply import Reply
from gateway.settings import GatewaySettings
from gateway.turn import KeptTurn, Turn
from shared.audio import PACKET_S
from shared.messages import HistoryItem, ReplyOptions, TurnCancelled, UserTurn, Utterance


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
        self, session: str, gateway: str, settings: GatewaySettings, outbox: Outbox
    ) -> None:
        self._session = session
        self._gateway = gateway
        self._settings = settings
        self._outbox = outbox
        self._hypothesis = 0
        self.count = 0
        self.newest: Turn | None = None

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
        utterance = self._utterance(turn.number, commit.packets, options)
        known = history.known(before=commit.item)
        self._start(
            turn, msgspec.structs.replace(utterance, wants_reply=wants_reply, history=known)
        )
        return turn

    def write(self, reply: Reply, history: History) -> Turn:
        """A turn for the conversation as it stands, which has something of the person's in it."""
        self.drop()
        turn = self._begin(reply.options, reply.after, reply.requested_at)
        text, earlier = _last_words(history.known())
        turn_of_user = UserTurn(
            session=self._session,
            turn=turn.number,
            gateway=self._gateway,
            deadline_s=0,
            text=text,
            history=earlier,
            options=reply.options,
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

    def _utterance(self, turn: int, packets: tuple[bytes, ...], options: ReplyOptions) -> Utterance:
        return Utterance(
            session=self._session,
            turn=turn,
            gateway=self._gateway,
            deadline_s=0,
            packets=packets,
            options=options,
        )

    def _start(self, turn: Turn, job: Utterance | UserTurn) -> None:
        self.expect(turn)
        self._publish(job)

    def _publish(self, job: Utterance | UserTurn) -> None:
        patience_s = self._settings.turn_timeout_s
        deadline_s = self._outbox.broker_now + patience_s
        timed = msgspec.structs.replace(job, deadline_s=deadline_s, patience_s=patience_s)
        self._outbox.publish(timed)


def _last_words(known: tuple[HistoryItem, ...]) -> tuple[str, tuple[HistoryItem, ...]]:
    """The user's text that stands last, and what stands before; no text if another spoke last."""
    if known and known[-1].role == "user":
        return known[-1].text, known[:-1]
    return "", known
