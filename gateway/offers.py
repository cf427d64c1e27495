"""What the live workers offer: their models and voices, looked up at most once a second."""

import asyncio
import time
from collections.abc import Mapping, Sequence

from shared.bus import BEAT_S, Bus
from shared.errors import BrokerError
from shared.messages import Stage
from shared.offers import Offer, OfferedVoice


class Offers:
    """Remembers for a second what the broker says; nobody asks it while another does."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._asking = asyncio.Lock()
        self._known: Mapping[Stage, Sequence[Offer]] = {}
        self._failure = ""
        """Why they are not known."""
        self._old_at = 0.0

    async def of(self, stage: Stage) -> Sequence[Offer]:
        """What the ready workers of a stage offer; none if none is there. Raises BrokerError."""
        async with self._asking:
            if time.monotonic() >= self._old_at:
                await self._ask()
                self._old_at = time.monotonic() + BEAT_S
        if self._failure:
            raise BrokerError(self._failure)
        return self._known[stage]

    async def _ask(self) -> None:
        """A broker that hangs answers all who wait here by one and the same failure."""
        self._failure = ""
        try:
            self._known = await self._bus.offers()
        except BrokerError as error:
            self._failure = str(error)

    async def voices(self) -> Sequence[OfferedVoice]:
        """The voices of all ready tts workers; the first is the default. Raises BrokerError."""
        offers = await self.of("tts")
        return tuple(dict.fromkeys(voice for offer in offers for voice in offer.voices))
