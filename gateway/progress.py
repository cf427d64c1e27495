"""How far a client and the gateway have got with each other in a session that can be resumed."""

from collections import deque
from itertools import chain

import msgspec

from gateway.notices import (
    AnyNotice,
    CallArguments,
    CallEnded,
    CallStarted,
    ReplyFinished,
    ReplyStarted,
    ReplyText,
)
from gateway.snapshot import KeptConversation


class KeptSession(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A session as it is written down."""

    begun_s: float = 0.0
    """When it began, on the broker's clock."""
    conversation: KeptConversation
    protocol: bytes
    """What the protocol remembers."""
    notices: tuple[AnyNotice, ...] = ()
    """What the client was told of the replies that are being given, but for their sound."""
    needless: int = 0
    """Messages of the client's up to this number are needed no more."""
    heard_s: float = 0.0
    """Where the sound of those behind it begins, in seconds of the session's sound."""
    obeyed: int = 0
    """Messages up to this number have had their effect, but for their sound."""


class Progress:
    """Counts a client's messages, and remembers what it was told of the replies being given."""

    def __init__(self, kept: KeptSession | None = None, begun_s: float = 0.0) -> None:
        self.begun_s = kept.begun_s if kept is not None else begun_s
        """When the session began, on the broker's clock."""
        self.received = kept.needless if kept is not None else 0
        """The client's messages that have come."""
        self._obeyed = kept.obeyed if kept is not None else 0
        self._sounds: deque[tuple[int, float]] = deque()
        """Messages with sound that no utterance has yet, and where in the session's it begins."""
        self._notices: dict[int, list[AnyNotice]] = {}
        """What was told of each reply that is being given."""
        for notice in kept.notices if kept is not None else ():
            self.tell(notice)

    @property
    def is_repeat(self) -> bool:
        """Whether of the newest message only its sound counts: all else was done before."""
        return self.received <= self._obeyed

    def receive(self, heard_s: float) -> None:
        """A message has come; its sound, if it has any, begins there in the session's sound."""
        self.received += 1
        self._sounds.append((self.received, heard_s))

    def settle(self, heard_s: float) -> None:
        """The newest message was understood; the session's sound now ends there."""
        if self._sounds and self._sounds[-1][1] >= heard_s:
            self._sounds.pop()

    def tell(self, notice: AnyNotice) -> None:
        """The client is told of this."""
        match notice:
            case ReplyStarted():
                self._notices[notice.reply] = [notice]
            case ReplyFinished():
                self._notices.pop(notice.reply, None)
            case ReplyText() | CallStarted() | CallArguments() | CallEnded():
                self._notices.get(notice.reply, []).append(notice)
            case _:
                return

    def kept(
        self, conversation: KeptConversation, protocol: bytes, sound_s: tuple[float, float]
    ) -> KeptSession:
        """What is to be written down; the sound that no utterance has yet begins and ends there."""
        start_s, end_s = sound_s
        while self._sounds and self._end_of_first(end_s) <= start_s:
            self._sounds.popleft()
        number, heard_s = self._sounds[0] if self._sounds else (self.received + 1, end_s)
        return KeptSession(
            begun_s=self.begun_s,
            conversation=conversation,
            protocol=protocol,
            notices=tuple(chain.from_iterable(self._notices.values())),
            needless=number - 1,
            heard_s=heard_s,
            obeyed=max(self.received, self._obeyed),
        )

    def _end_of_first(self, end_s: float) -> float:
        return self._sounds[1][1] if len(self._sounds) > 1 else end_s
