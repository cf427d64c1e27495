"""Records an example of every event of the Realtime protocol: `make examples` writes the page."""

import asyncio
import base64
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import msgspec
import numpy as np
from aiohttp import ClientSession, ClientWebSocketResponse, WSCloseCode, WSMsgType

from bench.redis_server import temporary_redis
from bench.system import ROOT, System, free_port, running
from shared.audio import WIRE_HZ, Pcm, read_sound, to_pcm16

PAGE = Path(__file__).parents[1] / "docs" / "examples.md"
SOUNDS = Path(__file__).parent / "audio"
_HEAD = """# The protocol, recorded

One example of every event of [the protocol](protocol.md), as it went over the wire:
`make examples` runs gateways with scripted engines, talks to them, and writes this page.
Sound in base64 is shortened.
"""
_LONGEST_TEXT = 120
"""Beyond it a text without spaces is sound."""
_SHOWN = 32
_STEP_S = 0.1
_PATIENCE_S = 30.0
_RAN = {"response.mcp_call.completed", "response.mcp_call.failed"}


class Tape:
    """The first message of each type, both ways."""

    def __init__(self) -> None:
        self.sent: dict[str, dict[str, Any]] = {}
        self.received: dict[str, dict[str, Any]] = {}

    def page(self) -> str:
        """The page of examples."""
        sections = {"From the client": self.sent, "From the server": self.received}
        return _HEAD + "".join(_section(title, kept) for title, kept in sections.items())


class Caller:
    """A client that is recorded."""

    def __init__(self, socket: ClientWebSocketResponse, tape: Tape) -> None:
        self._socket = socket
        self._tape = tape
        self.heard: list[dict[str, Any]] = []

    async def say(self, kind: str, **fields: object) -> None:
        """Send an event."""
        message = {"type": kind, **fields}
        self._tape.sent.setdefault(kind, message)
        await self._socket.send_str(msgspec.json.encode(message).decode())

    async def until(self, *kinds: str) -> dict[str, Any]:
        """The next event of one of these types."""
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                event = await self.hear()
                if event.get("type") in kinds:
                    return event

    async def hear(self) -> dict[str, Any]:
        """The next event; an empty one for a packet of sound."""
        message = await self._socket.receive()
        if message.type is WSMsgType.BINARY:
            return {}
        if message.type is not WSMsgType.TEXT:
            raise ConnectionError(f"the gateway has hung up: {message}")
        event: dict[str, Any] = msgspec.json.decode(message.data)
        self._tape.received.setdefault(event["type"], event)
        self.heard.append(event)
        return event

    async def configure(self, **session: object) -> None:
        """Set the session, and wait until that holds."""
        await self.say("session.update", session={"type": "realtime", **session})
        await self.until("session.updated")

    async def write(self, text: str) -> dict[str, Any]:
        """Type something; the item that it becomes."""
        content = [{"type": "input_text", "text": text}]
        item = {"type": "message", "role": "user", "content": content}
        await self.say("conversation.item.create", item=item)
        done: dict[str, Any] = (await self.until("conversation.item.done"))["item"]
        return done

    async def speak(self, sound: Pcm, *, is_live: bool = False) -> None:
        """Send sound, in real time if it is live."""
        step = round(WIRE_HZ * _STEP_S)
        for start in range(0, len(sound), step):
            piece = to_pcm16(sound[start : start + step]).tobytes()
            audio = base64.b64encode(piece).decode()
            await self.say("input_audio_buffer.append", audio=audio)
            await asyncio.sleep(_STEP_S if is_live else 0)


Scene = Callable[[Caller], Awaitable[None]]


# What is talked about


async def _push_to_talk(caller: Caller) -> None:
    output = {"marks": True}
    await caller.configure(audio={"input": {"turn_detection": None}, "output": output})
    await caller.speak(_question())
    await caller.say("input_audio_buffer.commit")
    await caller.say("response.create")
    item = (await caller.until("response.output_item.added"))["item"]["id"]
    await caller.until("response.output_audio.delta")
    await caller.say("output_audio_buffer.played", item_id=item, audio_end_ms=250)
    await caller.until("response.done")


async def _write(caller: Caller) -> None:
    await caller.configure(output_modalities=["text"])
    item = (await caller.write("What is the capital of France?"))["id"]
    await caller.say("response.create", response={"instructions": "Answer in one sentence."})
    await caller.until("response.done")
    await caller.say("conversation.item.retrieve", item_id=item)
    await caller.until("conversation.item.retrieved")
    await caller.say("conversation.item.delete", item_id=item)
    await caller.until("conversation.item.deleted")
    await caller.say("conversation.item.delete", item_id=item, event_id="mine_1")
    await caller.until("error")


async def _stop(caller: Caller) -> None:
    await caller.configure(audio={"input": {"turn_detection": None}})
    await caller.write("Tell me more.")
    await _interrupt(caller, "output_audio_buffer.clear")
    item = await _interrupt(caller, "response.cancel")
    await caller.say("conversation.item.truncate", item_id=item, content_index=0, audio_end_ms=10)
    await caller.until("conversation.item.truncated")
    await caller.speak(_question())
    await caller.say("input_audio_buffer.clear")
    await caller.until("input_audio_buffer.cleared")


async def _interrupt(caller: Caller, kind: str) -> str:
    """Stop a reply so; its item."""
    await caller.say("response.create")
    item: str = (await caller.until("response.output_item.added"))["item"]["id"]
    await caller.until("response.output_audio.delta")
    await caller.say(kind)
    await caller.until("response.done")
    return item


async def _talk(caller: Caller) -> None:
    """Hands-free: a question, and silence behind its answer until the assistant speaks up."""
    detection = {"type": "server_vad", "idle_timeout_ms": 5000}
    await caller.configure(audio={"input": {"turn_detection": detection}})
    silence = asyncio.create_task(_silence_behind(caller, _question()))
    try:
        await caller.until("input_audio_buffer.timeout_triggered")
    finally:
        silence.cancel()
        await asyncio.wait([silence])


async def _agree(caller: Caller) -> None:
    """Hands-free: a word of agreement over a reply holds it, and does not end it."""
    await caller.write("Tell me more.")
    await caller.say("response.create")
    await caller.until("response.output_audio.delta")
    speaking = asyncio.create_task(_silence_behind(caller, _sound("yes.wav")))
    try:
        await caller.until("output_audio_buffer.resumed")
    finally:
        speaking.cancel()
        await asyncio.wait([speaking])


async def _mumble(caller: Caller) -> None:
    """Nobody can transcribe it: no recogniser is there."""
    await caller.configure(audio={"input": {"turn_detection": None}})
    await caller.speak(_question())
    await caller.say("input_audio_buffer.commit")
    await caller.until("conversation.item.input_audio_transcription.failed")


async def _call(caller: Caller) -> None:
    """A function of the client's, then a tool of the gateway's."""
    weather = {
        "type": "function",
        "name": "weather",
        "description": "The weather in a city.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    }
    await caller.configure(output_modalities=["text"], tools=[weather])
    while not {event["type"] for event in caller.heard} >= _RAN:
        await asyncio.sleep(_STEP_S)  # the server of the tools takes its time to start
        await caller.write("How is the weather?")
        await caller.say("response.create")
        await caller.until("response.done")
        await _put_out(caller)


async def _put_out(caller: Caller) -> None:
    done = caller.heard[-1]["response"]
    calls = [item for item in done["output"] if item["type"] == "function_call"]
    for call in calls:
        output = {"type": "function_call_output", "call_id": call["call_id"], "output": "sunny"}
        await caller.say("conversation.item.create", item=output)
    if calls:
        await caller.say("response.create")
        await caller.until("response.done")


async def _silence_behind(caller: Caller, sound: Pcm) -> None:
    await caller.speak(sound, is_live=True)
    while True:
        await caller.speak(np.zeros(WIRE_HZ // 10, np.float32), is_live=True)


def _question() -> Pcm:
    return _sound("capital-of-france.wav")


def _sound(name: str) -> Pcm:
    return read_sound(SOUNDS / name, WIRE_HZ)


# Where it is talked about


_LONG = "This reply is long enough to be stopped in its midst. " * 4
_TOOLS = """
[notes]
command = "{python}"
args = ["-m", "examples.document_search", "{folder}"]
cwd = "{root}"
"""


async def _record(tape: Tape, folder: Path) -> None:
    async with _gateway(folder, VOICECHAT_LLM_SCRIPTED_REPLY="Paris is.") as system:
        for scene in (_push_to_talk, _write, _talk):
            await _play(system, tape, scene)
        await _resume(system, tape)
    patient = {"VOICECHAT_STT_SCRIPTED_TEXT": "Mhm.", "VOICECHAT_LLM_SCRIPTED_REPLY": _LONG}
    async with _gateway(folder, **patient) as system:
        await _play(system, tape, _stop)
        await _play(system, tape, _agree)
    broken = {"VOICECHAT_GATEWAY_TURN_TIMEOUT_S": "0.5", "VOICECHAT_STT_SCRIPTED_DELAY_S": "9"}
    async with _gateway(folder, **broken) as system:
        await _play(system, tape, _mumble)
    async with _gateway(folder, **_with_tools(folder)) as system:
        await _play(system, tape, _call)


def _with_tools(folder: Path) -> dict[str, str]:
    notes, tools = folder / "notes", folder / "tools.toml"
    notes.mkdir()
    (notes / "house.md").write_text("# The boiler\n\nThe boiler is in the cellar.\n")
    tools.write_text(_TOOLS.format(python=sys.executable, folder=notes, root=ROOT))
    found, wrong = 'search_documents {"words": "boiler"}', "search_documents {}"
    calls = f'weather {{"city": "Paris"}}\n{found}\n{wrong}'
    return {
        "VOICECHAT_GATEWAY_TOOLS_FILE": str(tools),
        "VOICECHAT_LLM_SCRIPTED_CALLS": calls,
        "VOICECHAT_LLM_SCRIPTED_REPLY": "It is {output}.",
    }


@asynccontextmanager
async def _gateway(folder: Path, **settings: str) -> AsyncIterator[System]:
    """A system of its own."""
    with temporary_redis() as redis:
        async with running(redis.url, free_port(), Path(mkdtemp(dir=folder)), **settings) as system:
            yield system


async def _play(system: System, tape: Tape, scene: Scene) -> None:
    async with ClientSession() as web, web.ws_connect(system.url) as socket:
        caller = Caller(socket, tape)
        await caller.until("session.created")
        await scene(caller)


async def _resume(system: System, tape: Tape) -> None:
    """A session that loses its connection, and goes on."""
    async with ClientSession() as web:
        async with web.ws_connect(f"{system.url}?resumable=true") as socket:
            caller = Caller(socket, tape)
            way_back = await caller.until("session.resumable")
            await caller.until("session.created")
            await caller.say("session.acknowledge", received=1)
            await caller.configure(output_modalities=["text"])
            await caller.write("What is the capital of France?")
            await caller.until("session.acknowledged")
            await socket.close(code=WSCloseCode.GOING_AWAY)
        session, secret = way_back["session_id"], way_back["secret"]
        async with web.ws_connect(f"{system.url}?session={session}") as socket:
            caller = Caller(socket, tape)
            await caller.say("session.resume", secret=secret, received=2)
            await caller.until("session.resumed")


# The page


def _section(title: str, kept: Mapping[str, dict[str, Any]]) -> str:
    return f"\n## {title}\n" + "".join(_example(*entry) for entry in sorted(kept.items()))


def _example(kind: str, message: dict[str, Any]) -> str:
    text = msgspec.json.format(msgspec.json.encode(_shortened(message)), indent=2).decode()
    return f"\n### `{kind}`\n\n```json\n{text}\n```\n"


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shortened(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_shortened(part) for part in value]
    is_long = isinstance(value, str) and len(value) > _LONGEST_TEXT and " " not in value
    return f"{value[:_SHOWN]}…" if is_long else value


def main() -> None:
    """Write the page."""
    tape = Tape()
    with TemporaryDirectory() as folder:
        asyncio.run(_record(tape, Path(folder)))
    PAGE.write_text(tape.page())


if __name__ == "__main__":
    main()
