"""Client tokens: keys that live for minutes, for pages that must not know a lasting one.

They are kept in Redis, not signed: any gateway can look them up, there is no further secret that
all gateways would have to share, a token may carry a configuration longer than a header can be,
and the browser that holds it does not get to see that. Redis knows a token by its digest alone.
"""

import secrets

import msgspec

from gateway.keyring import TOKEN_PREFIX, digest
from shared.notes import Notes

_BYTES = 24


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What a client token stands for."""

    key_digest: bytes
    """The key that it was made with; empty where none is needed."""
    first_message: str
    """A session.update that its sessions begin with; empty for none."""


class ClientTokens:
    """All tokens of all gateways on one Redis."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes

    async def make(self, token: Token, expires_s: int) -> str:
        """A new token; raises BrokerError."""
        value = f"{TOKEN_PREFIX}{secrets.token_hex(_BYTES)}"
        await self._notes.write(_name(value), msgspec.msgpack.encode(token), expires_s)
        return value

    async def find(self, value: str) -> Token | None:
        """What a token stands for, unless it has expired; raises BrokerError."""
        content = await self._notes.read(_name(value))
        return msgspec.msgpack.decode(content, type=Token) if content else None


def is_token(value: str) -> bool:
    """Whether it was meant as a client token."""
    return value.startswith(TOKEN_PREFIX)


def _name(value: str) -> str:
    return f"client_token:{digest(value).hex()}"
