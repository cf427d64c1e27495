"""One stream hop: publishing in one process → handler running in another.

python -m bench.hop [messages]
"""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Coroutine, Iterator, Sequence
from contextlib import aclosing, contextmanager
from typing import Any, TypeVar

from redis.asyncio import Redis

from bench.figures import Machine, head, line
from bench.redis_server import temporary_redis
from shared.broker import BusSettings
from shared.bus import connect
from shared.messages import AnyResult, ReplyEnded, UserTurn
from shared.process import loop_factory
from shared.streams import TURNS, replies
from shared.worker import Worker, WorkerSettings

T = TypeVar("T")


class Clock:
    """A handler that tells how old a message was when it ran, in microseconds."""

    concurrency = 4

    async def handle(
        self, job: UserTurn, published: Sequence[AnyResult] = ()
    ) -> AsyncGenerator[ReplyEnded, None]:
        age_s = time.monotonic() - float(job.text)  # one clock for all processes of a machine
        yield ReplyEnded(session=job.session, turn=job.turn, sentences=round(age_s * 1e6))


async def work(url: str) -> None:
    """The worker's process."""
    async with connect(BusSettings(url=url), str(os.getpid())) as bus:
        await Worker(bus, TURNS, Clock(), WorkerSettings()).run(asyncio.Event())


async def measure(url: str, count: int) -> list[float]:
    """Seconds from publishing to the handler, one message at a time."""
    hops: list[float] = []
    async with connect(BusSettings(url=url), "bench") as bus:
        while not (await bus.live_workers())["llm"]:
            await asyncio.sleep(0.05)
        async with aclosing(bus.observe(replies("bench"))) as answers:
            for turn in range(1, count + 1):
                text = repr(time.monotonic())
                message = UserTurn(
                    session="s", turn=turn, gateway="bench", deadline_s=9e9, text=text
                )
                await bus.submit(message, "bench")
                answer = await anext(answers)
                assert isinstance(answer, ReplyEnded)
                hops.append(answer.sentences / 1e6)
                await asyncio.sleep(0.001)
    return hops


async def read_raw(url: str) -> None:
    """The process at the other end of a bare hop: redis-py and nothing else."""
    redis = Redis.from_url(url, protocol=2, socket_timeout=None)
    while True:
        reply: Any = await redis.xreadgroup("g", "c", {"raw": ">"}, count=1, block=1000)
        for _, [(entry, fields)] in reply:
            age_s = time.monotonic() - float(fields[b"m"])
            await redis.xadd("ages", {"m": repr(age_s)})
            await redis.xack("raw", "g", entry)


async def measure_raw(url: str, count: int) -> list[float]:
    """The same hop with the bare commands, for comparison."""
    redis = Redis.from_url(url, protocol=2, socket_timeout=None)
    await redis.xgroup_create("raw", "g", id="0", mkstream=True)
    hops: list[float] = []
    last: str | bytes = "0-0"
    try:
        for _ in range(count):
            await redis.xadd("raw", {"m": repr(time.monotonic())})
            reply: Any = await redis.xread({"ages": last}, block=60_000)
            [(_, [(last, fields)])] = reply
            hops.append(float(fields[b"m"]))
            await asyncio.sleep(0.001)
    finally:
        await redis.aclose()
    return hops


@contextmanager
def other_process(role: str, url: str) -> Iterator[None]:
    """The process at the other end, while the block runs."""
    process = subprocess.Popen([sys.executable, "-m", "bench.hop", role, url])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result, on the event loop that our processes use."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(coroutine)


def main(count: int) -> None:
    """Print the distribution."""
    with temporary_redis() as redis:
        machine = Machine()
        with other_process("--worker", redis.url):
            hops = run(measure(redis.url, count))[count // 10 :]
        with other_process("--raw", redis.url):
            raw = run(measure_raw(redis.url, count))[count // 10 :]
    print(head(len(hops)))
    print(line("publish → handler", hops))
    print(line("bare XADD → XREADGROUP returns", raw))
    ratio = statistics.median(hops) / statistics.median(raw)
    print(f"  ours takes {ratio:.2f} times the bare hop, at the median")
    print(machine)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--raw"]:
        run(read_raw(sys.argv[2]))
    elif sys.argv[1:2] == ["--worker"]:
        run(work(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 2000)
