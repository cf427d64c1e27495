"""Records with a log in Redis, each owned by one process at a time: the last who claimed it."""

from collections.abc import Sequence

import msgspec

from shared import scripts
from shared.broker import Broker
from shared.wire import Script, Word


class Ownership(msgspec.Struct, frozen=True, kw_only=True):
    """The right to change a record; void once another process has claimed it."""

    record: str
    owner: str
    """Id of the process."""
    digest: bytes
    """Of the secret that a claim has to prove."""
    fence: int = 1
    """How many processes have owned the record."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is new about a record."""

    content: bytes = b""
    """Replaces the former content; empty leaves it."""
    first: int = 1
    """Number of the first entry below; those of a log are numbered 1, 2, 3…"""
    entries: Sequence[bytes] = ()
    forgotten: int = 0
    """Entries up to this number are not needed any more."""
    expires_s: int = 60


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A record that we own now."""

    ownership: Ownership
    former: str
    """Who owned it before."""
    content: bytes
    last: int
    """Number of the newest entry."""
    entries: tuple[bytes, ...]
    """The end of the log, up to the newest entry."""


class Records:
    """All records of a system. Every method raises BrokerError if Redis stays away."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._keep = Script(broker.wire, scripts.KEEP)
        self._claim = Script(broker.wire, scripts.CLAIM)
        self._remove = Script(broker.wire, scripts.REMOVE)

    async def keep(self, own: Ownership, change: Change) -> bool | None:
        """Write a change down, however often this is asked; False if we own the record no more.

        None: there is no such record, and nothing to make it of without its content.
        """
        who: list[Word] = [own.fence, own.owner, own.digest, change.expires_s]
        arguments = [*who, change.content, change.forgotten, change.first, *change.entries]
        keys = self._keys(own.record)
        kept = await self._broker.ask(lambda: self._keep(keys, arguments))
        return None if kept < 0 else bool(kept)

    async def claim(self, record: str, digest: bytes, owner: str) -> Claim | None:
        """Own a record from now on; none if it is not there, or has another secret."""
        keys = self._keys(record)
        claimed = await self._broker.ask(lambda: self._claim(keys, [digest, owner]))
        if not claimed:
            return None
        former, fence, content, last, entries = claimed
        return Claim(
            ownership=Ownership(record=record, owner=owner, digest=digest, fence=fence),
            former=former.decode(),
            content=content,
            last=last,
            entries=tuple(entries),
        )

    async def remove(self, own: Ownership) -> bool:
        """Forget a record; False if another process owns it, whose it stays."""
        keys = self._keys(own.record)
        return bool(await self._broker.ask(lambda: self._remove(keys, [own.fence])))

    def _keys(self, record: str) -> list[str]:
        return [self._broker.key(f"record:{record}"), self._broker.key(f"record:{record}:log")]
