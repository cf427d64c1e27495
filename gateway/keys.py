"""The file of API keys, read again when it changes."""

import asyncio
import logging
import os
from pathlib import Path

from gateway.keyring import Keyring, check_key, digest, read_keys
from gateway.settings import GatewaySettings
from shared.errors import SettingsError

logger = logging.getLogger(__name__)

_LOOK_S = 1.0
_MOST_BYTES = 1_000_000
_SINGLE = "VOICECHAT_GATEWAY_KEY"

Stamp = tuple[int, int, int] | None
"""What differs between two states of a file; none if it is not there."""


class Keys:
    """Who has a key, as the settings and the file say now."""

    def __init__(self, settings: GatewaySettings) -> None:
        """Raises SettingsError for keys that cannot be read, or are none."""
        self._settings = settings
        self._path = Path(settings.keys_file) if settings.keys_file else None
        self._single = _single(settings.key)
        self._stamp = _stamp(self._path)
        self.ring = self._read()

    @property
    def are_needed(self) -> bool:
        """Whether nobody comes in without one."""
        return self._settings.needs_key

    async def run(self) -> None:
        """Look at the file once a second, without end.

        A look costs a system call, and unlike a signal needs nobody who sends it. By its path, so
        that it also sees a file that was put in the place of the old one, as secrets are.
        """
        while self._path is not None:
            await asyncio.sleep(_LOOK_S)
            if (stamp := _stamp(self._path)) != self._stamp:
                self._stamp = stamp
                self._read_again()

    def announce(self) -> None:
        """Say in the log who may come in."""
        names = f": {', '.join(self.ring.names)}" if self.are_needed else ""
        logger.info("%s%s", self._settings.welcome, names)

    def _read_again(self) -> None:
        try:
            self.ring = self._read()
        except SettingsError as error:
            logger.error("%s; the keys from before still hold", error)
            return
        logger.info("keys were read again: %s", ", ".join(self.ring.names))

    def _read(self) -> Keyring:
        ring = Keyring({}) if self._path is None else _read_file(self._path)
        return ring.with_key(_SINGLE, self._single) if self._single else ring


def _single(key: str) -> bytes | None:
    """Digest of the key that the environment itself holds, if it does."""
    if not key:
        return None
    check_key(key, _SINGLE)
    return digest(key)


def _read_file(path: Path) -> Keyring:
    where = f"VOICECHAT_GATEWAY_KEYS_FILE={path}"
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        cause = os.strerror(error.errno or 0).lower()
        raise SettingsError(f"{where} cannot be read ({cause})") from error
    if len(content) > _MOST_BYTES:
        raise SettingsError(f"{where} is larger than {_MOST_BYTES} bytes: no file of keys")
    try:
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise SettingsError(f"{where} is not text in UTF-8") from None  # its cause shows the keys
    return read_keys(lines, str(path))


def _stamp(path: Path | None) -> Stamp:
    try:
        state = path.stat() if path else None
    except OSError:
        return None
    return (state.st_mtime_ns, state.st_ino, state.st_size) if state else None
