"""The conversation so far: items in their order, bounded, the oldest going first."""

from collections.abc import Callable, Iterable
from itertools import takewhile

import msgspec

from gateway.items import ROOT, Item, Outcome
from gateway.numbers import Numbers
from shared.messages import FunctionCall, HistoryItem, Role


class History:
    """Items may be entered before their text is known: what is said first stands first."""

    def __init__(
        self, most_items: int, most_characters: int, numbers: Numbers | None = None
    ) -> None:
        """`numbers`: the session's; without them the history has its own."""
        self._most_items = most_items
        self._most_characters = most_characters
        self._items: list[Item] = []
        self._numbers = numbers or Numbers()
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

    @property
    def is_open(self) -> bool:
        """Whether the person is saying something."""
        return any(item.is_open for item in self._items)

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

    def settle(
        self, number: int, text: str, *, is_interrupted: bool = False, language: str = ""
    ) -> None:
        """The text of an item is known now; without any it stands, but nobody is told of it."""
        known = {"text": text, "is_interrupted": is_interrupted, "language": language}
        self._change(number, lambda item: _settled(item, known))
        self._forget()

    def remove(self, number: int) -> None:
        """The item does not stand any more."""
        self._items = [item for item in self._items if item.number != number]

    def known(self, before: int | None = None) -> tuple[HistoryItem, ...]:
        """All that was said, as far as it is known; on request only before a certain item."""
        standing = takewhile(lambda item: item.number != before, self._items)
        return tuple(words for item in standing if item.has_words for words in item.words)

    def make_call(self, number: int, call: FunctionCall, *, server: str = "") -> None:
        """The item is this call; `server` as of Item."""
        said = HistoryItem(role="assistant", text="", calls=(call,))
        changed = {"said": said, "is_known": True, "server": server}
        self._change(number, lambda item: msgspec.structs.replace(item, **changed))
        self._forget()

    def call(self, call_id: str) -> Item | None:
        """The newest call of this id, if it stands."""
        calls = (item for item in reversed(self._items) if item.call is not None)
        return next((item for item in calls if item.call and item.call.call_id == call_id), None)

    def is_answered(self, call_id: str) -> bool:
        """Whether the client has told the output of a call."""
        return any(item.said.call_id == call_id for item in self._items)

    def has_word_after(self, number: int) -> bool:
        """Whether the person has said something since this item, or is about to."""
        newer = (item for item in self._items if item.number > number)
        return any(
            item.said.role == "user" and (item.has_words or not item.is_known) for item in newer
        )

    def answer(self, number: int, outcome: Outcome) -> None:
        """What came of a call that the gateway ran."""
        self._change(number, lambda item: msgspec.structs.replace(item, outcome=outcome))
        self._forget()

    def _next(self) -> int:
        self._last_item = self._numbers.item()
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
        """Items without words go first. Of the others a quarter goes at once: the front then stands
        still for many turns, and with it what the language model has in its prompt cache."""
        if not self._fits_into(1):
            self._items = [item for item in self._items if item.has_words or not item.is_known]
        if self._fits_into(1):
            return
        for _ in range(self._oldest_to_keep()):
            if self._fits_into(0.75):
                return
            del self._items[0]

    def _oldest_to_keep(self) -> int:
        """Place of the last item that says something, however long that is: it is what will be
        answered, be it with calls and their outputs behind it."""
        known = [place for place, item in enumerate(self._items) if item.has_words]
        said = [place for place in known if self._items[place].is_said]
        recent = [place for place in said if len(self._items) - place < self._most_items]
        return (recent or known or [len(self._items) - 1])[-1]

    def _fits_into(self, share: float) -> bool:
        """Whether the items take no more than this share of what may be kept."""
        characters = sum(map(_characters, self._items))
        limits = (self._most_items * share, self._most_characters * share)
        return len(self._items) <= limits[0] and characters <= limits[1]


def _characters(item: Item) -> int:
    arguments = item.call.arguments if item.call is not None else ""
    return sum(len(words.text) for words in item.words) + len(arguments)


def _settled(item: Item, known: dict[str, object]) -> Item:
    said = msgspec.structs.replace(item.said, **known)
    return msgspec.structs.replace(item, said=said, is_known=True)
