"""`GET /v1/models` and `GET /v1/voices`: what the live workers really offer."""

from collections.abc import Mapping, Sequence

from aiohttp import web

from gateway.endpoints.answers import Answer, json_of
from gateway.endpoints.offers_wire import model_of, models_of, voices_of
from gateway.offers import Offers
from shared.messages import Stage
from shared.offers import Offer

_STAGES: tuple[Stage, ...] = ("stt", "llm", "tts")


class Models:
    """Lists models and voices."""

    def __init__(self, offers: Offers) -> None:
        self._offers = offers

    async def models(self, _: web.Request) -> Answer:
        """All models; raises BrokerError."""
        return json_of(models_of(await self._all()))

    async def model(self, request: web.Request) -> Answer:
        """One model; raises Fault if there is none of that name."""
        return json_of(model_of(await self._all(), request.match_info["model"]))

    async def voices(self, _: web.Request) -> Answer:
        """All voices."""
        return json_of(voices_of(await self._offers.of("tts")))

    async def _all(self) -> Mapping[Stage, Sequence[Offer]]:
        return {stage: await self._offers.of(stage) for stage in _STAGES}
