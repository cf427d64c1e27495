"""A conversation on the terminal: the Enter key, and lines of what both sides say."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from client.events import (
    AnyEvent,
    ItemDeleted,
    Reconnecting,
    Refused,
    ReplyDone,
    ReplyText,
    Resumed,
    SpeechHeard,
    SpeechNotHeard,
)

Presses = asyncio.Queue[bool]
"""True for each Enter key, False for the end of input."""


@contextmanager
def enter_key() -> Iterator[Presses]:
    """The presses of the Enter key while the block runs."""
    presses: Presses = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        line = sys.stdin.readline()
        presses.put_nowait(bool(line))
        if not line:
            loop.remove_reader(sys.stdin)

    loop.add_reader(sys.stdin, read)
    try:
        yield presses
    finally:
        loop.remove_reader(sys.stdin)


_NOTES: dict[type[AnyEvent], str] = {
    ItemDeleted: "going on",
    Reconnecting: "the connection is lost; trying again",
    Resumed: "connected again",
}


class Lines:
    """Prints what is for people; a reply comes piece by piece on one line."""

    def __init__(self) -> None:
        self._is_open = False

    def show(self, event: AnyEvent) -> None:
        """The next event."""
        match event:
            case SpeechHeard(text=text):
                self._line(f"you     {text or '(nothing was said)'}")
            case ItemDeleted() | Reconnecting() | Resumed():
                self._line(f"        ({_NOTES[type(event)]})")
            case ReplyText(delta=delta):
                print(delta if self._is_open else f"reply   {delta.lstrip()}", end="", flush=True)
                self._is_open = True
            case ReplyDone(status="completed") | ReplyDone(reason="no_speech"):
                self._close("")
            case ReplyDone(status="cancelled"):
                self._close(" …")
            case ReplyDone(status=status, cause=cause):
                self._line(f"[{': '.join(filter(None, (status, cause)))}]")
            case SpeechNotHeard(detail=detail) | Refused(detail=detail):
                self._line(f"the gateway says: {detail}")
            case _:
                return

    def _line(self, text: str) -> None:
        self._close("")
        print(text, flush=True)

    def _close(self, end: str) -> None:
        if self._is_open:
            print(end, flush=True)
        self._is_open = False
