"""A reply that calls tools, and what has become of its calls."""

import msgspec

from gateway.given_calls import GivenCalls
from gateway.notices import Status
from gateway.reply import Reply

OVER: tuple[Status, ...] = ("completed", "incomplete")
"""How a reply ended that nobody stopped and that did not fail."""


class Round(msgspec.Struct):
    """From the reply to all outputs of what it calls. Times are on the gateway's clock."""

    reply: Reply
    calls: GivenCalls
    number: int
    """How many replies in a row have called tools of ours, this one included."""
    seen: int = 0
    """How many of the calls are known here."""
    ended_at: float | None = None
    """When the reply was over."""
    settled_at: float | None = None
    """When all its calls had outputs."""
    filler: Reply | None = None
    is_wanted: bool = True
    """Whether anything is to follow it by itself."""
    following: int = 0
    """Number of the reply that did."""
    claims: int = 0
    """How often the client may yet ask for that: many do at the end of each call."""

    @property
    def follows_by_itself(self) -> bool:
        """Whether the next reply does; where the client runs a call too, it asks for that."""
        return all(given.is_ours for given in self.calls.whole)


class KeptRound(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is written down of the newest round, whose reply is the latest."""

    number: int = 0
    """0 if there is none."""
    seen: int = 0
    is_wanted: bool = True
    running: dict[str, int] = {}
    continued: tuple[int, int] = (0, 0)
    claims: int = 0
