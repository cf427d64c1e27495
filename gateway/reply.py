"""One reply as the client sees it: what of a turn was told and released."""

from collections.abc import Iterator

import msgspec

from gateway.given_calls import GivenCall, GivenCalls
from gateway.latency import Latency
from gateway.marks import Marker
from gateway.notices import (
    AnyNotice,
    ReplyAudio,
    ReplyFinished,
    ReplyMarks,
    ReplyText,
    Status,
    Usage,
)
from gateway.playout import Released
from gateway.turn import Turn
from shared.audio import PACKET_S
from shared.messages import HistoryItem, ReplyOptions

_UNSURE_S = 0.2
"""How far ahead of what we think the client may be."""


class KeptReply(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reply that is being given, as it is written down."""

    number: int
    item: int
    after: int
    options: ReplyOptions
    texts: tuple[str, ...] = ()
    """The sentences that the client was told."""
    has_turn: bool = False
    """Whether the newest turn makes it."""
    previous: int | None = None
    """The item before it."""
    context: tuple[HistoryItem, ...] | None = None
    status: Status | None = None
    is_filler: bool = False
    marked: tuple[int, int] = (0, 0)
    """Words and mouth shapes that were told of the sentence being released."""
    calls: tuple[GivenCall, ...] = ()
    ours: dict[str, str] = {}
    """Tools that the gateway runs itself, and the labels of their servers."""

    def again(self, now: float) -> "Reply":
        """The reply, without what makes it."""
        reply = Reply(
            self.number,
            item=self.item,
            after=self.after,
            options=self.options,
            requested_at=now,
            context=self.context,
        )
        reply.status, reply.is_filler = self.status, self.is_filler
        return reply


class Reply:
    """A reply that the client has asked for; it may have to wait for its turn."""

    def __init__(
        self,
        number: int,
        *,
        item: int,
        after: int,
        options: ReplyOptions,
        requested_at: float,
        context: tuple[HistoryItem, ...] | None = None,
    ) -> None:
        self.number = number
        self.item = item
        """The item it becomes."""
        self.after = after
        """The newest item when it was asked for: what is to be answered ends there."""
        self.options = options
        self.requested_at = requested_at
        self.context = context
        """What it answers; none for the conversation as it stands."""
        self.sounds_from = 0.0
        """When the client has played the reply before it."""
        self.turn: Turn | None = None
        self.status: Status | None = None
        """How it ended."""
        self.is_filler = False
        """Whether it only fills the time until another, to which it gives way."""
        self._told = 0
        self._marker = Marker(number) if options.has_marks else None
        self._silent_from_s: float | None = None
        """Where its sound was cut off, in seconds from its beginning."""
        self._reported: tuple[float, float] | None = None
        """Position of the client's playing in seconds, and when it said so."""

    def kept(self, previous: int | None, calls: GivenCalls) -> KeptReply:
        """As it is to be written down, with the item before it and what it calls."""
        turn = self.turn
        return KeptReply(
            number=self.number,
            item=self.item,
            after=self.after,
            options=self.options,
            texts=turn.sentences(self._told) if turn is not None else (),
            has_turn=turn is not None,
            previous=previous,
            context=self.context,
            status=self.status,
            is_filler=self.is_filler,
            marked=self._marker.told if self._marker is not None else (0, 0),
            calls=calls.given,
            ours=calls.ours,
        )

    def go_on(self, turn: Turn, kept: KeptReply) -> None:
        """This turn makes the reply, and another gateway has given so much of it."""
        self.attach(turn)
        turn.know(kept.texts)
        self._told = len(kept.texts)
        if self._marker is not None:
            place = turn.playout.place
            start_s = (place.released - place.packet) * PACKET_S
            self._marker.go_on(turn.text(place.sentence), start_s, kept.marked)

    @property
    def lacks_results(self) -> bool:
        """Whether what the pipeline made of it is not there any more."""
        return self.turn is not None and self.turn.lacks(self._told)

    def attach(self, turn: Turn) -> None:
        """This turn is what makes the reply."""
        self.turn = turn
        turn.playout.start_at(self.sounds_from)
        turn.stopwatch.requested(max(self.requested_at, turn.stopwatch.start))

    @property
    def has_item(self) -> bool:
        """Whether the client knows of its item, which begins with its first words."""
        return self._told > 0

    @property
    def is_whole(self) -> bool:
        """Whether the client has all of it."""
        return self.turn is not None and self.turn.is_whole(self._told)

    @property
    def released_words(self) -> str:
        """What its sound says as far as it was released."""
        return self.turn.heard(self.turn.playout.released_s) if self.turn else ""

    def played_lately(self, now: float, seconds: float) -> tuple[bytes, ...]:
        """Packets of so much of its sound that was played last."""
        if self.turn is None:
            return ()
        at_s = self.played_s(now)
        return self.turn.playout.between(at_s - seconds, at_s + _UNSURE_S)

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

    @property
    def sounds_until(self) -> float:
        """When a client that plays without a break has played what was released."""
        return self.turn.playout.plays_until if self.turn else self.requested_at

    def is_sounding(self, now: float) -> bool:
        """Whether the client still has something of it to play."""
        return self._silent_from_s is None and bool(
            self.turn and self.turn.playout.is_sounding(now)
        )

    def played_s(self, now: float) -> float:
        """Seconds of its sound that were heard, as the client says or as our clock has it."""
        if self.turn is None:
            return 0.0
        played_s = self.turn.playout.played_s(now)
        if self._reported is None:
            return played_s
        position_s, at = self._reported
        since_s = 0.0 if self.turn.playout.is_paused else now - at
        return min(played_s, position_s + since_s)

    def left_s(self, now: float) -> float:
        """Seconds of the sound that was released which the client has still to play."""
        return self.turn.playout.released_s - self.played_s(now) if self.turn else 0.0

    def report(self, position_s: float, now: float) -> None:
        """The client has played so much of it."""
        if self.turn is not None and position_s > 0:
            self._reported = (position_s, now)
            self.turn.stopwatch.played(now - position_s)

    def hurry(self) -> None:
        """Release its sound as soon as it is there, whatever the client still has to play."""
        if self.turn is not None:
            self.turn.playout.hurry()

    @property
    def is_paused(self) -> bool:
        """Whether the client holds its sound."""
        return self.turn is not None and self.turn.playout.is_paused

    def pause(self, now: float) -> bool:
        """Hold the sound where it is; whether that changes anything."""
        if self.turn is None or not self.options.is_spoken or self.turn.playout.is_paused:
            return False
        self.turn.playout.pause(now)
        return True

    def resume(self, now: float) -> bool:
        """Go on where it was held; whether that changes anything."""
        if self.turn is None or not self.turn.playout.is_paused:
            return False
        self.turn.playout.resume(now)
        return True

    @property
    def is_cut(self) -> bool:
        """Whether its sound was ended before its end."""
        return self._silent_from_s is not None

    def cut(self, audio_end_s: float) -> tuple[str, float]:
        """What was heard when the sound ended there, and where that is; it is silent from now."""
        if self.turn is None:
            return "", 0.0
        self._silent_from_s = min(audio_end_s, self.turn.playout.released_s)
        return self.turn.heard(self._silent_from_s), self._silent_from_s

    def kept_text(self, now: float, status: Status) -> str:
        """What the conversation keeps: all that was given, of an interrupted one what was heard."""
        if self.turn is None:
            return ""
        if not self.options.is_spoken:
            return self.turn.text(self._told)
        if status == "cancelled":
            return self.cut(self.played_s(now))[0]
        return self.turn.text(min(self._told, self.turn.playout.whole_sentences))

    def finish(self, now: float, status: Status, reason: str, detail: str) -> ReplyFinished:
        """What the client has of it in the end, what it took, and where its time went."""
        self.status = status
        if self.turn is not None:
            self.turn.stopwatch.finished(now)
        return ReplyFinished(
            reply=self.number,
            status=status,
            reason=reason,
            detail=detail,
            text=self.kept_text(now, status),
            usage=self.turn.usage if self.turn else Usage(),
            latency=self.turn.stopwatch.latency if self.turn else Latency(),
        )

    def _release_text(self, turn: Turn, now: float) -> Iterator[ReplyText]:
        while (text := turn.sentence(self._told)) is not None:
            self._told += 1
            if not self.options.is_spoken:
                turn.stopwatch.released(now)
            yield ReplyText(reply=self.number, delta=text)

    def _release_audio(self, turn: Turn, now: float) -> Iterator[ReplyMarks | ReplyAudio]:
        for piece in turn.playout.release(now):
            turn.stopwatch.released(now)
            if (marks := self._marks(turn, piece)) is not None:
                yield marks
            yield ReplyAudio(
                reply=self.number,
                turn=turn.number,
                sentence=piece.sentence,
                first_packet=piece.first_packet,
                packets=piece.packets,
                is_last=piece.is_last,
                lead=piece.lead,
            )

    def _marks(self, turn: Turn, piece: Released) -> ReplyMarks | None:
        if self._marker is None:
            return None
        return self._marker.mark(piece, turn.sentence(piece.sentence) or "", turn.spoken)
