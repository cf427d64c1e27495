"""Compares what the microphone heard with what the loudspeaker played, in a thread."""

import asyncio
from collections.abc import Callable
from functools import partial

from gateway.actions import CompareSound
from gateway.events import EchoJudged
from gateway.likeness import likeness
from gateway.log_mel import SAMPLE_RATE_HZ
from shared.audio import PACKET_S, decode_packets
from shared.errors import AudioError
from shared.threads import run_in_thread

_MOST = 2
"""Comparisons of a session at once; who asks for more gets no answer."""


class Comparison:
    """One session's comparisons."""

    def __init__(self, tell: Callable[[EchoJudged], None]) -> None:
        self._tell = tell
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, sounds: CompareSound) -> None:
        """Have them compared; some 10 ms later it is told what came of it. Sound that cannot be
        decoded is like nothing."""
        if len(self._tasks) < _MOST:
            task = asyncio.create_task(self._answer(sounds))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what is being compared."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _answer(self, sounds: CompareSound) -> None:
        self._tell(await run_in_thread(partial(_compare, sounds)))


def _compare(sounds: CompareSound) -> EchoJudged:
    try:
        heard = decode_packets(sounds.heard, SAMPLE_RATE_HZ)
        played = decode_packets(sounds.played, SAMPLE_RATE_HZ)
    except AudioError:
        heard_s = len(sounds.heard) * PACKET_S
        return EchoJudged(likeness=0.0, heard_s=heard_s, end_s=sounds.end_s)
    heard_s = len(heard) / SAMPLE_RATE_HZ
    return EchoJudged(likeness=likeness(heard, played), heard_s=heard_s, end_s=sounds.end_s)
