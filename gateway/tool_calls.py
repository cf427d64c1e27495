"""What one turn calls: pieces of calls put together."""

from collections.abc import Iterator
from itertools import count

import msgspec

from shared.messages import FunctionCall, ToolCall


class Called(msgspec.Struct):
    """One call, as far as it has come."""

    call_id: str
    name: str
    arguments: str = ""
    """JSON text; what was once here may yet be replaced until it is whole."""
    is_whole: bool = False

    @property
    def call(self) -> FunctionCall:
        """What is kept of it."""
        return FunctionCall(call_id=self.call_id, name=self.name, arguments=self.arguments)


class ToolCalls:
    """The calls of a turn by their position; repeats of their pieces do no harm."""

    def __init__(self) -> None:
        self._calls: dict[int, Called] = {}

    def take(self, piece: ToolCall) -> None:
        """Put a piece in its place; what stood behind that is void."""
        called = self._calls.setdefault(piece.index, Called(piece.call_id, piece.name))
        if called.is_whole:
            return
        called.arguments = called.arguments[: piece.offset] + piece.arguments
        called.is_whole = piece.is_last

    @property
    def whole(self) -> int:
        """How many have all their arguments."""
        return sum(called.is_whole for called in self._calls.values())

    def __iter__(self) -> Iterator[Called]:
        """Those that have come, in order, up to the first that is missing."""
        for index in count():
            if (called := self._calls.get(index)) is None:
                return
            yield called
