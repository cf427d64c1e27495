"""The conversation so far: numbered items in order, bounded, the oldest going first."""

import msgspec

from shared.messages import HistoryItem, Role


class _Entry(msgspec.Struct):
    item: int
    role: Role
    text: str | None
    """None while it is not known yet."""
    is_interrupted: bool = False
    language: str = ""


class History:
    """Items may be entered before their text is known: what is said first stands first."""

    def __init__(self, most_items: int, most_characters: int) -> None:
        self._most_items = most_items
        self._most_characters = most_characters
        self._entries: list[_Entry] = []
        self._last_item = 0

    @property
    def last_item(self) -> int:
        """Number of the newest item ever entered, 0 before the first."""
        return self._last_item

    @property
    def previous(self) -> int | None:
        """The newest item that stands."""
        return self._entries[-1].item if self._entries else None

    def enter(self, role: Role, text: str | None = None) -> int:
        """A new item at the end; its number."""
        self._last_item += 1
        self._entries.append(_Entry(self._last_item, role, text))
        self._forget()
        return self._last_item

    def settle(
        self, item: int, text: str, *, is_interrupted: bool = False, language: str = ""
    ) -> None:
        """The text of an item is known now; without any text the item goes."""
        for entry in self._entries:
            if entry.item == item:
                entry.text = text
                entry.is_interrupted = is_interrupted
                entry.language = language
        if not text.strip():
            self._entries = [entry for entry in self._entries if entry.item != item]
        self._forget()

    def known(self, before: int | None = None) -> tuple[HistoryItem, ...]:
        """All items whose text is known; on request only those before a certain one."""
        return tuple(
            HistoryItem(
                role=entry.role,
                text=entry.text,
                is_interrupted=entry.is_interrupted,
                language=entry.language,
            )
            for entry in self._entries
            if entry.text is not None and (before is None or entry.item < before)
        )

    def _forget(self) -> None:
        """A quarter goes at once: the front then stands still for many turns, and with it what the
        language model has in its prompt cache."""
        if self._fits_into(1):
            return
        for _ in range(self._oldest_to_keep()):
            if self._fits_into(0.75):
                return
            del self._entries[0]

    def _oldest_to_keep(self) -> int:
        """Place of the newest item with text, however long that is: it is what will be answered."""
        places = [place for place, entry in enumerate(self._entries) if entry.text]
        return places[-1] if places else len(self._entries) - 1

    def _fits_into(self, share: float) -> bool:
        """Whether the items take no more than this share of what may be kept."""
        characters = sum(len(entry.text or "") for entry in self._entries)
        limits = (self._most_items * share, self._most_characters * share)
        return len(self._entries) <= limits[0] and characters <= limits[1]
