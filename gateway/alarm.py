"""Rings when a conversation wants to hear of the time."""

import asyncio
import time
from collections.abc import Callable


class Alarm:
    """Calls `ring` at the time that was set last. Times are on the monotonic clock."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = 0.0

    def set(self, at: float | None) -> None:
        """Ring then, or before: who hears it sets the time anew. None: not at all.

        Speech puts the time off with each window, and to keep the timer costs less than to set it.
        """
        if self._timer is not None and at is not None and self._rings_at <= at:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        if at is not None:
            self._rings_at, delay_s = at, max(0.0, at - time.monotonic())
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._go_off)

    def _go_off(self) -> None:
        self._timer = None
        self._ring()
