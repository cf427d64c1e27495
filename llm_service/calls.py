"""The calls of a reply in the making: pieces of an engine in, numbered messages out."""

import hashlib
from collections.abc import Iterator, Sequence

import msgspec

from llm_service.engine import ToolCallDelta
from shared.errors import EngineError
from shared.messages import FunctionCall, ToolCall, UserTurn

PIECE_CHARACTERS = 40
"""Arguments travel in pieces of this length: a message for each token would cost more than it."""


class Calls:
    """What one reply calls; goes on behind what a lost worker had published of it.

    A call that it left unfinished is made again, whole and under the same id: other arguments may
    come of it, so that nothing can be put behind the pieces that are out.
    """

    def __init__(self, turn: UserTurn, published: Sequence[ToolCall]) -> None:
        self._turn = turn
        self.whole: list[FunctionCall] = []
        """Those that were published to their end."""
        self.characters = 0
        """Length of all arguments made here."""
        self._open: ToolCallDelta | None = None
        """The latest piece, if its call has not ended."""
        self._arguments = ""
        self._sent = 0
        self.unfinished = self._recall(published)
        """Name of the call that was published in part, if there is one."""

    @property
    def has_begun(self) -> bool:
        """Whether the reply calls anything: then nothing more is said."""
        return self._open is not None or bool(self.whole)

    def add(self, delta: ToolCallDelta) -> Iterator[ToolCall]:
        """What can be published once this has come."""
        if self._open is not None and delta.index != self._open.index:
            yield self._close(self._open.name)
        self._open = delta
        self._arguments += delta.arguments
        self.characters += len(delta.arguments)
        while len(self._arguments) - self._sent > PIECE_CHARACTERS:
            yield self._piece(delta.name, self._sent + PIECE_CHARACTERS)

    def finish(self) -> Iterator[ToolCall]:
        """The end of the last call, which is whole."""
        if self._open is not None:
            yield self._close(self._open.name)

    def _recall(self, published: Sequence[ToolCall]) -> str:
        unfinished = ""
        for piece in published:
            self._arguments = self._arguments[: piece.offset] + piece.arguments
            unfinished = "" if piece.is_last else piece.name
            if piece.is_last:
                self._add_whole(piece.name)
        self._arguments = ""
        return unfinished

    def _close(self, name: str) -> ToolCall:
        self._arguments = self._arguments if self._arguments.strip() else "{}"
        if not is_object(self._arguments):
            raise EngineError("the model called a tool with arguments that are no JSON object")
        last = self._piece(name, len(self._arguments), is_last=True)
        self._add_whole(name)
        return last

    def _add_whole(self, name: str) -> None:
        call_id = self._call_id(len(self.whole))
        self.whole.append(FunctionCall(call_id=call_id, name=name, arguments=self._arguments))
        self._open, self._arguments, self._sent = None, "", 0

    def _piece(self, name: str, end: int, *, is_last: bool = False) -> ToolCall:
        index, start, self._sent = len(self.whole), self._sent, end
        return ToolCall(
            session=self._turn.session,
            turn=self._turn.turn,
            index=index,
            call_id=self._call_id(index),
            name=name,
            arguments=self._arguments[start:end],
            offset=start,
            is_last=is_last,
        )

    def _call_id(self, index: int) -> str:
        """The same for the same call, whichever worker makes it; no two in all conversations."""
        place = f"{self._turn.session}/{self._turn.turn}/{index}"
        return f"call_{hashlib.blake2s(place.encode(), digest_size=12).hexdigest()}"


def is_object(text: str) -> bool:
    """Whether a text is a JSON object."""
    try:
        return isinstance(msgspec.json.decode(text), dict)
    except (msgspec.DecodeError, RecursionError):
        return False
