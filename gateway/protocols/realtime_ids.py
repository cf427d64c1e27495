"""Ids that clients of the Realtime protocol see: made of a session's numbers, or by the client."""

import re
from collections import OrderedDict


class Ids:
    """Ids made of the session's id and numbers; of items also the clients' own, the newest."""

    def __init__(self, session: str, most_names: int) -> None:
        self._session = session
        self._item = re.compile(rf"item_{re.escape(session)}_([1-9]\d{{0,8}})", re.ASCII)
        self._response = re.compile(rf"resp_{re.escape(session)}_([1-9]\d{{0,8}})", re.ASCII)
        self._most_names = most_names
        self._numbers: OrderedDict[str, int] = OrderedDict()
        """Number of each item that a client has given an id."""
        self._names: dict[int, str] = {}
        """The same the other way round."""
        self.session = f"sess_{session}"
        self.conversation = f"conv_{session}"

    def event(self, number: int) -> str:
        """Id of a message."""
        return f"event_{self._session}_{number}"

    @property
    def names(self) -> tuple[tuple[str, int], ...]:
        """The clients' own ids with their items' numbers, the oldest first."""
        return tuple(self._numbers.items())

    def name_item(self, number: int, name: str) -> None:
        """The client calls an item so; whatever it has called so before is gone."""
        self._names.pop(self._numbers.pop(name, 0), None)
        self._numbers[name], self._names[number] = number, name
        if len(self._numbers) > self._most_names:
            _, oldest = self._numbers.popitem(last=False)
            del self._names[oldest]

    def item(self, number: int) -> str:
        """Id of an item."""
        return self._names.get(number) or f"item_{self._session}_{number}"

    def item_number(self, item: str) -> int | None:
        """The number of the item with this id; none if it is not an id of this session."""
        if (number := self._numbers.get(item)) is not None:
            return number
        match = self._item.fullmatch(item)
        return int(match[1]) if match else None

    def previous(self, number: int | None) -> str | None:
        """Id of the item before, if there is one."""
        return None if number is None else self.item(number)

    def response(self, number: int) -> str:
        """Id of a reply."""
        return f"resp_{self._session}_{number}"

    def response_number(self, response: str) -> int | None:
        """The number of the reply with this id; none if it is not an id of this session."""
        match = self._response.fullmatch(response)
        return int(match[1]) if match else None
