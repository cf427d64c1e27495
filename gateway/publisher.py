"""What one session sends to the pipeline: it waits in a queue, so that nobody does."""

import asyncio
import logging
from collections.abc import Callable
from typing import assert_never

from gateway.actions import Published
from shared.bus import Bus
from shared.errors import BrokerError, QueueFull
from shared.messages import (
    Sentence,
    SessionEnded,
    Stage,
    TurnCancelled,
    UserTurn,
    Utterance,
    WorkFailed,
)

logger = logging.getLogger(__name__)

_MOST_WAITING = 100


class Publisher:
    """Publishes a session's messages in their order; `fail` is told of work that nobody will do."""

    def __init__(
        self, session: str, gateway: str, bus: Bus, fail: Callable[[WorkFailed], None]
    ) -> None:
        self._session = session
        self._gateway = gateway
        self._bus = bus
        self._fail = fail
        self._waiting: asyncio.Queue[Published] = asyncio.Queue(_MOST_WAITING)

    def put(self, message: Published) -> None:
        """Have a message published as soon as those before it are."""
        if self._waiting.full():
            self._give_up(message, "broker_unreachable", "too much waits for the broker")
        else:
            self._waiting.put_nowait(message)

    async def run(self) -> None:
        """Publish what waits, without end."""
        while True:
            await self.publish(await self._waiting.get())
            self._waiting.task_done()

    async def flushed(self) -> None:
        """Wait until all that was put in is published, or given up."""
        await self._waiting.join()

    async def publish(self, message: Published) -> None:
        """Publish a message at once, before all that waits."""
        try:
            await self._bus.submit(message, self._gateway)
        except BrokerError as error:
            context = {"session": self._session, "turn": message.turn}
            logger.warning("cannot publish %s: %s", type(message).__name__, error, extra=context)
            code = "queue_full" if isinstance(error, QueueFull) else "broker_unreachable"
            self._give_up(message, code, str(error))

    def _give_up(self, message: Published, code: str, detail: str) -> None:
        """Nobody will work on the message, so its turn is over."""
        if isinstance(message, TurnCancelled | SessionEnded):
            return
        stage = _stage(message)
        failed = WorkFailed(
            session=message.session, turn=message.turn, stage=stage, code=code, detail=detail
        )
        self._fail(failed)


def _stage(job: Utterance | UserTurn | Sentence) -> Stage:
    """Whose work is not done."""
    match job:
        case Utterance():
            return "stt"
        case UserTurn():
            return "llm"
        case Sentence():
            return "tts"
        case _:
            assert_never(job)
