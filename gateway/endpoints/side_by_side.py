"""Work on several things at once whose results are wanted in order."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from typing import Any, TypeVar

A = TypeVar("A")
B = TypeVar("B")


async def side_by_side(
    items: AsyncGenerator[A, None], work: Callable[[A], Coroutine[Any, Any, B]], most: int
) -> AsyncGenerator[B, None]:
    """What comes of each item, in the order of the items; at most `most` are in work at once.

    What is in work is cancelled when the generator is closed, or when anything fails.
    """
    tasks: deque[asyncio.Task[B]] = deque()
    try:
        async with aclosing(items):
            async for item in items:
                tasks.append(asyncio.create_task(work(item)))
                if len(tasks) == most:
                    yield await tasks.popleft()
        while tasks:
            yield await tasks.popleft()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
