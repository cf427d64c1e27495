"""Run blocking engines without blocking the loop, and stop them between steps."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Executor
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")
Emit = Callable[[T], bool]
"""Hands an item over; returns whether more is wanted. False means: return as soon as you can."""

_END = object()


async def run_in_thread(call: Callable[[], T], executor: Executor | None = None) -> T:
    """The result of a blocking call.

    If cancelled, waits for the call to end first: an engine is never entered while an abandoned
    call is still inside it.
    """
    running = asyncio.get_running_loop().run_in_executor(executor, call)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await _settle(running)
        raise


async def stream_from_thread(
    produce: Callable[[Emit[T]], None], *, ahead: int = 8, executor: Executor | None = None
) -> AsyncGenerator[T, None]:
    """What `produce` emits, as it is emitted, at most `ahead` items early.

    `produce` runs in a thread. When this generator is closed or cancelled, `emit` starts to return
    False, and closing waits until `produce` has returned: its step bounds the wait at a barge-in.
    """
    loop = asyncio.get_running_loop()
    items: asyncio.Queue[T | object] = asyncio.Queue()
    room = threading.Semaphore(ahead)
    stopped = threading.Event()

    def emit(item: T) -> bool:
        if stopped.is_set():
            return False
        room.acquire()
        loop.call_soon_threadsafe(items.put_nowait, item)
        return not stopped.is_set()

    running = loop.run_in_executor(executor, partial(produce, emit))
    running.add_done_callback(lambda _: items.put_nowait(_END))
    try:
        while (item := await items.get()) is not _END:
            room.release()
            yield item  # type: ignore[misc]  # only _END is not a T
        await running
    finally:
        stopped.set()
        room.release()
        await _settle(running)


async def _settle(running: "asyncio.Future[Any]") -> None:
    """Wait for a call that nobody wants any more; its error is not worth a log with its text."""
    await asyncio.wait([running])
    if not running.cancelled():
        running.exception()
