"""Which workers are there, what they offer, and how much waits for them."""

import logging
from collections.abc import Awaitable
from typing import Any, cast

import msgspec

from shared.broker import Broker
from shared.messages import Stage
from shared.offers import Offer, decode_offer, encode_offer
from shared.streams import WORK_STREAMS, WorkStream

logger = logging.getLogger(__name__)

_GONE_AFTER_S = 3.5
_FORGOTTEN_AFTER_S = 60
_MOST_READ = 100
"""Offers that are read of a stage; workers of a stage are mostly alike."""


class Roster:
    """One process's access to the sorted set that the workers of each stage enter themselves in."""

    def __init__(self, broker: Broker, consumer: str) -> None:
        self._broker = broker
        self._redis = broker.redis
        self._consumer = consumer
        self.offer: Offer | None = None
        """What this worker tells with each beat."""

    async def beat(self, stream: WorkStream) -> int:
        """Enter this worker; returns how many messages its stage has, in work too."""
        key, now = self._workers(stream), self._broker.now()

        def tell() -> Awaitable[Any]:
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.zadd(key, {self._consumer: now})
            pipeline.zremrangebyscore(key, "-inf", now - _FORGOTTEN_AFTER_S)
            pipeline.expire(key, _FORGOTTEN_AFTER_S)
            if self.offer is not None:
                offered = encode_offer(self.offer)
                pipeline.set(self._offer(stream, self._consumer), offered, ex=_FORGOTTEN_AFTER_S)
            pipeline.xlen(self._broker.key(stream.name))
            return cast(Awaitable[Any], pipeline.execute())

        return int((await self._broker.ask(tell, 0))[-1])

    async def strike(self, stream: WorkStream) -> None:
        """Take this worker off, and its offer with it."""
        key, offer = self._workers(stream), self._offer(stream, self._consumer)

        def tell() -> Awaitable[Any]:
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.zrem(key, self._consumer)
            pipeline.delete(offer)
            return cast(Awaitable[Any], pipeline.execute())

        await self._broker.ask(tell, 0)

    async def live_workers(self) -> dict[Stage, int]:
        """How many ready workers each stage has; raises BrokerError if Redis does not answer."""
        since = self._broker.now() - _GONE_AFTER_S

        def ask() -> Awaitable[Any]:
            pipeline = self._redis.pipeline(transaction=False)
            for stream in WORK_STREAMS:
                pipeline.zcount(self._workers(stream), since, "+inf")
            return cast(Awaitable[Any], pipeline.execute())

        counts = await self._broker.ask(ask, 0)
        return {stream.stage: count for stream, count in zip(WORK_STREAMS, counts, strict=True)}

    async def offers(self) -> dict[Stage, tuple[Offer, ...]]:
        """What the ready workers of each stage offer, each offer once; raises BrokerError."""
        return {stream.stage: await self._offers(stream) for stream in WORK_STREAMS}

    async def _offers(self, stream: WorkStream) -> tuple[Offer, ...]:
        since, span = self._broker.now() - _GONE_AFTER_S, {"start": 0, "num": _MOST_READ}
        of_workers = (self._workers(stream), since, "+inf")
        names = await self._broker.ask(lambda: self._redis.zrangebyscore(*of_workers, **span), 0)
        keys = [self._offer(stream, name.decode()) for name in names]
        payloads = await self._broker.ask(lambda: self._redis.mget(keys), 0) if keys else []
        return tuple(dict.fromkeys(filter(None, map(_read, payloads))))

    async def has_room(self) -> bool:
        """Whether each stage has a worker without work; raises BrokerError."""

        def ask() -> Awaitable[Any]:
            pipeline = self._redis.pipeline(transaction=False)
            for stream in WORK_STREAMS:
                pipeline.xlen(self._broker.key(stream.name))
            return cast(Awaitable[Any], pipeline.execute())

        jobs, workers = await self._broker.ask(ask, 0), await self.live_workers()
        return all(count < workers[s.stage] for s, count in zip(WORK_STREAMS, jobs, strict=True))

    def _workers(self, stream: WorkStream) -> str:
        return self._broker.key(f"workers:{stream.stage}")

    def _offer(self, stream: WorkStream, worker: str) -> str:
        return self._broker.key(f"offer:{stream.stage}:{worker}")


def _read(payload: bytes | None) -> Offer | None:
    """None of a worker that has announced nothing, or speaks of it in another way."""
    try:
        return decode_offer(payload) if payload else None
    except msgspec.DecodeError:
        logger.warning("skipped an offer that cannot be read")
        return None
