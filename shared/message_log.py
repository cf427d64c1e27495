"""What was sent over a connection and may not have been received: numbered 1, 2, 3…, bounded."""

from collections import deque
from itertools import islice

import msgspec


class Sent(msgspec.Struct, frozen=True, array_like=True):
    """One WebSocket message."""

    content: bytes
    is_text: bool


class MessageLog:
    """Remembers messages until the other side has them; the oldest go if they are too many."""

    def __init__(self, most_bytes: int, last: int = 0) -> None:
        """`last` messages were sent, and forgotten, before."""
        self._most_bytes = most_bytes
        self._messages: deque[Sent] = deque()
        self._bytes = 0
        self.last = last
        """Number of the newest message."""

    @property
    def forgotten(self) -> int:
        """Messages up to this number are gone."""
        return self.last - len(self._messages)

    def add(self, message: Sent) -> None:
        """The next message."""
        self._messages.append(message)
        self._bytes += len(message.content)
        self.last += 1
        while self._bytes > self._most_bytes:
            self._forget_oldest()

    def acknowledge(self, received: int) -> None:
        """The other side has all messages up to this number."""
        while self._messages and self.forgotten < received:
            self._forget_oldest()

    def between(self, after: int, until: int) -> tuple[Sent, ...]:
        """The messages behind one number and up to another, as far as they are remembered."""
        start, end = (max(0, number - self.forgotten) for number in (after, until))
        return tuple(islice(self._messages, start, end))

    def can_resume_after(self, received: int) -> bool:
        """Whether nothing behind this number is missing, and so much was sent at all."""
        return self.forgotten <= received <= self.last

    def _forget_oldest(self) -> None:
        self._bytes -= len(self._messages.popleft().content)
