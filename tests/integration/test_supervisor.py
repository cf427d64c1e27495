"""The local runner's care for real child processes."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from deploy.child import run_child
from deploy.console import Console
from deploy.parts import GiveUp, Part
from deploy.supervisor import Supervisor

ENVIRONMENT = {"PATH": os.environ["PATH"]}


def part(program: str) -> Part:
    return Part("child", (sys.executable, "-c", program))


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(90):
        while not condition():
            await asyncio.sleep(0.01)


async def supervise(program: str, stop_when: Callable[[], bool] = lambda: False) -> GiveUp | None:
    supervisor = Supervisor(Console(), grace_s=20)

    async def life() -> None:
        async with supervisor.running([part(program)], ENVIRONMENT):
            await until(stop_when)
            supervisor.stop()
            await asyncio.Event().wait()

    return await supervisor.run(life())


async def test_what_a_child_writes_is_heard_line_by_line_and_kept() -> None:
    heard: list[str] = []
    program = "import sys; print('one'); print('two', file=sys.stderr); print('x' * 200_000)"
    ended = await run_child(
        part(program),
        ENVIRONMENT,
        lambda _, line: heard.append(line),
        grace_s=1,
        forced=asyncio.Event(),
    )
    assert ended.status == 0
    assert heard[:2] == ["one", "two"]
    assert sum(map(len, heard[2:])) == 200_000
    assert ended.tail == tuple(heard)


async def test_an_error_of_the_user_ends_the_whole() -> None:
    failure = await supervise("import sys; sys.exit('error: no model') if 0 else sys.exit(2)")
    assert failure == GiveUp("child: it did not say why", 2)


async def test_a_child_that_cannot_start_is_given_up_after_some_tries(tmp_path: Path) -> None:
    count = tmp_path / "count"
    failure = await supervise(f"open({str(count)!r}, 'a').write('x'); raise SystemExit('broken')")
    assert failure is not None
    assert failure.status == 1
    assert "broken" in failure.reason
    assert count.read_text() == "xxx"


async def test_a_killed_child_is_started_again(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    program = (
        "import os, signal, sys, time\n"
        f"print(os.getpid(), file=open({str(pids)!r}, 'a'), flush=True)\n"
        "time.sleep(60)"
    )
    killed: set[str] = set()

    def kill_the_first() -> bool:
        born = pids.read_text().split() if pids.exists() else []
        if born and not killed:
            os.kill(int(born[0]), signal.SIGKILL)
            killed.add(born[0])
        return len(born) == 2

    assert await supervise(program, kill_the_first) is None
    assert not any(is_alive(int(pid)) for pid in pids.read_text().split())


async def test_a_child_may_finish_its_work_when_all_is_stopped(tmp_path: Path) -> None:
    started, finished = tmp_path / "started", tmp_path / "finished"
    program = (
        "import pathlib, signal, time\n"
        f"def end(*_): time.sleep(0.2); pathlib.Path({str(finished)!r}).touch(); raise SystemExit\n"
        "signal.signal(signal.SIGTERM, end)\n"
        f"pathlib.Path({str(started)!r}).touch()\n"
        "time.sleep(60)"
    )
    assert await supervise(program, started.exists) is None
    assert finished.exists()


async def test_a_second_wish_to_stop_does_not_wait_for_a_child_that_will_not(
    tmp_path: Path,
) -> None:
    started = tmp_path / "started"
    program = (
        "import pathlib, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"pathlib.Path({str(started)!r}).touch()\n"
        "time.sleep(600)"
    )
    supervisor = Supervisor(Console(), grace_s=600)

    async def life() -> None:
        async with supervisor.running([part(program)], ENVIRONMENT):
            await asyncio.Event().wait()

    running = asyncio.create_task(supervisor.run(life()))
    await until(started.exists)
    supervisor.stop()
    supervisor.stop()
    async with asyncio.timeout(90):
        assert await running is None


async def test_a_worker_that_is_refused_after_all_stood_is_started_again(tmp_path: Path) -> None:
    count = tmp_path / "count"
    program = f"open({str(count)!r}, 'a').write('x'); raise SystemExit(2)"
    supervisor = Supervisor(Console(), grace_s=20)

    async def life() -> None:
        supervisor.all_stand()
        async with supervisor.running([part(program)], ENVIRONMENT):
            await until(lambda: count.exists() and count.read_text() == "xx")
            supervisor.stop()
            await asyncio.Event().wait()

    assert await supervisor.run(life()) is None
