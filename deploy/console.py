"""What the person who started the system sees."""

import os
import re
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from deploy.parts import Part

_WARNING = re.compile(r'^[\d:]+ WARNING |"level": ?"WARNING"')
"""A line of our own logs, in either format; Redis warns on most machines."""


class Console:
    """Steps with the seconds since the start; then the logs of all processes, one line each."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._shows_logs = False

    def step(self, text: str) -> None:
        """Something was begun or done."""
        print(f"{time.monotonic() - self._started:6.1f} s  {text}", flush=True)

    def ready(
        self, url: str, parts: Sequence[Part], elsewhere: Sequence[str] = (), *, is_usual: bool
    ) -> None:
        """All are ready: say where, and what to try; clients find the usual URL by themselves.

        `elsewhere` are the URLs for other machines.
        """
        ports = [f"{part.name} :{part.telemetry_port}" for part in parts if part.telemetry_port]
        others = f"; from other machines at {', '.join(elsewhere)}" if elsewhere else ""
        self.step(f"ready at {url}{others}")
        program = _program()
        where = "" if is_usual else f" --url ws{url.removeprefix('http')}/v1/realtime"
        print(
            f'\n  Ask:   {program} ask --text "What is the capital of France?"{where}\n'
            f"  Speak: {program} ask question.wav --out answer.wav{where}\n"
            f"  Talk:  {program} talk{where}\n"
            f"  Look:  {url}/readyz and /metrics{''.join(f', {port}' for port in ports)}\n"
            "  Stop:  Ctrl-C\n",
            flush=True,
        )
        self._shows_logs = True

    def hear(self, name: str, line: str) -> None:
        """A process has written a line; while they load, all but warnings wait for a failure."""
        if self._shows_logs or _WARNING.search(line):
            print(f"{name:>8} | {line}", flush=True)


def _program() -> str:
    """Our command as it can be typed here."""
    if shutil.which("voicechat"):
        return "voicechat"
    return os.path.relpath(Path(sys.executable).with_name("voicechat"))
