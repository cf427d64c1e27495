"""Whether the stages have time to spare, as seen from this gateway."""

import asyncio
import logging

from shared.bus import Bus
from shared.errors import BrokerError

logger = logging.getLogger(__name__)

_LOOK_S = 0.25


class Load:
    """Asks the broker a few times a second, so that nobody has to wait for the answer."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.has_room = False
        """Whether each stage had a worker without work when we last looked."""

    async def run(self) -> None:
        """Keep looking, without end."""
        while True:
            try:
                self.has_room = await self._bus.has_room()
            except BrokerError as error:
                self.has_room = False
                logger.debug("cannot see how much work waits: %s", error)
            await asyncio.sleep(_LOOK_S)
