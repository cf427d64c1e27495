"""Runs one session's calls of the gateway's own tools, beside everything else."""

import asyncio
from collections.abc import Callable

from gateway.actions import RunTool
from gateway.events import ToolAnswered
from gateway.items import Outcome
from gateway.tool_port import ToolRunner

_MOST = 8
"""Calls of a session at once; the model is told that more are too many."""


class ToolTasks:
    """What one session has running."""

    def __init__(self, runner: ToolRunner, tell: Callable[[ToolAnswered], None]) -> None:
        self._runner = runner
        self._tell = tell
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(self, call: RunTool) -> None:
        """Have a tool run; it is told what came of it, whatever that is."""
        if len(self._tasks) >= _MOST:
            return self._answer(call, "Too many tools are running; try again in a moment.")
        task = asyncio.create_task(self._run(call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return None

    async def close(self) -> None:
        """Give up what is running."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, call: RunTool) -> None:
        text, is_error = await self._runner.call(call.name, call.arguments)
        self._answer(call, text, is_error=is_error)

    def _answer(self, call: RunTool, text: str, *, is_error: bool = True) -> None:
        outcome = Outcome(text=text, is_error=is_error)
        self._tell(ToolAnswered(call_id=call.call_id, outcome=outcome))
