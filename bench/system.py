"""The whole system as real processes, for benchmarks that load and tests that kill them."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from shared.broker import BusSettings
from shared.bus import connect

ROOT = Path(__file__).parents[1]
SCRIPTED = {
    "VOICECHAT_STT_ENGINE": "scripted",
    "VOICECHAT_STT_SPEECH_THRESHOLD": "0",
    "VOICECHAT_LLM_ENGINE": "scripted",
    "VOICECHAT_TTS_ENGINE": "tone",
}


class System:
    """A gateway and workers on one Redis, each a process of its own."""

    def __init__(self, redis_url: str, port: int, settings: Mapping[str, str], logs: Path) -> None:
        self.url = f"ws://127.0.0.1:{port}/v1/realtime"
        self._redis_url = redis_url
        self._logs = logs
        own = {"VOICECHAT_REDIS_URL": redis_url, "VOICECHAT_GATEWAY_PORT": str(port)}
        self._environment = {**os.environ, **own, **settings}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, module: str, name: str = "", settings: Mapping[str, str] | None = None) -> str:
        """Start `python -m module`; returns its name."""
        name = name or module
        with (self._logs / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", module],
                cwd=ROOT,
                env={**self._environment, **(settings or {})},
                stdout=log,
                stderr=log,
            )
        return name

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a process."""
        self._processes[name].send_signal(number)

    async def ended(self, name: str) -> int:
        """The exit status, once the process has ended."""
        return await asyncio.to_thread(self._processes[name].wait, 90)

    def web(self, path: str) -> str:
        """URL of a page of the gateway."""
        return self.url.replace("ws://", "http://").replace("/v1/realtime", path)

    def is_running(self, name: str) -> bool:
        """Whether the process lives."""
        return self._processes[name].poll() is None

    def memory_bytes(self, name: str) -> int:
        """What the process holds in memory now."""
        pages = Path(f"/proc/{self._processes[name].pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def log(self, name: str) -> str:
        """What the process has written."""
        return (self._logs / f"{name}.log").read_text()

    async def until_ready(self, **wanted: int) -> None:
        """Wait until each stage has at least so many workers, and the gateway answers."""
        async with asyncio.timeout(120), connect(BusSettings(url=self._redis_url)) as bus:
            while not all(
                count >= wanted.get(stage, 1) for stage, count in (await bus.live_workers()).items()
            ):
                await asyncio.sleep(0.05)
            while not await self._answers():
                await asyncio.sleep(0.05)

    async def _answers(self) -> bool:
        try:
            host, port = self.url.split("/")[2].split(":")
            _, writer = await asyncio.open_connection(host, int(port))
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    def stop(self) -> None:
        """End all that still runs."""
        for process in self._processes.values():
            process.kill()
        for process in self._processes.values():
            process.wait()


@asynccontextmanager
async def running(redis_url: str, port: int, logs: Path, **settings: str) -> AsyncIterator[System]:
    """A ready system of one process of each kind, with scripted engines unless set otherwise."""
    system = System(redis_url, port, SCRIPTED | settings, logs)
    try:
        for module in ("gateway", "stt_service", "llm_service", "tts_service"):
            system.start(module)
        await system.until_ready()
        yield system
    finally:
        system.stop()


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
