"""Speech in order: chunks of parallel workers sorted, repeats dropped, released in time."""

import math
from collections import deque
from collections.abc import Iterator
from math import inf

import msgspec

from shared.audio import PACKET_S
from shared.messages import SpeechChunk

RELEASE_STEP_S = 0.1
"""Audio is released in steps about this long, so that a session wakes ten times a second."""

_TOLERANCE_S = 0.001
"""Sums of packets are not exact; a packet that is almost due would be one packet too early."""
_KEPT_S = 5.0
"""Sound kept after it was played: it may come back through the microphone."""


class Released(msgspec.Struct, frozen=True, kw_only=True):
    """Packets that go to the client now, all of one sentence."""

    sentence: int
    first_packet: int
    packets: tuple[bytes, ...]
    is_last: bool
    """The sentence's sound ends here."""
    lead: tuple[bytes, ...] = ()
    """Where another gateway gave the sentence's beginning: its packets, which a decoder needs."""


class Place(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much of a reply's sound was released."""

    sentence: int = 0
    """All sentences before this one, …"""
    chunk: int = 0
    """… all chunks of it before this one, …"""
    in_chunk: int = 0
    """… and so many packets of that."""
    packet: int = 0
    """Packets of the sentence."""
    released: int = 0
    """Packets of the reply."""


class Playout:
    """The sound of one reply. Times are on the gateway's clock.

    `plays_until` is when a client that plays without a break will have played all that was
    released; more is released when a step more fits into the next `ahead_s`. With `by_sentence`
    that step is a whole sentence, however long it is.
    """

    def __init__(self, ahead_s: float, most_packets: int, *, by_sentence: bool = False) -> None:
        self._ahead_s = ahead_s
        self._by_sentence = by_sentence
        self._room = most_packets
        self._waiting: dict[tuple[int, int], SpeechChunk] = {}
        self._sentence = 0
        self._chunk = 0
        self._packet = 0
        self._in_chunk = 0
        self._plays_until = 0.0
        self._released = 0
        self._kept: deque[bytes] = deque(maxlen=round((ahead_s + _KEPT_S) / PACKET_S))
        """The packets released last."""
        self._paused_at: float | None = None
        self._sentences: int | None = None
        self._lead: dict[int, tuple[bytes, ...]] | None = None
        """Chunks of a sentence that another gateway released, until we go on with it."""

    @property
    def whole_sentences(self) -> int:
        """How many sentences were released to their last packet."""
        return self._sentence

    @property
    def is_done(self) -> bool:
        """Whether all of the reply was released."""
        return self._sentence == self._sentences

    @property
    def has_all(self) -> bool:
        """Whether nothing more is to come: all that is not released is waiting here."""
        sentence, chunk = self._sentence, self._chunk
        while (waiting := self._waiting.get((sentence, chunk))) is not None:
            sentence, chunk = (sentence + 1, 0) if waiting.is_last else (sentence, chunk + 1)
        return sentence == self._sentences

    @property
    def _can_go_on(self) -> bool:
        """Whether the next that can be released is here: a chunk, or a sentence to its end."""
        chunk = self._chunk
        while (waiting := self._waiting.get((self._sentence, chunk))) is not None:
            if waiting.is_last or not self._by_sentence:
                return True
            chunk += 1
        return False

    @property
    def is_paused(self) -> bool:
        """Whether the client holds what it has."""
        return self._paused_at is not None

    @property
    def released_s(self) -> float:
        """Seconds of sound that were released."""
        return self._released * PACKET_S

    @property
    def plays_until(self) -> float:
        """When a client that plays without a break has played all that was released."""
        return self._plays_until

    def is_sounding(self, now: float) -> bool:
        """Whether the client still has something to play."""
        return self._released > 0 and self._plays_until > self._clock(now)

    def played_s(self, now: float) -> float:
        """Seconds of sound that a client which plays without a break has played."""
        return max(0.0, self.released_s - max(0.0, self._plays_until - self._clock(now)))

    def between(self, start_s: float, end_s: float) -> tuple[bytes, ...]:
        """The packets between two places of the sound, as far as they are kept."""
        first = self._released - len(self._kept)
        start, end = (max(0, round(at_s / PACKET_S) - first) for at_s in (start_s, end_s))
        return tuple(self._kept)[start:end]

    def pause(self, now: float) -> None:
        """The client holds what it has; nothing is released until `resume`."""
        if self._paused_at is None:
            self._paused_at = now

    def resume(self, now: float) -> None:
        """The client goes on where it was."""
        if self._paused_at is not None:
            self._plays_until += now - self._paused_at
            self._paused_at = None

    def start_at(self, time: float) -> None:
        """The client plays something else until then."""
        self._plays_until = time

    def hurry(self) -> None:
        """Release all sound as soon as it is there."""
        self._ahead_s = math.inf

    @property
    def place(self) -> Place:
        """How much was released."""
        return Place(
            sentence=self._sentence,
            chunk=self._chunk,
            in_chunk=self._in_chunk,
            packet=self._packet,
            released=self._released,
        )

    def go_to(self, place: Place) -> None:
        """So much was released by another gateway: it goes on behind it."""
        self._sentence, self._chunk, self._in_chunk = place.sentence, place.chunk, place.in_chunk
        self._packet, self._released = place.packet, place.released
        self._lead = {}

    def _clock(self, now: float) -> float:
        """Time stands still while the client holds what it has."""
        return now if self._paused_at is None else self._paused_at

    def add(self, chunk: SpeechChunk) -> bool:
        """Take a chunk in; False if there is no room for it."""
        key = (chunk.sentence, chunk.index)
        if key < (self._sentence, self._chunk) or key in self._waiting:
            if self._lead is not None and chunk.sentence == self._sentence:
                self._lead[chunk.index] = chunk.packets
            return True
        if len(chunk.packets) > self._room:
            return False
        self._room -= len(chunk.packets)
        self._waiting[key] = chunk
        return True

    def end(self, sentences: int) -> None:
        """The reply has this many sentences."""
        self._sentences = sentences

    def release(self, now: float) -> list[Released]:
        """What the client gets now."""
        if self.is_paused or now < self._due_at - _TOLERANCE_S:
            return []
        return list(self._release(now))

    def next_release_at(self) -> float | None:
        """When to call `release` again; none if more has to come in first."""
        if self.is_paused or not self._can_go_on:
            return None
        return self._due_at

    @property
    def _due_at(self) -> float:
        """When the client has room for a step more; the first packet does not wait for a step."""
        step_s = min(RELEASE_STEP_S, self._ahead_s) if self._released else 3 * _TOLERANCE_S
        return self._plays_until - self._ahead_s + step_s

    def _release(self, now: float) -> Iterator[Released]:
        until = now + self._ahead_s - _TOLERANCE_S
        while self._can_go_on:
            if self._by_sentence and not self._chunk and self._plays_until >= until:
                return
            chunk = self._waiting[self._sentence, self._chunk]
            lead = self._take_lead(chunk)
            packets = self._take_due(chunk, now, inf if self._by_sentence else until)
            is_whole = self._in_chunk == len(chunk.packets)
            is_last = is_whole and chunk.is_last
            if packets or is_last:
                yield Released(
                    sentence=self._sentence,
                    first_packet=self._packet - len(packets),
                    packets=packets,
                    is_last=is_last,
                    lead=lead,
                )
            if not is_whole:
                return
            self._go_on_behind(chunk)

    def _take_lead(self, chunk: SpeechChunk) -> tuple[bytes, ...]:
        """All packets of the sentence before the next, the first time; none if any is not known."""
        if self._lead is None:
            return ()
        lead, self._lead = self._lead | {self._chunk: chunk.packets[: self._in_chunk]}, None
        packets = tuple(packet for index in sorted(lead) for packet in lead[index])
        return packets if len(packets) == self._packet else ()

    def _take_due(self, chunk: SpeechChunk, now: float, until: float) -> tuple[bytes, ...]:
        """Packets of the chunk that may go now, since the client plays them before `until`."""
        start = self._in_chunk
        while self._in_chunk < len(chunk.packets) and self._plays_until < until:
            self._plays_until = max(self._plays_until, now) + PACKET_S
            self._in_chunk += 1
        self._kept += chunk.packets[start : self._in_chunk]
        self._packet += self._in_chunk - start
        self._released += self._in_chunk - start
        self._room += self._in_chunk - start
        return chunk.packets[start : self._in_chunk]

    def _go_on_behind(self, chunk: SpeechChunk) -> None:
        del self._waiting[self._sentence, self._chunk]
        self._in_chunk = 0
        if chunk.is_last:
            self._sentence, self._chunk, self._packet = self._sentence + 1, 0, 0
        else:
            self._chunk += 1
