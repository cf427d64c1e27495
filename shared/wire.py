"""The short way of a command to Redis and back, for what every message has to wait for."""

import hashlib
from collections.abc import Sequence
from typing import Any

from hiredis import pack_command
from redis.asyncio import ConnectionPool
from redis.exceptions import NoScriptError

_KEPT = 8
"""Most idle connections that are kept from redis-py's pool."""

Word = str | bytes | float
"""A part of a command."""


class Wire:
    """Sends commands over redis-py's connections, and returns what Redis answers as it stands.

    redis-py's own way, by its pool's locks, its retries, metrics and parsers of answers, takes
    longer than Redis does. Whatever goes wrong on a connection, cancellation included, makes it
    close itself; the next command opens it again.
    """

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool: Any = pool
        self._idle: list[Any] = []

    async def ask(self, *words: Word) -> Any:
        """What Redis answers; raises RedisError."""
        packed = pack_command(words)  # type: ignore[arg-type]  # its stub says: one word
        connection = self._idle.pop() if self._idle else await self._pool.get_connection()
        try:
            if connection.is_connected and await connection.can_read():
                await connection.disconnect()  # Redis closed it while it was idle
            await connection.send_packed_command(packed, check_health=False)
            return await connection.read_response()
        finally:
            if len(self._idle) < _KEPT:
                self._idle.append(connection)
            else:
                await self._pool.release(connection)


class Script:
    """A Lua script, sent as its digest unless Redis has yet to learn it."""

    def __init__(self, wire: Wire, text: str) -> None:
        self._wire = wire
        self._text = text
        self._digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: Sequence[str], arguments: Sequence[Word]) -> Any:
        """What it returns."""
        words = (len(keys), *keys, *arguments)
        try:
            return await self._wire.ask("EVALSHA", self._digest, *words)
        except NoScriptError:
            return await self._wire.ask("EVAL", self._text, *words)
