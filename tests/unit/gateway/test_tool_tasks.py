"""Tools run beside a session, a few at a time, and each is answered."""

import asyncio

from gateway.actions import RunTool
from gateway.events import ToolAnswered
from gateway.items import Outcome
from gateway.tool_port import NoTools, ToolOutcome
from gateway.tool_tasks import ToolTasks
from shared.messages import Tool


class Patient:
    """Runs tools that come to their end when they are let."""

    tools: tuple[Tool, ...] = ()

    def __init__(self) -> None:
        self.may_end = asyncio.Event()
        self.given_up = 0

    async def call(self, name: str, arguments: str) -> ToolOutcome:
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        return ToolOutcome(f"{name} {arguments}", is_error=False)


async def test_what_comes_of_a_tool_is_told() -> None:
    told: asyncio.Queue[ToolAnswered] = asyncio.Queue()
    runner = Patient()
    runner.may_end.set()
    ToolTasks(runner, told.put_nowait).ask(RunTool("c", "clock", "{}"))
    outcome = Outcome(text="clock {}", is_error=False)
    assert await told.get() == ToolAnswered(call_id="c", outcome=outcome)


async def test_a_tool_that_there_is_not_is_an_error() -> None:
    told: asyncio.Queue[ToolAnswered] = asyncio.Queue()
    ToolTasks(NoTools(), told.put_nowait).ask(RunTool("c", "clock", "{}"))
    assert (await told.get()).outcome.is_error


async def test_too_many_at_once_are_refused_and_the_others_go_on() -> None:
    told: asyncio.Queue[ToolAnswered] = asyncio.Queue()
    runner = Patient()
    tasks = ToolTasks(runner, told.put_nowait)
    for number in range(10):
        tasks.ask(RunTool(str(number), "clock", "{}"))
    refused = [told.get_nowait().call_id for _ in range(told.qsize())]
    assert refused == ["8", "9"]
    runner.may_end.set()
    answered = {(await told.get()).call_id for _ in range(8)}
    assert answered == {str(number) for number in range(8)}


async def test_what_runs_when_the_session_ends_is_given_up() -> None:
    told: asyncio.Queue[ToolAnswered] = asyncio.Queue()
    runner = Patient()
    tasks = ToolTasks(runner, told.put_nowait)
    tasks.ask(RunTool("c", "clock", "{}"))
    await asyncio.sleep(0)
    await tasks.close()
    assert (runner.given_up, told.qsize()) == (1, 0)
