"""A conversation with a gateway through OpenAI's own JavaScript library, as it is, under Node."""

import asyncio
import base64
import json
import os
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from javascript_library import LIBRARY, install
from official_events import OUR_EVENTS

from shared.audio import WIRE_HZ, Pcm, to_pcm16

PATIENCE_S = 60.0
_QUIET = {"NODE_NO_WARNINGS": "1", "OPENAI_AGENTS_DISABLE_TRACING": "1"}
_LONGEST_LINE = 2**22


class JavascriptClient:
    """What the library is told to do, and what it tells; all of that is kept."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.heard: list[dict[str, Any]] = []

    async def do(self, name: str, **fields: object) -> None:
        """Have the library do something; see tests/sdk_js/talk.mjs."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": name, **fields}).encode() + b"\n")
        await self._process.stdin.drain()

    async def until(self, told: str, **fields: object) -> dict[str, Any]:
        """The next thing of a kind that the library tells, with these fields."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while line := await self._process.stdout.readline():
                thing: dict[str, Any] = json.loads(line)
                self.heard.append(thing)
                if thing["told"] == told and fields.items() <= thing.items():
                    return thing
        raise AssertionError("the library has ended")

    async def until_history(self, *said: tuple[str, str]) -> list[dict[str, Any]]:
        """The history once it says this: of each item the role, and the beginning of its text."""
        while True:
            history: list[dict[str, Any]] = (await self.until("history"))["history"]
            texts = [(item["role"], _text(item)) for item in history if item["type"] == "message"]
            if len(texts) == len(said) and all(
                role == who and text.startswith(begin)
                for (who, begin), (role, text) in zip(said, texts, strict=True)
            ):
                return history

    async def speak_on(self, *sounds: Pcm) -> None:
        """Say this in real time, then be silent, without end."""
        sound = np.concatenate((*sounds, np.zeros(0, np.float32)))
        step = WIRE_HZ // 10
        while True:
            piece, sound = sound[:step], sound[step:]
            pcm = np.concatenate((piece, np.zeros(step - len(piece), np.float32)))
            await self.do("audio", audio=base64.b64encode(to_pcm16(pcm).tobytes()).decode())
            await asyncio.sleep(0.1)

    def events(self) -> list[str]:
        """The types of the server's messages, as far as the library told."""
        return [thing["type"] for thing in self.heard if thing["told"] == "event"]

    def errors(self) -> list[object]:
        """What the library took for an error, and events that its schemas refused."""
        refused = [thing["type"] for thing in self.heard if thing["told"] == "refused"]
        wrong = [thing["error"] for thing in self.heard if thing["told"] == "error"]
        return wrong + [kind for kind in refused if kind not in OUR_EVENTS]


def _text(item: dict[str, Any]) -> str:
    return "".join(part.get("text") or part.get("transcript") or "" for part in item["content"])


@asynccontextmanager
async def javascript_client(
    port: int, tools: Mapping[str, str] | None = None, **config: Any
) -> AsyncIterator[JavascriptClient]:
    """A session of the library's, with this configuration; it must not complain on stderr.

    `tools`: what each function puts out that the library runs.
    """
    install()
    process = await asyncio.create_subprocess_exec(
        *("node", "talk.mjs", f"ws://127.0.0.1:{port}/v1/realtime?model=voicechat"),
        json.dumps(config),
        json.dumps(tools or {}),
        cwd=LIBRARY,
        env={**os.environ, **_QUIET},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        limit=_LONGEST_LINE,
    )
    try:
        client = JavascriptClient(process)
        await client.until("connected")
        yield client
        await client.do("close")
        if process.stdin is not None:
            process.stdin.close()
        _, complaints = await asyncio.wait_for(process.communicate(), PATIENCE_S)
        assert complaints.decode() == ""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
