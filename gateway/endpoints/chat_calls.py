"""The calls of a chat's reply, whole or as they come."""

from collections.abc import Iterable
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from gateway.tool_calls import ToolCalls
from shared.messages import FunctionCall, ToolCall


class FunctionOfCall(Struct, frozen=True, kw_only=True):
    """Which function is called, and with what."""

    name: str
    arguments: str


class Call(Struct, frozen=True, kw_only=True):
    """A call that is whole."""

    id: str
    type: Literal["function"] = "function"
    function: FunctionOfCall


class FunctionDelta(Struct, frozen=True, kw_only=True):
    """What is new of the function."""

    name: str | UnsetType = UNSET
    arguments: str


class CallDelta(Struct, frozen=True, kw_only=True):
    """What is new of a call."""

    index: int
    id: str | UnsetType = UNSET
    type: Literal["function"] | UnsetType = UNSET
    function: FunctionDelta


def shown_calls(calls: Iterable[FunctionCall]) -> tuple[Call, ...]:
    """Calls as a message has them."""
    return tuple(
        Call(
            id=call.call_id,
            function=FunctionOfCall(name=call.name, arguments=call.arguments),
        )
        for call in calls
    )


class CallsInPieces:
    """Which function is called is told at once, its arguments when they are whole.

    A call that a lost worker left unfinished is made again under the same id, perhaps with other
    arguments; what a client has been sent cannot be taken back.
    """

    def __init__(self) -> None:
        self._calls = ToolCalls()
        self._begun = 0
        self._ended = 0

    def add(self, piece: ToolCall) -> tuple[CallDelta, ...]:
        """What can be told once this has come."""
        self._calls.take(piece)
        deltas = []
        for index, called in enumerate(self._calls):
            if index == self._begun:
                self._begun += 1
                function = FunctionDelta(name=called.name, arguments="")
                opening = CallDelta(
                    index=index, id=called.call_id, type="function", function=function
                )
                deltas.append(opening)
            if index == self._ended and called.is_whole:
                self._ended += 1
                arguments = FunctionDelta(arguments=called.arguments)
                deltas.append(CallDelta(index=index, function=arguments))
        return tuple(deltas)
