"""One reply as the client sees it: what of a turn was told and released."""

from collections.abc import Iterator

from gateway.events import AnyNotice, ReplyAudio, ReplyFinished, ReplyText, Status, Usage
from gateway.latency import Latency
from gateway.turn import Turn
from shared.messages import ReplyOptions


class Reply:
    """A reply that the client has asked for; it may have to wait for its turn."""

    def __init__(
        self, number: int, *, item: int, after: int, options: ReplyOptions, requested_at: float
    ) -> None:
        self.number = number
        self.item = item
        """The item it becomes."""
        self.after = after
        """The newest item when it was asked for: what is to be answered ends there."""
        self.options = options
        self.requested_at = requested_at
        self.turn: Turn | None = None
        self._told = 0

    def attach(self, turn: Turn) -> None:
        """This turn is what makes the reply."""
        self.turn = turn
        turn.stopwatch.requested(max(self.requested_at, turn.stopwatch.start))

    @property
    def is_whole(self) -> bool:
        """Whether the client has all of it."""
        return self.turn is not None and self.turn.is_whole(self._told)

    def release(self, now: float) -> Iterator[AnyNotice]:
        """What the client gets of it now."""
        if self.turn is None:
            return
        yield from self._release_text(self.turn, now)
        if self.options.is_spoken:
            yield from self._release_audio(self.turn, now)

    def next_release_at(self) -> float | None:
        """When to call `release` again, unless more comes in before."""
        return self.turn.playout.next_release_at() if self.turn else None

    def released_text(self) -> str:
        """The sentences that the client has to their end, as text, and as sound if it is spoken."""
        if self.turn is None:
            return ""
        spoken = self.turn.playout.whole_sentences if self.options.is_spoken else self._told
        return self.turn.text(min(self._told, spoken))

    def finish(self, now: float, status: Status, reason: str, detail: str) -> ReplyFinished:
        """What the client has of it in the end, what it took, and where its time went."""
        if self.turn is not None:
            self.turn.stopwatch.finished(now)
        return ReplyFinished(
            status=status,
            reason=reason,
            detail=detail,
            text=self.released_text(),
            usage=self.turn.usage if self.turn else Usage(),
            latency=self.turn.stopwatch.latency if self.turn else Latency(),
        )

    def _release_text(self, turn: Turn, now: float) -> Iterator[ReplyText]:
        while (text := turn.sentence(self._told)) is not None:
            self._told += 1
            if not self.options.is_spoken:
                turn.stopwatch.released(now)
            yield ReplyText(delta=text)

    def _release_audio(self, turn: Turn, now: float) -> Iterator[ReplyAudio]:
        for piece in turn.playout.release(now):
            turn.stopwatch.released(now)
            yield ReplyAudio(
                turn=turn.number,
                sentence=piece.sentence,
                first_packet=piece.first_packet,
                packets=piece.packets,
                is_last=piece.is_last,
            )
