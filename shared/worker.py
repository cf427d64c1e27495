"""The loop that runs a handler: one message in, an async generator of messages out.

Four coroutines: take (orphans first, then new messages, one per free slot), work, watch (what has
become stale is cancelled) and renew (the leases of running work). It knows nothing of speech.
"""

import asyncio
import logging
import time
import traceback
from collections.abc import Coroutine
from contextlib import aclosing
from typing import Any, Literal, cast

import msgspec

from shared import metrics
from shared.bus import BEAT_S, Bus, Delivery
from shared.errors import AudioError, BrokerError, LeaseLost, VoiceChatError
from shared.handler import Handler
from shared.messages import (
    AnyJob,
    AnyResult,
    Sentence,
    SessionEnded,
    TurnCancelled,
    UserTurn,
    Utterance,
    WorkFailed,
    decode,
)
from shared.running import Running, Work
from shared.settings import Settings
from shared.streams import CONTROL, WorkStream, concludes

logger = logging.getLogger(__name__)

Failure = Literal["engine_failed", "bad_audio", "expired", "gave_up"]
Outcome = Failure | Literal["done", "stale", "malformed", "lost", "cut_off"]
Published = tuple[AnyResult, ...]
_JOBS = (Utterance, UserTurn, Sentence)
_LOOK_ROUND_S = 0.25
"""Longest wait for a message before the worker looks for orphans, and whether it shall stop."""
_CONTROL_BEFORE_START_S = 30.0


class WorkerSettings(Settings, frozen=True, kw_only=True):
    """How a worker holds on to messages, and lets go."""

    lease_s: float = 0.8
    """A message whose worker has been silent for so long, in seconds, goes to another."""
    grace_s: float = 10.0
    """How long running work may go on once the worker is told to stop, in seconds."""
    max_deliveries: int = 3
    """A message that so many workers died over is given up."""


class Worker:
    """Feeds a handler from a stream and publishes what it yields."""

    def __init__(
        self, bus: Bus, stream: WorkStream, handler: Handler, settings: WorkerSettings
    ) -> None:
        self._bus = bus
        self._stream = stream
        self._handler = handler
        self._settings = settings
        self._running = Running()
        self._slots = asyncio.Semaphore(handler.concurrency)
        self._adopt_at = 0.0
        self._metrics = metrics.StageMetrics(stream.stage)

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until told to stop; then finish what runs, within the grace period."""
        await self._bus.join(self._stream)
        async with asyncio.TaskGroup() as aides:
            kept = [aides.create_task(c) for c in (self._watch(), self._renew(), self._beat())]
            try:
                async with asyncio.TaskGroup() as jobs:
                    taking = jobs.create_task(self._take(stopping, jobs))
                    await stopping.wait()
                    await asyncio.wait([taking], timeout=2 * _LOOK_ROUND_S)
                    taking.cancel()
                    await self._finish()
            finally:
                for task in kept:
                    task.cancel()
        await self._leave()

    # Take

    async def _take(self, stopping: asyncio.Event, jobs: asyncio.TaskGroup) -> None:
        while not stopping.is_set():
            await self._slots.acquire()
            delivery = await self._next()
            if delivery and delivery.entry not in self._running:
                jobs.create_task(self._work(delivery), name=delivery.entry)
                await asyncio.sleep(0)  # the work begins before the next message is asked for
            else:
                self._slots.release()

    async def _next(self) -> Delivery | None:
        """Orphaned work first, looked for so often that it waits a lease and a quarter at most."""
        lease_s, now = self._settings.lease_s, asyncio.get_running_loop().time()
        if now >= self._adopt_at:
            self._adopt_at = now + min(lease_s / 4, _LOOK_ROUND_S)
            await self._renew_once()  # after a stall we would take our own work for an orphan
            if orphan := await self._bus.adopt(self._stream, lease_s):
                self._adopt_at = now  # there may be more
                self._metrics.adopted()
                return orphan
        return await self._bus.take(self._stream, max(0.001, self._adopt_at - now))

    # Work

    async def _work(self, delivery: Delivery) -> None:
        started = time.perf_counter()
        context: dict[str, object] = {"entry": delivery.entry}
        outcome: Outcome = "cut_off"
        try:
            outcome = await self._attempt(delivery, context)
        finally:
            self._running.end(delivery.entry)
            self._slots.release()
            worked_s = time.perf_counter() - started
            self._metrics.ended(outcome, delivery.queued_s, worked_s)
            times_ms = (worked_s * 1000, delivery.queued_s * 1000)
            logger.info("%s in %.0f ms after %.0f ms of waiting", outcome, *times_ms, extra=context)

    async def _attempt(self, delivery: Delivery, context: dict[str, object]) -> Outcome:
        """How it went; `context` is filled with what the log is to name."""
        try:
            job, published = _decoded(delivery)
        except msgspec.DecodeError as error:
            return await self._unless_lost(self._bury(delivery, f"cannot be decoded: {error}"))
        context |= {"session": job.session, "turn": job.turn}
        work = Work(delivery, job, cast("asyncio.Task[None]", asyncio.current_task()))
        self._running.begin(work)
        return await self._unless_lost(self._carry_out_unless_cancelled(work, published))

    async def _unless_lost(self, attempt: Coroutine[Any, Any, Outcome]) -> Outcome:
        try:
            return await attempt
        except LeaseLost:
            return "lost"
        except BrokerError as error:
            logger.error("left a message to another worker: %s", error)
            return "lost"

    async def _carry_out_unless_cancelled(self, work: Work, published: Published) -> Outcome:
        """Staleness and lost leases are ours to swallow; any other cancellation goes on."""
        try:
            return await self._carry_out(work, published)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or work.verdict is None or task.uncancel():
                raise
            return "lost" if work.verdict == "lost" else await self._let_go(work)

    async def _carry_out(self, work: Work, published: Published) -> Outcome:
        stage, left_s = self._stream.stage, work.job.deadline_s - self._bus.now()
        if self._running.is_stale(work):
            return await self._let_go(work)
        if left_s <= 0:
            return await self._fail(work, "expired", f"the turn waited too long for {stage}")
        if work.delivery.deliveries > self._settings.max_deliveries:
            died = f"{work.delivery.deliveries - 1} {stage} workers died over it"
            return await self._fail(work, "gave_up", died)
        return await self._let_handler_work(work, published, left_s)

    async def _let_handler_work(self, work: Work, published: Published, left_s: float) -> Outcome:
        stage, limit = self._stream.stage, asyncio.timeout(left_s)
        try:
            async with limit:
                await self._publish_results(work, published, limit)
        except (LeaseLost, BrokerError):
            raise
        except AudioError as error:
            return await self._fail(work, "bad_audio", str(error))
        except VoiceChatError as error:
            return await self._fail(work, "engine_failed", str(error))
        except Exception as error:  # noqa: BLE001 - whatever an engine throws, the person is told
            if limit.expired():
                return await self._fail(work, "expired", f"the {stage} engine took too long")
            # The error's text may hold what was said; its type and place never do.
            logger.error("%s in the handler:\n%s", type(error).__name__, _place(error))
            what = f"the {stage} engine failed ({type(error).__name__}); see its log"
            return await self._fail(work, "engine_failed", what)
        return "done"

    async def _publish_results(
        self, work: Work, published: Published, limit: asyncio.Timeout
    ) -> None:
        """Every result; each gives its job, and the job that it is itself, the full time again."""
        # uvloop's own clock goes in steps of a millisecond
        started = time.perf_counter()
        async with aclosing(self._handler.handle(work.job, published)) as steps:
            async for step in steps:
                worked_s = time.perf_counter() - started
                results = step if isinstance(step, tuple) else (step,)
                await self._publish(work, results, worked_s)
                limit.reschedule(asyncio.get_running_loop().time() + work.job.patience_s)
                if work.is_concluding:
                    return
        await self._conclude(work)

    async def _publish(self, work: Work, results: Published, worked_s: float) -> None:
        """Results that are seen together."""
        delivery, gateway, position = work.delivery, work.job.gateway, work.published
        stamped = [self._stamped(work, result, worked_s) for result in results]
        work.published += len(results)
        work.is_concluding = done = concludes(results[-1])
        await self._bus.deliver(delivery, position, *stamped, gateway=gateway, done=done)
        self._metrics.published(position, worked_s)

    def _stamped(self, work: Work, result: AnyResult, worked_s: float) -> AnyResult:
        stamps = {"queued_s": work.delivery.queued_s, "worked_s": worked_s}
        if isinstance(result, _JOBS):
            stamps["deadline_s"] = self._bus.now() + work.job.patience_s
            stamps["patience_s"] = work.job.patience_s
        return msgspec.structs.replace(result, **stamps)

    async def _conclude(self, work: Work) -> None:
        work.is_concluding = True
        await self._bus.deliver(work.delivery, work.published, done=True)

    async def _let_go(self, work: Work) -> Outcome:
        await self._conclude(work)
        return "stale"

    async def _fail(self, work: Work, code: Failure, detail: str) -> Outcome:
        job = work.job
        context = {"session": job.session, "turn": job.turn}
        failure = WorkFailed(
            session=job.session, turn=job.turn, stage=self._stream.stage, code=code, detail=detail
        )
        logger.warning("%s: %s", code, detail, extra=context)
        work.is_concluding = True
        await self._bus.deliver(
            work.delivery, work.published, failure, gateway=job.gateway, done=True, reason=detail
        )
        return code

    async def _bury(self, delivery: Delivery, reason: str) -> Outcome:
        logger.warning("message %s of %s %s", delivery.entry, self._stream.name, reason)
        await self._bus.deliver(delivery, len(delivery.progress), done=True, reason=reason)
        return "malformed"

    # Watch

    async def _watch(self) -> None:
        """Cancel what the gateways declare over."""
        async with aclosing(self._bus.observe(CONTROL, _CONTROL_BEFORE_START_S)) as messages:
            async for message in messages:
                if isinstance(message, TurnCancelled | SessionEnded):
                    self._running.obey(message)

    # Renew

    async def _renew(self) -> None:
        """Keep the leases of running work. While Redis is away the work goes on: it may return."""
        while True:
            await asyncio.sleep(self._settings.lease_s / 4)
            await self._renew_once()

    async def _renew_once(self) -> None:
        if not (entries := self._running.entries):
            return
        try:
            self._running.lose(await self._bus.renew(self._stream, entries))
        except BrokerError as error:
            logger.warning("cannot renew leases: %s", error)

    async def _beat(self) -> None:
        """Show that this worker is live, and how long the queue is."""
        while True:
            try:
                self._metrics.waiting(await self._bus.beat(self._stream))
            except BrokerError as error:
                logger.warning("%s", error)
            await asyncio.sleep(BEAT_S)

    # End

    async def _finish(self) -> None:
        """Let the running work end; what outlasts the grace period is left to other workers."""
        if not self._running.tasks:
            return
        _, late = await asyncio.wait(self._running.tasks, timeout=self._settings.grace_s)
        entries = self._running.entries
        for task in late:
            task.cancel()
        if not entries:
            return
        try:
            await self._bus.release(self._stream, entries)
        except BrokerError as error:
            logger.warning("another worker has to wait for the lease of our work: %s", error)

    async def _leave(self) -> None:
        try:
            await self._bus.leave(self._stream)
        except BrokerError as error:
            logger.warning("cannot sign off: %s", error)


def _decoded(delivery: Delivery) -> tuple[AnyJob, tuple[AnyResult, ...]]:
    """The job and what was already published of it; raises msgspec.DecodeError."""
    job = decode(delivery.payload)
    if not isinstance(job, _JOBS):
        raise msgspec.DecodeError(f"{type(job).__name__} is no job")
    results = [decode(payload) for payload in delivery.progress]
    return job, tuple(cast(AnyResult, result) for result in results)


def _place(error: Exception) -> str:
    return "".join(traceback.format_tb(error.__traceback__))
