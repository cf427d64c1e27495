"""The conversation so far: items in their order, bounded, the oldest going first."""

from collections.abc import Callable, Iterable
from itertools import takewhile

import msgspec

from gateway.items import ROOT, Item
from shared.messages import HistoryItem, Role


class History:
    """Items may be entered before their text is known: what is said first stands first."""

    def __init__(self, most_items: int, most_characters: int) -> None:
        self._most_items = most_items
        self._most_characters = most_characters
        self._items: list[Item] = []
        self._last_item = 0

    @property
    def last_item(self) -> int:
        """Number of the newest item ever entered, 0 before the first."""
        return self._last_item

    @property
    def previous(self) -> int | None:
        """The item that stands last."""
        return self._items[-1].number if self._items else None

    @property
    def items(self) -> tuple[Item, ...]:
        """The items that stand, in their order."""
        return tuple(self._items)

    def restore(self, items: Iterable[Item], last_item: int) -> None:
        """Be as a history was that had these items."""
        self._items, self._last_item = list(items), last_item

    def item(self, number: int) -> Item | None:
        """The item, if it stands."""
        return next((item for item in self._items if item.number == number), None)

    def before(self, number: int) -> int | None:
        """The item that stands before this one, if any."""
        earlier = list(takewhile(lambda item: item.number != number, self._items))
        return earlier[-1].number if earlier else None

    def enter(
        self,
        role: Role,
        *,
        is_spoken: bool = True,
        is_open: bool = False,
        after: int | None = None,
    ) -> Item:
        """A new item whose text is to come; `after` as in `insert`."""
        said = HistoryItem(role=role, text="")
        item = Item(
            number=self._next(), said=said, is_known=False, is_spoken=is_spoken, is_open=is_open
        )
        return self._put(item, after)

    def insert(
        self, said: HistoryItem, *, is_spoken: bool = False, after: int | None = None
    ) -> Item:
        """A new item behind the one with the number `after`, or behind all."""
        item = Item(number=self._next(), said=said, is_spoken=is_spoken)
        return self._put(item, after)

    def close(self, number: int) -> None:
        """The person has finished saying an item."""
        self._change(number, lambda item: msgspec.structs.replace(item, is_open=False))

    def settle(self, number: int, text: str, *, is_interrupted: bool = False) -> None:
        """The text of an item is known now; without any text the item goes."""
        if not text.strip():
            self.remove(number)
        self._change(number, lambda item: _settled(item, text, is_interrupted=is_interrupted))
        self._forget()

    def remove(self, number: int) -> None:
        """The item does not stand any more."""
        self._items = [item for item in self._items if item.number != number]

    def known(self, before: int | None = None) -> tuple[HistoryItem, ...]:
        """All items whose text is known; on request only those that stand before a certain one."""
        standing = takewhile(lambda item: item.number != before, self._items)
        return tuple(item.said for item in standing if item.is_known)

    def _next(self) -> int:
        self._last_item += 1
        return self._last_item

    def _put(self, item: Item, after: int | None) -> Item:
        self._items.insert(self._place_behind(after), item)
        self._forget()
        return item

    def _place_behind(self, number: int | None) -> int:
        if number == ROOT:
            return 0
        places = [place for place, item in enumerate(self._items, 1) if item.number == number]
        return places[0] if places else len(self._items)

    def _change(self, number: int, change: Callable[[Item], Item]) -> None:
        self._items = [change(item) if item.number == number else item for item in self._items]

    def _forget(self) -> None:
        """A quarter goes at once: the front then stands still for many turns, and with it what the
        language model has in its prompt cache."""
        if self._fits_into(1):
            return
        for _ in range(self._oldest_to_keep()):
            if self._fits_into(0.75):
                return
            del self._items[0]

    def _oldest_to_keep(self) -> int:
        """Place of the last item with text, however long that is: it is what will be answered."""
        places = [place for place, item in enumerate(self._items) if item.said.text]
        return places[-1] if places else len(self._items) - 1

    def _fits_into(self, share: float) -> bool:
        """Whether the items take no more than this share of what may be kept."""
        characters = sum(len(item.said.text) for item in self._items)
        limits = (self._most_items * share, self._most_characters * share)
        return len(self._items) <= limits[0] and characters <= limits[1]


def _settled(item: Item, text: str, *, is_interrupted: bool) -> Item:
    said = msgspec.structs.replace(item.said, text=text, is_interrupted=is_interrupted)
    return msgspec.structs.replace(item, said=said, is_known=True)
