"""All that a service is: one message in, an async generator of messages out."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any, Protocol

from shared.messages import AnyResult


class Handler(Protocol):
    """Turns one job into its results; keeps nothing between jobs."""

    concurrency: int
    """How many messages it can work on at once."""

    def handle(self, job: Any, published: Sequence[AnyResult] = ()) -> AsyncGenerator[Any, None]:
        """The results of a job, in order; a tuple of them is published as one.

        `published` is what a worker that died over this job had already published, in order: go on
        behind it. An exception becomes a WorkFailed, with its text if it is a VoiceChatError.
        """
        ...


async def one_by_one(steps: AsyncGenerator[Any, None]) -> AsyncGenerator[Any, None]:
    """The results of a handler that runs without a worker, also those that belong together."""
    async with aclosing(steps):
        async for step in steps:
            for result in step if isinstance(step, tuple) else (step,):
                yield result
