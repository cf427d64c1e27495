"""Asks the turn model about pauses; the answers come later, or not at all."""

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from gateway.events import TurnJudged
from gateway.turn_model import TurnModel
from shared.audio import PACKET_S, decode_packets
from shared.errors import AudioError, EngineError
from shared.threads import run_in_thread

logger = logging.getLogger(__name__)

_MOST_ASKED = 8
"""Questions at once, one after the other to the model; further ones would be answered too late."""


class SecondOpinion:
    """One turn model for all sessions of a process; without one, nothing is ever answered."""

    def __init__(self, model: TurnModel | None) -> None:
        self._model = model
        self._asked: set[asyncio.Task[None]] = set()

    def ask(
        self, packets: tuple[bytes, ...], speech_end_s: float, tell: Callable[[TurnJudged], None]
    ) -> None:
        """Have it judged whether what was said up to the present pause sounds finished."""
        if self._model is None or len(self._asked) >= _MOST_ASKED:
            return
        task = asyncio.create_task(self._answer(self._model, packets, speech_end_s, tell))
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def close(self) -> None:
        """Give up what is being judged."""
        for task in self._asked:
            task.cancel()
        await asyncio.gather(*self._asked, return_exceptions=True)

    async def _answer(
        self,
        model: TurnModel,
        packets: tuple[bytes, ...],
        speech_end_s: float,
        tell: Callable[[TurnJudged], None],
    ) -> None:
        last = packets[-round(model.longest_s / PACKET_S) :]
        try:
            pcm = await run_in_thread(partial(decode_packets, last, model.sample_rate_hz))
            probability = await model.finished(pcm)
        except (AudioError, EngineError) as error:
            logger.warning("a pause could not be judged by its sound: %s", error)
        else:
            tell(TurnJudged(probability=probability, speech_end_s=speech_end_s))
