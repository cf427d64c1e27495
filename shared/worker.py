"""The loop that runs a handler: one message in, an async generator of messages out."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol, TypeVar

from shared.messages import AnyResult

J = TypeVar("J", contravariant=True)


class Handler(Protocol[J]):
    """All that a service is."""

    concurrency: int
    """How many messages it can work on at once."""

    def handle(
        self, job: J, published: Sequence[AnyResult] = ()
    ) -> AsyncGenerator[AnyResult, None]:
        """The results of a job.

        `published` is what a worker that died over this job had already published, in order: go on
        behind it. An exception becomes a WorkFailed: with its text if it is a VoiceChatError.
        """
        ...
