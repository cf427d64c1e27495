"""Compares what the microphone heard with what the loudspeaker played, in a thread."""

import asyncio
from collections.abc import Callable
from functools import partial

from gateway.actions import CompareSound
from gateway.events import EchoJudged
from gateway.likeness import likeness
from gateway.log_mel import SAMPLE_RATE_HZ
from shared.audio import decode_packets
from shared.errors import AudioError
from shared.threads import run_in_thread


class Comparison:
    """One session's comparisons; while one is made, its answer stands for further ones."""

    def __init__(self, tell: Callable[[EchoJudged], None]) -> None:
        self._tell = tell
        self._task: asyncio.Task[None] | None = None

    def ask(self, sounds: CompareSound) -> None:
        """Have them compared; some 10 ms later it is told what came of it. Sound that cannot be
        decoded is like nothing."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._answer(sounds))

    async def _answer(self, sounds: CompareSound) -> None:
        self._tell(await run_in_thread(partial(_compare, sounds)))


def _compare(sounds: CompareSound) -> EchoJudged:
    try:
        heard = decode_packets(sounds.heard, SAMPLE_RATE_HZ)
        played = decode_packets(sounds.played, SAMPLE_RATE_HZ)
    except AudioError:
        return EchoJudged(likeness=0.0, heard_s=0.0)
    return EchoJudged(likeness=likeness(heard, played), heard_s=len(heard) / SAMPLE_RATE_HZ)
