"""Small values that all processes share, each until it expires."""

from functools import partial
from typing import cast

from shared.broker import Broker


class Notes:
    """Values in Redis by name; `bus.notes`."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def write(self, name: str, value: bytes, expires_s: int) -> None:
        """Put it in the place of what was there; raises BrokerError if Redis stays away."""
        words = ("SET", self._broker.key(name), value, "EX", expires_s)
        await self._broker.ask(partial(self._broker.wire.ask, *words))

    async def read(self, name: str) -> bytes | None:
        """What was written, unless it has expired; raises BrokerError if Redis is away just now."""
        words = ("GET", self._broker.key(name))
        return cast(bytes | None, await self._broker.ask(partial(self._broker.wire.ask, *words), 0))
