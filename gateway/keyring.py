"""API keys: read from lines, held as digests, compared in constant time."""

import hmac
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256

from shared.errors import SettingsError

LEAST_CHARACTERS = 16
MOST_CHARACTERS = 256
MOST_KEYS = 1000
TOKEN_PREFIX = "ek_"
"""How the tokens begin that we make for clients; keys may not."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
_KEY = re.compile(r"[A-Za-z0-9._~+-]+", re.ASCII)
"""What may stand both in a bearer header (RFC 6750) and in a sub-protocol (RFC 6455)."""


class Keyring:
    """Named keys, of which only the digests are held."""

    def __init__(self, names: Mapping[bytes, str]) -> None:
        self._names = dict(names)

    @property
    def names(self) -> list[str]:
        """What the keys are called."""
        return sorted(self._names.values())

    def find(self, key: str) -> bytes | None:
        """Digest of the key if it is one of ours; takes the same time whichever it is."""
        return self.known(digest(key))

    def known(self, wanted: bytes) -> bytes | None:
        """The digest itself, if it is that of one of our keys."""
        found = None
        for held in self._names:
            if hmac.compare_digest(held, wanted):
                found = held
        return found

    def with_key(self, name: str, added: bytes) -> "Keyring":
        """The same keys, and one with this digest."""
        return Keyring({added: name, **self._names})

    def name(self, found: bytes) -> str:
        """What the key with this digest is called."""
        return self._names[found]


def digest(secret: str) -> bytes:
    """What is kept of a key or a token; it does not lead back to it.

    Headers may hold any bytes: those that are no text stand in the secret as lone surrogates.
    """
    return sha256(secret.encode(errors="surrogateescape")).digest()


def read_keys(lines: Iterable[str], source: str) -> Keyring:
    """Keys from lines `name: key`; raises SettingsError naming the line, but never a key.

    Empty lines and those that begin with `#` say nothing.
    """
    names: dict[bytes, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        where = f"{source}, line {number}"
        name, key = _split(line, where)
        if name in names.values():
            raise SettingsError(f"{where}: there is a key named {name} already")
        if digest(key) in names:
            raise SettingsError(f"{where}: this is the key of {names[digest(key)]} too")
        names[digest(key)] = name
    if not names:
        raise SettingsError(f"{source} holds no key; write one per line, as name: key")
    if len(names) > MOST_KEYS:
        raise SettingsError(f"{source} holds {len(names)} keys; there may be {MOST_KEYS}")
    return Keyring(names)


def _split(line: str, where: str) -> tuple[str, str]:
    name, colon, key = (part.strip() for part in line.partition(":"))
    if not colon:
        raise SettingsError(f"{where} is not of the form name: key")
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"{where}: a name has up to 64 letters, digits, dots, dashes and underscores"
        )
    check_key(key, f"{where}: the key of {name}")
    return name, key


def check_key(key: str, whose: str) -> None:
    """Raise SettingsError if it is no good key; the error does not show it."""
    if not LEAST_CHARACTERS <= len(key) <= MOST_CHARACTERS:
        bounds = f"{LEAST_CHARACTERS} to {MOST_CHARACTERS}"
        raise SettingsError(
            f"{whose} has {len(key)} characters; it needs {bounds} (openssl rand -hex 24 makes one)"
        )
    if not _KEY.fullmatch(key):
        raise SettingsError(f"{whose} may have letters, digits and . _ ~ + - only")
    if key.startswith(TOKEN_PREFIX):
        raise SettingsError(f"{whose} may not begin with {TOKEN_PREFIX}: client tokens do")
