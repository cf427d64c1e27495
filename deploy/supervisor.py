"""Keeps processes running: starts them again when they fall, gives up when they cannot stand."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from deploy.child import run_child
from deploy.console import Console
from deploy.parts import Ended, GiveUp, Part, again, describe, verdict

_ENDS_REMEMBERED = 10


class Supervisor:
    """All processes of one run, until one is given up or the person has enough."""

    def __init__(self, console: Console, grace_s: float) -> None:
        self._console = console
        self._grace_s = grace_s
        self._has_stood = False
        self._forced = asyncio.Event()
        self._over: asyncio.Future[GiveUp | None] = asyncio.get_running_loop().create_future()

    def stop(self) -> None:
        """End everything in order; asked a second time, at once."""
        if self._over.done():
            self._forced.set()
        else:
            self._console.step("stopping; Ctrl-C once more to stop at once")
            self._over.set_result(None)

    def all_stand(self) -> None:
        """Everything is ready: from now on nobody's settings can be wrong."""
        self._has_stood = True

    async def run(self, life: Coroutine[Any, Any, None]) -> GiveUp | None:
        """Let this go on until all is over; it is cancelled then. Raises what it raises.

        Returns why it was given up, or none if it was stopped.
        """
        living = asyncio.create_task(life)
        waited: list[asyncio.Future[Any]] = [living, self._over]
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        living.cancel()
        await asyncio.wait({living})
        if self._over.done():
            return self._over.result()
        living.result()
        return None

    @asynccontextmanager
    async def running(
        self, parts: Iterable[Part], environment: Mapping[str, str]
    ) -> AsyncIterator[None]:
        """Processes that run while the block does."""
        keepers = [asyncio.create_task(self._keep(part, environment)) for part in parts]
        for keeper in keepers:
            keeper.add_done_callback(self._gave_up)
        try:
            yield
        finally:
            for keeper in keepers:
                keeper.cancel()
            await asyncio.wait(keepers)

    async def _keep(self, part: Part, environment: Mapping[str, str]) -> GiveUp:
        ends: list[Ended] = []
        while True:
            ended = await run_child(
                part,
                environment,
                self._console.hear,
                grace_s=self._grace_s,
                forced=self._forced,
            )
            ends = [*ends, ended][-_ENDS_REMEMBERED:]
            then = verdict(part.name, ends, has_stood=self._has_stood)
            if isinstance(then, GiveUp):
                return then
            self._console.step(describe(part.name, ended, then))
            part = again(part, ended)
            await asyncio.sleep(then.after_s)

    def _gave_up(self, keeper: "asyncio.Task[GiveUp]") -> None:
        if keeper.cancelled() or self._over.done():
            return
        if error := keeper.exception():
            self._over.set_exception(error)
        else:
            self._over.set_result(keeper.result())
