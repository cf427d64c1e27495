"""Ids that the Realtime protocol makes of a session's numbers."""

import re


class Ids:
    """Ids that clients see, made of the session's id and numbers."""

    def __init__(self, session: str) -> None:
        self._session = session
        self._item = re.compile(rf"item_{re.escape(session)}_([1-9]\d{{0,8}})", re.ASCII)
        self.session = f"sess_{session}"
        self.conversation = f"conv_{session}"

    def event(self, number: int) -> str:
        """Id of a message."""
        return f"event_{self._session}_{number}"

    def item(self, number: int) -> str:
        """Id of an item."""
        return f"item_{self._session}_{number}"

    def item_number(self, item: str) -> int | None:
        """The number in an item's id; none if it is not an id of this session."""
        match = self._item.fullmatch(item)
        return int(match[1]) if match else None

    def previous(self, number: int | None) -> str | None:
        """Id of the item before, if there is one."""
        return None if number is None else self.item(number)

    def response(self, number: int) -> str:
        """Id of a reply."""
        return f"resp_{self._session}_{number}"
