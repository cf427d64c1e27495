"""Many people speaking at once to one gateway on one core, voice detection on for all.

Handling of a packet: it arrives in the gateway, is taken in, and the window of sound that it
completes has been judged. Arriving is half of the round trip of a WebSocket ping, the rest is the
gateway's own histogram, so its figures are known only as well as the buckets are narrow.

python -m bench.sessions [sessions] [seconds]
"""

import asyncio
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from itertools import cycle, pairwise
from pathlib import Path

import aiohttp
import msgspec

from bench.figures import Machine, head, line
from bench.hop import run
from bench.redis_server import temporary_redis
from bench.system import SCRIPTED, System, free_port
from client.sound import read_question
from shared.audio import PACKET_S

SOUND = Path(__file__).parents[1] / "tests" / "audio" / "long-story.wav"
WARM_UP_S = 5.0
PING_S = 0.1
CONFIGURE = {
    "type": "session.update",
    "session": {
        "type": "realtime",
        "audio": {
            "input": {
                "format": {"type": "audio/opus"},
                "turn_detection": {"type": "server_vad", "create_response": False},
            }
        },
    },
}
BUCKET = re.compile(r'^voicechat_gateway_vad_seconds_bucket\{le="(.+)"\} (.+)$', re.MULTILINE)
CPU = re.compile(r"^process_cpu_seconds_total (.+)$", re.MULTILINE)

Socket = aiohttp.ClientWebSocketResponse


class Reading(msgspec.Struct, frozen=True):
    """What a gateway's /metrics say at a moment."""

    at: float
    cpu_s: float
    buckets: dict[float, float]
    """Upper bound in seconds to how many windows took no longer, since the gateway's start."""


class Load:
    """People who speak without end, each a packet every 20 ms, evenly spread."""

    def __init__(self, sockets: Sequence[Socket]) -> None:
        self._sockets = sockets
        self.late: list[float] = []
        """Seconds by which packets left after their time: the load's own failing."""

    async def speak(self, packets: Sequence[bytes]) -> None:
        """Until cancelled."""
        clock = asyncio.get_running_loop().time
        due, step = clock(), PACKET_S / len(self._sockets)
        for packet in cycle(packets):
            for socket in self._sockets:
                due += step
                if (early_s := due - clock()) > 0.001:
                    await asyncio.sleep(early_s)
                self.late.append(max(0.0, clock() - due))
                await socket.send_bytes(packet)


async def listen(socket: Socket) -> None:
    """Read what the gateway says; raises RuntimeError if it refuses the session's wishes."""
    async for message in socket:
        if message.type is not aiohttp.WSMsgType.TEXT:
            continue
        event = msgspec.json.decode(message.data)
        if event["type"] == "error" and event["error"].get("param"):
            raise RuntimeError(f"the gateway refuses the session: {event['error']['message']}")


async def ping(socket: Socket, round_trips: list[float]) -> None:
    """Measure round trips until cancelled; the socket must not answer pings by itself."""
    while True:
        start = time.perf_counter()
        await socket.ping()
        while (message := await socket.receive()).type is not aiohttp.WSMsgType.PONG:
            if message.type is aiohttp.WSMsgType.PING:
                await socket.pong(message.data)
        round_trips.append(time.perf_counter() - start)
        await asyncio.sleep(PING_S)


async def read(http: aiohttp.ClientSession, system: System) -> Reading:
    """The gateway's metrics now."""
    async with http.get(system.web("/metrics")) as answer:
        text = await answer.text()
    buckets = {float(bound): float(count) for bound, count in BUCKET.findall(text)}
    [cpu_s] = CPU.findall(text)
    return Reading(at=time.perf_counter(), cpu_s=float(cpu_s), buckets=buckets)


def quantile(buckets: dict[float, float], share: float) -> float:
    """Seconds within which this share was done, on a straight line through its bucket."""
    wanted = share * max(buckets.values())
    for (low, before), (high, count) in pairwise([(0.0, 0.0), *sorted(buckets.items())]):
        if count >= wanted and count > before:
            return low + (high - low) * (wanted - before) / (count - before)
    return 0.0


@asynccontextmanager
async def system_on_one_core(redis_url: str, folder: Path, sessions: int) -> AsyncIterator[System]:
    """A gateway alone on the first core, and scripted workers on the others, as are we."""
    first, *others = sorted(os.sched_getaffinity(0))
    limits = ("MOST_SESSIONS", "SESSIONS_PER_ADDRESS", "MESSAGES_PER_S", "AUDIO_S_PER_MINUTE")
    settings = SCRIPTED | {f"VOICECHAT_GATEWAY_{name}": str(100 * sessions) for name in limits}
    system = System(redis_url, free_port(), settings, folder)
    try:
        with on_cores([first]):
            system.start("gateway")
        with on_cores(others or [first]):
            for module in ("stt_service", "llm_service", "tts_service"):
                system.start(module)
            await system.until_ready()
            yield system
    finally:
        system.stop()


@contextmanager
def on_cores(cores: Sequence[int]) -> Iterator[None]:
    """Run, and start processes, on these cores alone."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


async def measure(system: System, sessions: int, seconds: float) -> None:
    """Load the gateway and print what it made of it."""
    packets, round_trips = read_question(SOUND), list[float]()
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=no_limit()))
        opened = [http.ws_connect(system.url) for _ in range(sessions)]
        sockets = [await stack.enter_async_context(socket) for socket in opened]
        pinged = await stack.enter_async_context(http.ws_connect(system.url, autoping=False))
        load = Load(sockets)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(listen(socket)) for socket in sockets]
            for socket in sockets:
                await socket.send_json(CONFIGURE)
            tasks += [group.create_task(load.speak(packets))]
            await asyncio.sleep(WARM_UP_S)
            load.late.clear()
            tasks += [group.create_task(ping(pinged, round_trips))]
            before, own_s = await read(http, system), time.process_time()
            await asyncio.sleep(seconds)
            after, own_s = await read(http, system), time.process_time() - own_s
            for task in tasks:
                task.cancel()
    report(before, after, sessions)
    print(f"  the load used {100 * own_s / seconds:.0f} % of its own core")
    print(head(len(round_trips)))
    print(line("ping → pong", round_trips))
    print(line("the load's own lateness", load.late))


def no_limit() -> aiohttp.TCPConnector:
    """As many connections as there are sessions."""
    return aiohttp.TCPConnector(limit=0)


def report(before: Reading, after: Reading, sessions: int) -> None:
    """Print the distribution between two readings."""
    took = {bound: count - before.buckets[bound] for bound, count in after.buckets.items()}
    seconds = after.at - before.at
    judged = max(took.values(), default=0)
    if not judged:
        raise RuntimeError("the gateway has judged no sound: is turn detection on?")
    figures = "".join(f"{1000 * quantile(took, share):10.2f}" for share in (0.5, 0.99, 1))
    print(f"  {'milliseconds':<44}{'p50':>10}{'p99':>10}{'max':>10}")
    print(f"  {'packet taken in → its window judged':<44}{figures}")
    print(f"  {judged / seconds:.0f} such packets in a second", end="; ")
    used, packet_us = (after.cpu_s - before.cpu_s) / seconds, 1e6 * PACKET_S / sessions
    print(f"the gateway used {100 * used:.0f} % of its core", end=", ")
    print(f"{packet_us * used:.0f} µs for each packet of 20 ms")


async def main(sessions: int, seconds: float) -> None:
    """Print the figures."""
    with temporary_redis() as redis:
        machine = Machine()
        async with system_on_one_core(redis.url, redis.folder, sessions) as system:
            print(f"{sessions} sessions for {seconds:g} s")
            await measure(system, sessions, seconds)
    print(machine)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    run(
        main(
            int(arguments[0]) if arguments else 200,
            float(arguments[1]) if arguments[1:] else 30.0,
        )
    )
