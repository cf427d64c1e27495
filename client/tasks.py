"""Jobs that run together, as one."""

import asyncio
from collections.abc import Coroutine


async def until_one_ends(*jobs: Coroutine[object, object, object]) -> None:
    """Run all until the first ends; the others are cancelled, and its error is raised."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
