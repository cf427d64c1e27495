"""Publish, take, observe, acknowledge: what our processes do with streams."""

import itertools
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

import msgspec

from shared import scripts
from shared.broker import FOREVER, Broker, BusSettings, create_group, open_broker, unless_gone
from shared.entries import payload_of, readable
from shared.errors import LeaseLost, QueueFull
from shared.messages import AnyMessage, AnyResult, Stage, encode
from shared.notes import Notes
from shared.offers import Offer
from shared.records import Records
from shared.roster import Roster
from shared.streams import DEAD, WORK_STREAMS, Broadcast, Road, WorkStream, roads
from shared.wire import Script, Word

BEAT_S = 1.0
"""How often a worker shows that it is there."""
_CLOCK_ERROR_S = 0.02
"""By how much we may misread the broker's clock."""
_RELEASED_MS = _LEFT_MS = 3_600_000


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A message that this worker holds the lease of."""

    stream: WorkStream
    entry: str
    """Id of the stream entry."""
    payload: bytes
    queued_s: float
    """Seconds from publication to now."""
    progress: tuple[bytes, ...] = ()
    """The results that a worker before us had already published, encoded."""
    deliveries: int = 1
    """How many workers have had it, this one included."""


class Bus:
    """One process's access to all streams."""

    def __init__(self, broker: Broker, queue_limit: int, consumer: str) -> None:
        self._broker = broker
        self._redis, self._wire = broker.redis, broker.wire
        self._roster = Roster(broker, consumer)
        self._queue_limit = queue_limit
        self._consumer = consumer
        self.records = Records(broker)
        self._name = secrets.token_hex(8)
        self._publications = itertools.count()
        self._submit = Script(self._wire, scripts.SUBMIT)
        self._deliver = Script(self._wire, scripts.DELIVER)
        self._lease = Script(self._wire, scripts.LEASE)
        self.notes = Notes(broker)

    def now(self) -> float:
        """Seconds since the epoch on the broker's clock, which all processes share."""
        return self._broker.now()

    async def ping(self) -> None:
        """Raises BrokerError if Redis does not answer."""
        await self._broker.read_clock()

    # Publishing

    async def submit(self, message: AnyMessage, gateway: str) -> None:
        """Put a message on its roads, exactly once.

        Raises QueueFull if it is work and any stage has too much waiting, its own or one behind it;
        BrokerError if Redis stays away.
        """
        ways = roads(message, gateway)
        stages = WORK_STREAMS if any(isinstance(way, WorkStream) for way in ways) else ()
        once = f"once:{self._name}:{next(self._publications)}"
        names = (once, *(road.name for road in (*stages, *ways)))
        keys = self._keys(*names)
        arguments: list[Word] = [encode(message), self._queue_limit, len(stages), *_limits(ways)]
        if not await self._broker.ask(lambda: self._submit(keys, arguments)):
            raise QueueFull("the system is busy: too many turns are waiting; try again in a moment")

    async def deliver(
        self,
        delivery: Delivery,
        position: int,
        *results: AnyResult,
        gateway: str = "",
        done: bool = False,
        reason: str = "",
    ) -> None:
        """Publish results of a job together with its progress, and acknowledge the job if `done`.

        `position` counts the results before these. A `reason` files the job as dead. Waits for
        Redis as long as it takes; raises LeaseLost if another worker has the job now.
        """
        keys = self._keys(delivery.stream.name, _progress(delivery), DEAD.name)
        arguments: list[Word] = [delivery.stream.stage, self._consumer, delivery.entry, position]
        arguments += [int(done), reason, DEAD.keep, DEAD.expires_s]
        for result in results:
            ways = roads(result, gateway)
            keys += self._keys(*(way.name for way in ways))
            arguments += [encode(result), len(ways), *_limits(ways)]
        if not await self._fenced(lambda: self._deliver(keys, arguments), FOREVER, gone=0):
            raise LeaseLost(f"another worker holds {delivery.entry} of {delivery.stream.name}")

    # Taking

    async def take(self, stream: WorkStream, wait_s: float) -> Delivery | None:
        """The next new message for this worker's stage, or none within `wait_s`."""
        group = ("GROUP", stream.stage, self._consumer, "COUNT", 1)
        block = ("BLOCK", max(1, round(wait_s * 1000)), "STREAMS", self._key(stream.name), ">")
        reply = await self._of_group(stream, partial(self._wire.ask, "XREADGROUP", *group, *block))
        return self._delivery(stream, *reply[0][1][0]) if reply else None

    async def adopt(self, stream: WorkStream, lease_s: float) -> Delivery | None:
        """A message whose worker has not renewed its lease, with what had been made of it."""
        names = (self._key(stream.name), stream.stage, self._consumer, round(lease_s * 1000))
        cursor: bytes | None = b"0-0"
        while cursor:
            claim = partial(self._wire.ask, "XAUTOCLAIM", *names, cursor, "COUNT", 1)
            following, entries, *_ = await self._of_group(stream, claim)
            if entries and entries[0]:  # Redis 6.2 also names entries that were deleted by hand
                return await self._with_progress(self._delivery(stream, *entries[0]))
            cursor = following if following != b"0-0" else None
        return None

    async def _with_progress(self, delivery: Delivery) -> Delivery:
        key, stage = self._key(delivery.stream.name), delivery.stream.stage

        def read() -> Awaitable[Any]:
            pipeline = self._redis.pipeline(transaction=True)
            pipeline.lrange(self._key(_progress(delivery)), 0, -1)
            pipeline.xpending_range(key, stage, delivery.entry, delivery.entry, 1)
            return cast(Awaitable[Any], pipeline.execute())

        progress, pending = await self._fenced(read, FOREVER, gone=([], []))
        return msgspec.structs.replace(
            delivery,
            progress=tuple(progress),
            deliveries=pending[0]["times_delivered"] if pending else 1,
        )

    def _delivery(self, stream: WorkStream, entry: bytes, fields: list[bytes] | None) -> Delivery:
        born_ms, _, _ = entry.partition(b"-")
        return Delivery(
            stream=stream,
            entry=entry.decode(),
            payload=payload_of(fields),
            queued_s=max(0.0, self.now() - int(born_ms) / 1000),
        )

    # Leases

    async def renew(self, stream: WorkStream, entries: Iterable[str]) -> set[str]:
        """Go on holding these messages; returns those that another worker has taken over."""
        return await self._set_idle(stream, list(entries), idle_ms=0)

    async def release(self, stream: WorkStream, entries: Iterable[str]) -> None:
        """Let another worker have these messages at once."""
        await self._set_idle(stream, list(entries), idle_ms=_RELEASED_MS)

    async def _set_idle(self, stream: WorkStream, entries: list[str], idle_ms: int) -> set[str]:
        arguments: list[Word] = [stream.stage, self._consumer, idle_ms, *entries]
        keys = self._keys(stream.name)
        gone = [entry.encode() for entry in entries]
        lost = await self._fenced(lambda: self._lease(keys, arguments), 0, gone)
        return {entry.decode() for entry in lost}

    # Observing

    def observe(self, stream: Broadcast, since_s: float = 0) -> AsyncGenerator[AnyMessage]:
        """Every message that comes from this call on, without end.

        With `since_s`, also those of so many seconds before; nothing that comes after the call is
        missed, but what came just before it may be seen. What cannot be decoded is skipped.
        """
        start_s = self.now() - since_s - _CLOCK_ERROR_S
        return self._follow(stream, f"{round(start_s * 1000)}-0")

    async def recall(self, stream: Broadcast) -> AsyncGenerator[AnyMessage]:
        """Every message that is still there, from the oldest to the newest."""
        key, start = self._key(stream.name), "-"
        while start:
            words = (key, start, "+", "COUNT", 500)
            entries = await self._broker.ask(partial(self._wire.ask, "XRANGE", *words), FOREVER)
            for message in readable(stream, entries):
                yield message
            start = f"({entries[-1][0].decode()}" if entries else ""

    async def _follow(self, stream: Broadcast, last: str | bytes) -> AsyncGenerator[AnyMessage]:
        key = self._key(stream.name)
        while True:
            words = ("COUNT", 500, "BLOCK", 2000, "STREAMS", key, last)
            reply = await self._broker.ask(partial(self._wire.ask, "XREAD", *words), FOREVER)
            entries = reply[0][1] if reply else ()
            for message in readable(stream, entries):
                yield message
            last = entries[-1][0] if entries else last

    # Who is there, and how much waits

    async def join(self, stream: WorkStream) -> None:
        """Make the consumer group, and clear away consumers that were left an hour ago."""
        key = self._key(stream.name)
        await self._broker.ask(lambda: create_group(self._redis, key, stream.stage))
        consumers = await self._broker.ask(lambda: self._redis.xinfo_consumers(key, stream.stage))
        for consumer in consumers:
            if not consumer["pending"] and consumer["idle"] > _LEFT_MS:
                await self._sign_off(stream, consumer["name"])

    def announce(self, offer: Offer) -> None:
        """What this worker has to offer; told with each beat from now on."""
        self._roster.offer = offer

    async def beat(self, stream: WorkStream) -> int:
        """Show that this worker is live; returns how many messages its stage has, in work too."""
        return await self._roster.beat(stream)

    async def leave(self, stream: WorkStream) -> None:
        """Sign off: no longer live, and no longer a consumer unless messages are still held.

        A consumer that is deleted takes the messages it holds with it.
        """
        span = (self._key(stream.name), stream.stage, "-", "+", 1, self._consumer)
        await self._roster.strike(stream)
        if not await self._fenced(lambda: self._redis.xpending_range(*span), 0, gone=[1]):
            await self._sign_off(stream, self._consumer)

    async def _sign_off(self, stream: WorkStream, consumer: str) -> None:
        names = (self._key(stream.name), stream.stage, consumer)
        await self._broker.ask(lambda: self._redis.xgroup_delconsumer(*names), 0)

    async def live_workers(self) -> dict[Stage, int]:
        """How many ready workers each stage has; raises BrokerError if Redis does not answer."""
        return await self._roster.live_workers()

    async def offers(self) -> dict[Stage, tuple[Offer, ...]]:
        """What the ready workers of each stage have announced; raises BrokerError."""
        return await self._roster.offers()

    async def has_room(self) -> bool:
        """Whether each stage has a worker without work; raises BrokerError."""
        return await self._roster.has_room()

    # Ways to ask

    def _key(self, name: str) -> str:
        return self._broker.key(name)

    def _keys(self, *names: str) -> list[str]:
        return [self._broker.key(name) for name in names]

    async def _of_group(self, stream: WorkStream, call: Callable[[], Awaitable[Any]]) -> Any:
        """What Redis answers of a consumer group, which is made anew if Redis has lost it."""
        lost = object()
        while (reply := await self._fenced(call, FOREVER, lost)) is lost:
            await self._broker.ask(
                lambda: create_group(self._redis, self._key(stream.name), stream.stage), FOREVER
            )
        return reply

    async def _fenced(
        self, call: Callable[[], Awaitable[Any]], patience_s: float, gone: object
    ) -> Any:
        """What Redis answers; `gone` if it has lost the consumer group, and with it all leases."""
        return await self._broker.ask(lambda: unless_gone(call, gone), patience_s)


def _progress(delivery: Delivery) -> str:
    return f"progress:{delivery.stream.name}:{delivery.entry}"


def _limits(ways: Iterable[Road]) -> list[int]:
    """keep and expires_s of each stream, as the scripts want them."""
    pairs = [(way.keep, way.expires_s) if isinstance(way, Broadcast) else (0, 0) for way in ways]
    return list(itertools.chain.from_iterable(pairs))


@asynccontextmanager
async def connect(settings: BusSettings, consumer: str = "") -> AsyncIterator[Bus]:
    """A bus, once Redis answers; raises BrokerError if it does not within its patience.

    `consumer` is the worker's name, unique among the living.
    """
    async with open_broker(settings) as broker:
        yield Bus(broker, settings.queue_limit, consumer)
