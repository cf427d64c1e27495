"""Redis itself: asked until it answers, and its clock."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    ConnectionError,
    RedisError,
    ResponseError,
    TimeoutError,
)

from shared.errors import BrokerError
from shared.settings import Settings
from shared.wire import Wire

logger = logging.getLogger(__name__)

T = TypeVar("T")

FOREVER = float("inf")
_ANSWER_S = 5.0
"""A Redis that takes longer is as good as away; longer than any blocking read of ours."""
_CLOCK_S = 10.0
_SLOW_S = 0.1
"""Longest round trip of a clock reading that is used, except for the first."""
_PASSING = ("OOM", "MISCONF", "LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN")
"""Beginnings of refusals that pass: restart, failover, memory or disk full for the moment."""


class BusSettings(Settings, frozen=True, kw_only=True):
    """How to reach Redis."""

    url: str = "redis://127.0.0.1:6379"
    """redis://, rediss:// (TLS) or unix:// URL, with user and password if need be."""
    ca_file: str = ""
    """Certificate authority of a rediss:// server, a PEM file; empty for the system's."""
    prefix: str = "voicechat"
    """First part of every key; two systems on one Redis need two."""
    patience_s: float = 10.0
    """How long starting and publishing wait for a Redis that does not answer, in seconds."""
    queue_limit: int = 1000
    """Most messages that a work stream may hold before the gateway refuses new turns."""


class Broker:
    """Redis, as the bus asks it."""

    def __init__(self, redis: Redis, settings: BusSettings) -> None:
        self.redis: Any = redis  # redis-py types its stream commands too loosely to be of use
        self.wire = Wire(redis.connection_pool)
        self._settings = settings
        self._clock_offset_s = 0.0

    def now(self) -> float:
        """Seconds since the epoch on the broker's clock, which all processes share."""
        return time.monotonic() + self._clock_offset_s

    def key(self, name: str) -> str:
        """The key of a name: all keys lie in one slot of a Redis Cluster."""
        return f"{{{self._settings.prefix}}}:{name}"

    async def read_clock(self) -> None:
        """Learn the broker's time; raises BrokerError if it does not answer."""
        await self.ask(self._read_clock, patience_s=0)

    async def ask(self, call: Callable[[], Awaitable[T]], patience_s: float | None = None) -> T:
        """What Redis answers, however often it has to be asked within `patience_s`.

        Raises BrokerError if it cannot be reached for that long, or refuses.
        """
        patience_s = self._settings.patience_s if patience_s is None else patience_s
        end, pause_s = time.monotonic() + patience_s, 0.02
        while True:
            try:
                async with asyncio.timeout(_ANSWER_S):
                    return await call()
            except AuthenticationError as error:
                raise BrokerError(f"Redis at {self._where()} refuses us: {error}") from error
            except (RedisError, OSError) as error:
                if not _passes(error):
                    raise BrokerError(f"Redis at {self._where()} says: {error}") from error
                if time.monotonic() + pause_s > end:
                    raise BrokerError(self._unreachable(error)) from error
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, 0.5)

    async def follow_clock(self) -> None:
        """Keep to the broker's time, without end."""
        while True:
            await asyncio.sleep(_CLOCK_S)
            try:
                await self.ask(self._read_clock, FOREVER)
            except BrokerError as error:
                logger.warning("cannot read the broker's clock: %s", error)

    async def _read_clock(self) -> None:
        before = time.monotonic()
        seconds, microseconds = await self.redis.time()
        after = time.monotonic()
        if self._clock_offset_s and after - before > _SLOW_S:
            return  # half of a long round trip is no good guess
        self._clock_offset_s = seconds + microseconds / 1e6 - (before + after) / 2

    def _where(self) -> str:
        """The URL without its password."""
        url = urlsplit(self._settings.url)
        port = f":{url.port}" if url.port else ""
        return f"{url.scheme}://{url.hostname or ''}{port}{url.path}"

    def _unreachable(self, error: BaseException) -> str:
        cause = str(error) or type(error).__name__
        return (
            f"Redis at {self._where()} does not answer ({cause}); "
            "start it, or set VOICECHAT_REDIS_URL to one that runs"
        )


def _passes(error: Exception) -> bool:
    """Whether asking again may help."""
    if isinstance(error, ConnectionError | TimeoutError | OSError):
        return True
    return isinstance(error, ResponseError) and _original(error).startswith(_PASSING)


def _original(error: ResponseError) -> str:
    """Redis's own words, of which redis-py cuts the first from errors it has a class for."""
    return f"{getattr(error, 'status_code', '') or ''} {error}".strip()


async def unless_gone(call: Callable[[], Awaitable[T]], otherwise: T) -> T:
    """The answer of a command on a consumer group, or `otherwise` if Redis has lost the group."""
    try:
        return await call()
    except ResponseError as error:
        if "NOGROUP" not in str(error):
            raise
        return otherwise


async def create_group(redis: Any, key: str, group: str) -> None:
    """Make the consumer group of a stream, and the stream, unless they are there."""
    try:
        await redis.xgroup_create(key, group, id="0", mkstream=True)
    except ResponseError as error:
        if not str(error).startswith("BUSYGROUP"):
            raise


@asynccontextmanager
async def open_broker(settings: BusSettings) -> AsyncIterator[Broker]:
    """A broker that answers; raises BrokerError if it does not within its patience."""
    # With a socket timeout redis-py sends by asyncio.wait_for, which costs a task per command and,
    # on Python 3.11, swallows a cancellation that comes while it sends.
    options: dict[str, Any] = {"protocol": 2, "socket_timeout": None}
    if settings.ca_file:
        options["ssl_ca_certs"] = settings.ca_file
    try:
        redis = Redis.from_url(settings.url, retry=Retry(NoBackoff(), 0), **options)
    except ValueError as error:
        raise BrokerError(f"VOICECHAT_REDIS_URL is not a Redis URL: {error}") from error
    broker = Broker(redis, settings)
    try:
        await broker.ask(broker._read_clock)
        await broker.read_clock()  # the first reading took the time of connecting as well
        clock = asyncio.create_task(broker.follow_clock())
        try:
            yield broker
        finally:
            clock.cancel()
            await asyncio.wait([clock])
    finally:
        await redis.aclose()
