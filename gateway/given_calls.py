"""The calls of one reply, as the client is told of them."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from gateway.history import History
from gateway.notices import CallArguments, CallEnded, CallStarted
from gateway.tool_calls import Called, ToolCalls

CallNotice = CallStarted | CallArguments | CallEnded


class GivenCall(msgspec.Struct):
    """A call that the client has been told of."""

    item: int
    place: int
    """Position among all that the reply puts out, from 0."""
    call_id: str
    name: str
    server: str
    """Label of the server on which the gateway runs the tool; empty if the client runs it."""
    arguments: str = ""
    """What was told of them."""
    is_over: bool = False
    """Whether nothing more is told of them."""
    is_whole: bool = False

    @property
    def is_ours(self) -> bool:
        """Whether the gateway runs the tool itself."""
        return bool(self.server)


class GivenCalls:
    """Tells each call as it comes; one that is whole stands in the conversation from then on."""

    def __init__(self, reply: int, history: History, ours: Mapping[str, str]) -> None:
        """`ours`: tools that the gateway runs itself, and the labels of their servers."""
        self._reply = reply
        self._history = history
        self._ours = ours
        self._given: list[GivenCall] = []

    @property
    def given(self) -> tuple[GivenCall, ...]:
        """All of them, in order."""
        return tuple(self._given)

    @property
    def ours(self) -> dict[str, str]:
        """Tools that the gateway runs itself, and the labels of their servers."""
        return dict(self._ours)

    def restore(self, given: Iterable[GivenCall]) -> None:
        """The client has been told of these by another gateway."""
        self._given = list(given)

    @property
    def whole(self) -> list[GivenCall]:
        """Those that have all their arguments, in order."""
        return [given for given in self._given if given.is_whole]

    def release(
        self, calls: ToolCalls, *, previous: int | None, place: int
    ) -> Iterator[CallNotice]:
        """What the client is told of them now.

        `previous` and `place` are those of the reply's first call: the item before it, and how much
        the reply has put out before.
        """
        for index, called in enumerate(calls):
            if index == len(self._given):
                before = self._given[-1].item if self._given else previous
                yield self._begin(called, before, place + index)
            if not self._given[index].is_over:
                yield from self._go_on(self._given[index], called)

    def abandon(self) -> Iterator[CallNotice]:
        """The reply is over, and with it the calls that are not whole."""
        for given in self._given:
            if not given.is_over:
                self._history.remove(given.item)
                given.is_over = True
                yield self._ended(given)

    def _begin(self, called: Called, previous: int | None, place: int) -> CallStarted:
        given = GivenCall(
            item=self._history.enter("assistant", is_spoken=False).number,
            place=place,
            call_id=called.call_id,
            name=called.name,
            server=self._ours.get(called.name, ""),
        )
        self._given.append(given)
        return CallStarted(
            reply=self._reply,
            item=given.item,
            previous=previous,
            place=place,
            call_id=given.call_id,
            name=given.name,
            server=given.server,
        )

    def _go_on(self, given: GivenCall, called: Called) -> Iterator[CallNotice]:
        if delta := called.arguments[len(given.arguments) :]:
            given.arguments += delta
            yield CallArguments(reply=self._reply, item=given.item, delta=delta)
        if called.is_whole:
            given.arguments = called.arguments
            given.is_over = given.is_whole = True
            self._history.make_call(given.item, called.call, server=given.server)
            yield self._ended(given)

    def _ended(self, given: GivenCall) -> CallEnded:
        return CallEnded(
            reply=self._reply,
            item=given.item,
            arguments=given.arguments,
            is_whole=given.is_whole,
        )
