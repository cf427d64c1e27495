"""The session's sound as it comes in: the packets that may belong to an utterance."""

from collections import deque
from collections.abc import Iterator

from gateway.events import AudioReceived
from gateway.notices import Problem
from shared.audio import packet_seconds
from shared.errors import AudioError

_MOST_BYTES_PER_S = 510_000 / 8
"""Opus' highest bit rate (RFC 6716, 2): packets of a short duration may be larger than that."""

_RESTORABLE_S = 1.0
"""Who goes on with an utterance has begun to do so by then. The silence in between may be lost."""


class InputBuffer:
    """Opus packets up to a longest duration, and to what that may have in bytes.

    `heard_s` is where the session's sound ends, in seconds since the session began.
    """

    def __init__(self, longest_s: float) -> None:
        self._longest_s = longest_s
        self._packets: deque[tuple[float, float, bytes]] = deque()
        """Each with its length in seconds, and where it ends in the session's sound."""
        self._taken: deque[tuple[float, float, bytes]] = deque()
        """Those that were taken last, while they may be needed again."""
        self._seconds = 0.0
        self._bytes = 0
        self.heard_s = 0.0
        self.lost_s = 0.0
        """How much of that passed without sound."""
        self.is_full = False
        """Whether a packet had to be refused."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to commit."""
        return not self._packets

    @property
    def start_s(self) -> float:
        """Where the first packet begins in the session's sound."""
        return self._packets[0][1] - self._packets[0][0] if self._packets else self.heard_s

    @property
    def packets(self) -> tuple[bytes, ...]:
        """All packets, in order."""
        return tuple(packet for _, _, packet in self._packets)

    def between(self, start_s: float, end_s: float) -> tuple[bytes, ...]:
        """The packets that have any of this stretch of the session's sound."""
        return tuple(
            packet
            for seconds, ends_s, packet in self._packets
            if ends_s > start_s and ends_s - seconds < end_s
        )

    def hear(self, event: AudioReceived) -> Iterator[Problem]:
        """Take the packets in; what is wrong with them, fullness only once."""
        was_full = self.is_full
        try:
            for packet in event.packets:
                self.add(packet)
        except AudioError as error:
            yield Problem(code="invalid_audio", message=str(error), event_id=event.event_id)
        if self.is_full and not was_full:
            longest = f"an utterance may have {self._longest_s:g} s of audio"
            told = f"{longest}: the rest is left out; commit or clear what there is"
            yield Problem(code="input_audio_buffer_full", message=told, event_id=event.event_id)

    def add(self, packet: bytes) -> bool:
        """Whether there was room; raises AudioError for what is not an Opus packet."""
        seconds = packet_seconds(packet)
        self.heard_s += seconds
        # The first packet refused is the last taken notice of: the utterance must not have holes.
        self.is_full = self.is_full or not self._has_room(seconds, len(packet))
        if self.is_full:
            return False
        self._packets.append((seconds, self.heard_s, packet))
        self._seconds += seconds
        self._bytes += len(packet)
        return True

    def pass_silence(self, seconds: float) -> None:
        """Time passes in which no sound comes."""
        self.heard_s += seconds
        self.lost_s += seconds

    def forget_before(self, at_s: float) -> None:
        """Drop the packets that end before this place in the session's sound."""
        if self._taken and self._taken[-1][1] <= at_s - _RESTORABLE_S:
            self._taken.clear()
        while self._packets and self._packets[0][1] <= at_s:
            seconds, _, packet = self._packets.popleft()
            self._seconds -= seconds
            self._bytes -= len(packet)

    def take(self, *, is_certain: bool = True) -> tuple[bytes, ...]:
        """All packets; the buffer is empty afterwards, and remembers them if it may be too soon."""
        packets = self.packets
        self._taken, self._packets = deque() if is_certain else self._packets, deque()
        self._seconds = 0.0
        self._bytes = 0
        self.is_full = False
        return packets

    @property
    def can_restore(self) -> bool:
        """Whether what was taken last is still here."""
        return bool(self._taken)

    def forget_taken(self) -> None:
        """What was taken will not be needed again."""
        self._taken.clear()

    def restore(self) -> bool:
        """Put the packets taken last before the others; False if they are gone, or too many."""
        seconds = sum(seconds for seconds, _, _ in self._taken)
        size = sum(len(packet) for _, _, packet in self._taken)
        if not self._taken or not self._has_room(seconds, size):
            return False
        self._packets.extendleft(reversed(self._taken))
        self._taken.clear()
        self._seconds += seconds
        self._bytes += size
        return True

    def _has_room(self, seconds: float, size: int) -> bool:
        most_bytes = self._longest_s * _MOST_BYTES_PER_S
        return self._seconds + seconds <= self._longest_s and self._bytes + size <= most_bytes
