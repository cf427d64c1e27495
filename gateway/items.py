"""What a conversation consists of: items, each with a number of its own."""

import msgspec

from shared.messages import FunctionCall, HistoryItem

ROOT = 0
"""In place of an item's number: the beginning of the conversation."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a tool that the gateway ran itself."""

    text: str
    """For the model; of an error: what was wrong."""
    is_error: bool


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
    is_ours: bool = False
    """Whether it is the call of a tool that the gateway runs itself."""
    outcome: Outcome | None = None
    """What came of that call, once it has."""

    @property
    def call(self) -> FunctionCall | None:
        """What the assistant calls in it, if it is a call."""
        return self.said.calls[0] if self.said.calls else None

    @property
    def is_said(self) -> bool:
        """Whether somebody says it: it is neither a call nor the output of one."""
        return not (self.said.calls or self.said.call_id)

    @property
    def has_words(self) -> bool:
        """Whether anything is known of it that a language model can be told."""
        return self.is_known and (bool(self.said.text.strip()) or not self.is_said)

    @property
    def words(self) -> tuple[HistoryItem, ...]:
        """What a language model is told of it."""
        if self.call is None or self.outcome is None:
            return (self.said,)
        output = HistoryItem(role="tool", text=self.outcome.text, call_id=self.call.call_id)
        return (self.said, output)


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """What a client wishes of an item that it puts into the conversation."""

    name: str = ""
    """The client's own id of the item, if it has chosen one."""
    rival: int | None = None
    """The item that has, or had, that id already."""
    after: int | None = None
    """The item to stand behind, ROOT for none; at the end if it is not said."""
