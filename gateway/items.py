"""What a conversation consists of: items, each with a number of its own."""

import msgspec

from shared.messages import HistoryItem

ROOT = 0
"""In place of an item's number: the beginning of the conversation."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One contribution to the conversation."""

    number: int
    """Its number in the session, from 1; never used again."""
    said: HistoryItem
    """Who said what; the text is empty while it is not known."""
    is_known: bool = True
    """Whether the text is known. It is not yet of speech, and of a reply that is being given."""
    is_spoken: bool = False
    """Whether it is speech, and the text its transcript."""
    is_open: bool = False
    """Whether the person is still speaking: clients have not heard of it yet."""


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """What a client wishes of an item that it puts into the conversation."""

    name: str = ""
    """The client's own id of the item, if it has chosen one."""
    rival: int | None = None
    """The item that has, or had, that id already."""
    after: int | None = None
    """The item to stand behind, ROOT for none; at the end if it is not said."""
