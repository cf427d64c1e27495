"""What the loudspeaker is yet to play, and how far it has got with it."""

import threading
from collections import deque

import msgspec

from shared.audio import WIRE_HZ

_BYTES_PER_S = WIRE_HZ * 2
_MOST_WAITING_BYTES = 600 * _BYTES_PER_S


class Played(msgspec.Struct, frozen=True):
    """How far the playing of a reply has got."""

    item: str
    position_s: float
    """Seconds of the reply's sound."""


class Playback:
    """PCM16 at 24 kHz, reply by reply. May be used from several threads."""

    def __init__(self) -> None:
        self._replies: deque[_Reply] = deque()
        self._is_held = False
        self._lock = threading.Lock()

    def push(self, pcm16: bytes, item: str = "") -> None:
        """Play this sound of a reply behind what waits; what exceeds ten minutes is dropped."""
        with self._lock:
            waiting = sum(len(reply.waiting) for reply in self._replies)
            if not (kept := pcm16[: _MOST_WAITING_BYTES - waiting]):
                return
            if not self._replies or self._replies[-1].item != item:
                self._replies.append(_Reply(item))
            self._replies[-1].waiting += kept

    def pull(self, size_bytes: int) -> bytes:
        """The next piece of exactly this size, filled up with silence."""
        with self._lock:
            if self._is_held:
                return bytes(size_bytes)
            while len(self._replies) > 1 and not self._replies[0].waiting:
                self._replies.popleft()
            piece = self._replies[0].take(size_bytes) if self._replies else b""
        return piece.ljust(size_bytes, b"\0")

    def hold(self) -> None:
        """Fall silent, and keep what waits."""
        with self._lock:
            self._is_held = True

    def go_on(self) -> None:
        """Play on from where it was held."""
        with self._lock:
            self._is_held = False

    def clear(self) -> None:
        """Fall silent, and drop what waits."""
        with self._lock:
            self._replies.clear()
            self._is_held = False

    @property
    def is_waiting(self) -> bool:
        """Whether anything is left to play."""
        with self._lock:
            return any(reply.waiting for reply in self._replies)

    @property
    def played(self) -> Played | None:
        """Of the reply that is being played, or was last and not cleared; none if there is none."""
        with self._lock:
            if not self._replies:
                return None
            reply = self._replies[0]
            return Played(reply.item, reply.played_bytes / _BYTES_PER_S)


class _Reply:
    """The sound of one reply."""

    def __init__(self, item: str) -> None:
        self.item = item
        self.waiting = bytearray()
        self.played_bytes = 0

    def take(self, size_bytes: int) -> bytes:
        piece = bytes(self.waiting[:size_bytes])
        del self.waiting[:size_bytes]
        self.played_bytes += len(piece)
        return piece
