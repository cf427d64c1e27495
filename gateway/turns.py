"""The turns of a session: numbered 1, 2, 3…; only the newest counts."""

import msgspec

from gateway.history import History
from gateway.playout import Playout
from gateway.reply import Reply
from gateway.settings import GatewaySettings
from gateway.turn import Turn
from shared.audio import PACKET_S
from shared.messages import HistoryItem, ReplyOptions, TurnCancelled, UserTurn, Utterance


class Commit(msgspec.Struct, frozen=True):
    """An utterance that is to become a turn."""

    item: int
    packets: tuple[bytes, ...]
    committed_at: float


class Turns:
    """Makes turns, and the messages that begin and end them. Times are on the gateway's clock."""

    def __init__(self, session: str, gateway: str, settings: GatewaySettings) -> None:
        self._session = session
        self._gateway = gateway
        self._settings = settings
        self.count = 0
        self.newest: Turn | None = None

    @property
    def awaits_transcript(self) -> bool:
        """Whether a new turn would have to do without what the person said last."""
        return self.newest is not None and self.newest.utterance is not None

    def eager(self, after: int, options: ReplyOptions) -> Turn | None:
        """The turn that already makes a reply to just that, given in just this way."""
        turn = self.newest
        return turn if turn is not None and turn.answers(after, options) else None

    def expect(self, turn: Turn, now: float) -> None:
        """The turn is alive: from now on it has its full time again."""
        turn.deadline = now + self._settings.turn_timeout_s

    def speak(
        self, commit: Commit, history: History, options: ReplyOptions, *, wants_reply: bool
    ) -> tuple[Turn, Utterance]:
        """A turn for an utterance, with what stood in the conversation before it."""
        turn = self._begin(options, commit.item, commit.committed_at)
        turn.utterance = commit.item
        turn.is_wanted = wants_reply
        return turn, Utterance(
            session=self._session,
            turn=turn.number,
            gateway=self._gateway,
            deadline_s=0,
            packets=commit.packets,
            wants_reply=wants_reply,
            history=history.known(before=commit.item),
            options=options,
        )

    def write(self, reply: Reply, history: History) -> tuple[Turn, UserTurn]:
        """A turn for the conversation as it stands."""
        turn = self._begin(reply.options, reply.after, reply.requested_at)
        text, earlier = _last_words(history.known())
        return turn, UserTurn(
            session=self._session,
            turn=turn.number,
            gateway=self._gateway,
            deadline_s=0,
            text=text,
            history=earlier,
            options=reply.options,
        )

    def drop(self) -> list[TurnCancelled]:
        """Nobody waits for the newest turn any more; tells the workers if they are still at it."""
        turn, self.newest = self.newest, None
        return [self.cancelled(turn)] if turn is not None and turn.owes else []

    def cancelled(self, turn: Turn) -> TurnCancelled:
        """What tells the workers to stop working on a turn."""
        return TurnCancelled(session=self._session, turn=turn.number)

    def _begin(self, options: ReplyOptions, after: int, start: float) -> Turn:
        self.count += 1
        most_packets = round(self._settings.longest_reply_s / PACKET_S)
        playout = Playout(self._settings.playout_ahead_s, most_packets)
        self.newest = Turn(self.count, options=options, after=after, playout=playout, start=start)
        return self.newest


def _last_words(known: tuple[HistoryItem, ...]) -> tuple[str, tuple[HistoryItem, ...]]:
    """The user's text that stands last, and what stands before; no text if another spoke last."""
    if known and known[-1].role == "user":
        return known[-1].text, known[:-1]
    return "", known
