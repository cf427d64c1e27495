"""A child process: started, listened to, and never left behind."""

import asyncio
import os
import shutil
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress

from deploy.parts import Ended, Part
from shared.settings import variable

_TAIL_LINES = 20
_LONGEST_LINE_BYTES = 65_536
_LAST_WORDS_S = 1.0


async def run_child(
    part: Part,
    environment: Mapping[str, str],
    hear: Callable[[str, str], None],
    *,
    grace_s: float,
    forced: asyncio.Event,
) -> Ended:
    """Run until it ends; `hear` gets its name and each line it writes.

    If cancelled, asks it to end, and kills it after `grace_s` or as soon as `forced` is set.
    """
    started = time.monotonic()
    process = await _start(part, environment)
    tail: deque[str] = deque(maxlen=_TAIL_LINES)

    def keep(line: str) -> None:
        tail.append(line)
        hear(part.name, line)

    assert process.stdout
    listening = asyncio.create_task(_listen(process.stdout, keep))
    try:
        status = await process.wait()
    finally:
        await _end(process, grace_s, forced)
        await _drain(listening)
    return Ended(status=status, lived_s=time.monotonic() - started, tail=tuple(tail))


async def _start(part: Part, environment: Mapping[str, str]) -> asyncio.subprocess.Process:
    """In a process group of its own, so that Ctrl-C reaches us alone; killed when we are killed."""
    setpriv = shutil.which("setpriv")
    leash = (setpriv, "--pdeathsig", "KILL", "--") if setpriv else ()
    return await asyncio.create_subprocess_exec(
        *leash,
        *part.command,
        env={**environment, **_own(part), "PYTHONUNBUFFERED": "1"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        process_group=0,
    )


def _own(part: Part) -> dict[str, str]:
    """Variables for this part alone."""
    if not part.telemetry_port:
        return {}
    return {variable("TELEMETRY", "port"): str(part.telemetry_port)}


async def _listen(output: asyncio.StreamReader, keep: Callable[[str], None]) -> None:
    """Give each line to `keep` as it comes; an overlong one in pieces."""
    rest = b""
    while piece := await output.read(_LONGEST_LINE_BYTES):
        *whole, rest = (rest + piece).split(b"\n")
        if len(rest) >= _LONGEST_LINE_BYTES:
            whole, rest = [*whole, rest], b""
        for line in whole:
            keep(line.decode(errors="replace").rstrip())
    if rest:
        keep(rest.decode(errors="replace").rstrip())


async def _drain(listening: asyncio.Task[None]) -> None:
    """Hear the last words; somebody who inherited the pipe may keep it open for ever."""
    await asyncio.wait({listening}, timeout=_LAST_WORDS_S)
    listening.cancel()
    await asyncio.wait({listening})


async def _end(process: asyncio.subprocess.Process, grace_s: float, forced: asyncio.Event) -> None:
    """End the process, and whatever it has started, if it has not ended by itself."""
    if process.returncode is None:
        _signal(process, signal.SIGTERM)
        ended = asyncio.create_task(process.wait())
        hurry = asyncio.create_task(forced.wait())
        await asyncio.wait({ended, hurry}, timeout=grace_s, return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()
        _signal(process, signal.SIGKILL)
        await asyncio.wait({ended, hurry})
    else:
        _signal(process, signal.SIGKILL)


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
