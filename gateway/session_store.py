"""Sessions that can be resumed, written down in Redis: any gateway may go on with them."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from gateway.progress import KeptSession
from shared.message_log import Sent
from shared.records import Change, Ownership, Records

_encode_sent = msgspec.msgpack.Encoder().encode
_sent: msgspec.msgpack.Decoder[Sent] = msgspec.msgpack.Decoder(Sent)
_kept: msgspec.msgpack.Decoder[KeptSession] = msgspec.msgpack.Decoder(KeptSession)


class SessionTaken(Exception):
    """Another gateway has the session now."""


class Claimed(NamedTuple):
    """A session that is ours now."""

    ownership: Ownership
    begun_s: float = 0.0
    """When it began, on the broker's clock, if that is now."""
    former: str = ""
    """The gateway that had it."""
    kept: KeptSession | None = None
    """None if it has just begun."""
    last: int = 0
    """Number of the newest message to the client."""
    sent: tuple[Sent, ...] = ()
    """The messages up to that which the client may not have."""


class SessionStore:
    """What one gateway keeps of its sessions. Every method raises BrokerError."""

    def __init__(self, records: Records, gateway: str, resume_s: float) -> None:
        self._records = records
        self._gateway = gateway
        self._expires_s = max(1, round(2 * resume_s))
        """A session without news is written down anew after half of this."""

    def begin(self, session: str, secret: str, now_s: float) -> Claimed:
        """A new session, at this time on the broker's clock."""
        own = Ownership(record=_name(session), owner=self._gateway, digest=digest(secret))
        return Claimed(own, begun_s=now_s)

    async def keep(
        self, own: Ownership, content: bytes, sent: Sequence[Sent], last: int, received: int
    ) -> bool | None:
        """Write down what changed; as Records.keep.

        `content` is an encoded KeptSession, or empty; `sent` are the messages to the client up to
        number `last`, of which the client has the first `received`.
        """
        change = Change(
            content=content,
            first=last - len(sent) + 1,
            entries=[_encode_sent(message) for message in sent],
            forgotten=received,
            expires_s=self._expires_s,
        )
        return await self._records.keep(own, change)

    async def claim(self, session: str, secret: str) -> Claimed | None:
        """Take a session over, whoever has it; none if it is not there or the secret is wrong."""
        claim = await self._records.claim(_name(session), digest(secret), self._gateway)
        if claim is None:
            return None
        sent = tuple(map(_sent.decode, claim.entries))
        return Claimed(
            claim.ownership,
            former=claim.former,
            kept=_kept.decode(claim.content),
            last=claim.last,
            sent=sent,
        )

    async def remove(self, own: Ownership) -> bool:
        """Forget a session; False if another gateway has it."""
        return await self._records.remove(own)


def digest(secret: str) -> bytes:
    """What is kept of a secret, which is too random to be guessed from it."""
    return hashlib.sha256(secret.encode()).digest()


def _name(session: str) -> str:
    return f"session:{session}"
