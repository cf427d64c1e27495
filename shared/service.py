"""Starts a service: its settings, its engine, its worker, and what it answers over HTTP."""

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import msgspec

from shared.broker import BusSettings
from shared.bus import Bus, connect
from shared.errors import BrokerError
from shared.handler import Handler
from shared.offers import Offer
from shared.process import run
from shared.registry import choose
from shared.settings import GROUPS, Environment, Settings
from shared.streams import WorkStream
from shared.telemetry import Readiness, TelemetrySettings, serve_telemetry
from shared.worker import Worker, WorkerSettings

logger = logging.getLogger(__name__)

S = TypeVar("S", bound=Settings)


class Engine(Protocol):
    """What a service itself asks of any engine."""

    def close(self) -> None:
        """Give back memory and threads."""
        ...


class _Parts(msgspec.Struct, frozen=True, kw_only=True):
    """A service, configured but not yet loaded."""

    stream: WorkStream
    engine_name: str
    make_engine: Callable[[], Engine]
    make_handler: Callable[[Any], Handler]
    describe: Callable[[Any], Offer]
    bus: BusSettings
    worker: WorkerSettings
    telemetry: TelemetrySettings


def serve(
    *,
    stream: WorkStream,
    engines: Mapping[str, str],
    settings: type[S],
    handler: Callable[[Any, S], Handler],
    offer: Callable[[str, Any], Offer],
) -> int:
    """Run a service until it is told to stop; returns the exit status.

    `settings` has the field `engine`, the name of one of `engines`; `handler` makes the handler
    from the engine and the settings, `offer` says what the engine of that name can do. The
    service's group is its stage: VOICECHAT_STT_ENGINE.
    """

    async def program(environment: Environment, stopping: asyncio.Event) -> None:
        group = stream.stage.upper()
        own = environment.read(settings, group)
        name: str = own.engine  # type: ignore[attr-defined]  # every service's settings have it
        parts = _Parts(
            stream=stream,
            engine_name=name,
            make_engine=choose(engines, name, environment, group),
            make_handler=lambda engine: handler(engine, own),
            describe=lambda engine: offer(name, engine),
            bus=environment.read(BusSettings, "REDIS"),
            worker=environment.read(WorkerSettings, "WORKER"),
            telemetry=environment.read(TelemetrySettings, "TELEMETRY"),
        )
        environment.leave(other for other in GROUPS if other != group)
        environment.check()
        await _Service(parts).run(stopping)

    return run(program)


class _Service:
    """A service from its first to its last moment."""

    def __init__(self, parts: _Parts) -> None:
        self._parts = parts
        self._bus: Bus | None = None
        self._is_loaded = False

    async def run(self, stopping: asyncio.Event) -> None:
        parts = self._parts
        # Containers that share the host's network also share its name, and each is process 1.
        name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        async with (
            serve_telemetry(parts.telemetry, self._probe),
            connect(parts.bus, consumer=name) as self._bus,
        ):
            engine = await self._load()
            try:
                self._bus.announce(parts.describe(engine))
                worker = Worker(self._bus, parts.stream, parts.make_handler(engine), parts.worker)
                self._is_loaded = True
                await worker.run(stopping)
            finally:
                engine.close()

    async def _load(self) -> Engine:
        """The engine, loaded in a thread so that /healthz answers meanwhile."""
        stage, name = self._parts.stream.stage, self._parts.engine_name
        logger.info("%s: loading engine %s", stage, name)
        started = time.perf_counter()
        engine = await asyncio.to_thread(self._parts.make_engine)
        logger.info("%s: engine %s ready in %.1f s", stage, name, time.perf_counter() - started)
        return engine

    async def _probe(self) -> Readiness:
        detail: dict[str, str | int | bool] = {"engine": self._parts.engine_name}
        if not self._bus or not self._is_loaded:
            return Readiness(False, detail | {"missing": "the engine is loading"})
        try:
            await self._bus.ping()
        except BrokerError as error:
            return Readiness(False, detail | {"missing": str(error)})
        return Readiness(True, detail)
