"""How a process begins and ends: its environment, its signals, its last words."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator

from shared.errors import VoiceChatError
from shared.settings import Environment
from shared.telemetry import LogSettings, setup_logging

logger = logging.getLogger(__name__)

USER_ERROR = 2
"""Exit status for what the user can mend: a setting, a missing model, a port in use, no Redis."""

Program = Callable[[Environment, asyncio.Event], Awaitable[None]]
"""Runs until done, or until the event says that it shall stop."""


def run(program: Program) -> int:
    """Run a program; returns its exit status. What the user can mend is told in one line."""
    try:
        environment = Environment(os.environ)
        setup_logging(environment.read(LogSettings, "LOG"))
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(_until_stopped(program, environment))
    except VoiceChatError as error:
        return _tell([error])
    except BaseExceptionGroup as group:
        ours, others = group.split(VoiceChatError)
        if others or not ours:
            raise
        return _tell(_leaves(ours))
    return 0


def _tell(errors: Iterable[BaseException]) -> int:
    for error in errors:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - the process's last words
    return USER_ERROR


async def _until_stopped(program: Program, environment: Environment) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    await program(environment, stopping)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's event loop where it is installed, else asyncio's own."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
