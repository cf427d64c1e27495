"""Clients that send hostile messages, and keep account of what they are told about each."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from random import Random
from typing import Any

import msgspec
from aiohttp import ClientWebSocketResponse, WSMsgType

from gateway.notices import Problem
from gateway.ogg import read_ogg
from gateway.protocols.port import Heard, Sound, SpokenItem
from gateway.protocols.realtime import Realtime
from gateway.protocols.voicechat2 import VoiceChat2
from gateway.settings import GatewaySettings
from shared.audio import packet_seconds
from shared.errors import AudioError

MOST_BYTES = 20_000
"""What a message may have, so that larger ones cost little."""
RULES = GatewaySettings(most_message_bytes=MOST_BYTES)
PATIENCE_S = 60.0
_BETWEEN_FENCES = 40
_DEPENDS = ("item_not_found", "response_cancel_not_active")
"""Whether an item or a reply is there, only the gateway knows."""

Fault = tuple[str, str]
"""Event id and code of an error; no id if the message had none."""


class RealtimeStranger:
    """Speaks Realtime; what is wrong with a message is judged by the protocol's own pure rules."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.received: list[str | bytes] = []
        self.sent = 0
        self._rules: Realtime | None = None
        self._due: Counter[Fault] = Counter()
        """Errors that have to come."""
        self._free: Counter[str] = Counter()
        """Event ids of messages that may be refused, as things stand in the session."""
        self._told: Counter[Fault] = Counter()
        self._fences = 0

    async def greet(self) -> None:
        """Learn the session's id, of which those of its items are made."""
        created = await self._until(lambda event: event["type"] == "session.created")
        self._rules = Realtime(created["session"]["id"], "voicechat", RULES)

    async def send(self, messages: Iterable[str | bytes]) -> None:
        """Send them, and hear what is said about them."""
        for message in messages:
            self._expect(message)
            await self._send(message)
            if self.sent % _BETWEEN_FENCES == 0:
                await self._fence()
        await self._fence()

    def check(self) -> None:
        """Exactly one error has come for each bad message, and none for the others but refusals."""
        told, due = Counter(self._told), Counter(self._due)
        assert due.total() > self.sent / 3, "most of it was not bad at all"
        missing = due - told
        assert not missing, f"no error for {missing}"
        surplus: Counter[str] = Counter()
        for (event_id, _), count in (told - due).items():
            surplus[event_id] += count
        assert not surplus - self._free, f"too many errors: {told - due}"

    def _expect(self, message: str | bytes) -> None:
        assert self._rules is not None
        if isinstance(message, str) and len(message) > MOST_BYTES:
            self._due["", "message_too_large"] += 1
            return
        before = self._rules.input_format
        heard = (
            self._rules.read(message)
            if isinstance(message, str)
            else self._rules.read_binary(message)
        )
        for event in heard:
            self._judge(event, before)

    def _judge(self, heard: Heard, input_format: str) -> None:
        match heard:
            case Problem(code=code, event_id=event_id) if code not in _DEPENDS:
                self._due[event_id, code] += 1
            case Problem(event_id=event_id):
                self._free[event_id] += 1
            case Sound(content=content, event_id=event_id) if is_broken(content, input_format):
                self._due[event_id, "invalid_audio"] += 1
            case SpokenItem():
                self._free[heard.item.event_id] += 1
            case _:
                self._free[getattr(heard, "event_id", "")] += 1

    async def _send(self, message: str | bytes) -> None:
        self.sent += 1
        if isinstance(message, str):
            await self.socket.send_str(message)
        else:
            await self.socket.send_bytes(message)

    async def _fence(self) -> None:
        """A message whose error is told after those of all before it."""
        self._fences += 1
        name = f"fence_{self._fences}"
        fence = msgspec.json.encode({"type": "fence", "event_id": name}).decode()
        self._expect(fence)
        await self._send(fence)
        await self._until(lambda event: (event.get("error") or {}).get("event_id") == name)

    async def _until(self, is_it: Any) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = await self.socket.receive()
                assert message.type in (WSMsgType.TEXT, WSMsgType.BINARY), message
                self.received.append(message.data)
                if message.type is WSMsgType.BINARY:
                    continue
                event: dict[str, Any] = msgspec.json.decode(message.data)
                self._note(event)
                if is_it(event):
                    return event

    def _note(self, event: dict[str, Any]) -> None:
        if event["type"] == "error" and event["error"]["type"] == "invalid_request_error":
            self._told[event["error"]["event_id"] or "", event["error"]["code"]] += 1


class PageStranger:
    """Speaks voicechat2's protocol, and never says anything that could be answered."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.received: list[str | bytes] = []
        self.sent = 0
        self._rules = VoiceChat2(RULES)
        self._due = 0

    async def send(self, messages: Iterable[str | bytes]) -> None:
        """Send texts and recordings, the latter with their end."""
        for message in messages:
            if isinstance(message, bytes):
                await self._record(message)
            else:
                await self._say(message)
            if self.sent % _BETWEEN_FENCES == 0:
                await self._fence()
        await self._fence()

    def check(self) -> None:
        """An error has come for each bad message."""
        kinds = [msgspec.json.decode(text)["type"] for text in self.received]
        assert set(kinds) <= {"pong", "error", "processing_complete"}
        assert kinds.count("error") == kinds.count("processing_complete") == self._due

    async def _say(self, text: str) -> None:
        heard = self._rules.read(text)
        self._due += len(text) > MOST_BYTES or any(isinstance(event, Problem) for event in heard)
        self.sent += 1
        await self.socket.send_str(text)

    async def _record(self, recording: bytes) -> None:
        if not is_broken(recording, "audio/ogg"):
            return
        self._due += 1
        self.sent += 2
        await self.socket.send_bytes(recording)
        await self.socket.send_str('{"action":"stop_recording"}')

    async def _fence(self) -> None:
        await self._say('{"type":"ping"}')
        async with asyncio.timeout(PATIENCE_S):
            while not self.received or self.received[-1] != '{"type":"pong"}':
                message = await self.socket.receive()
                assert message.type is WSMsgType.TEXT, message
                self.received.append(message.data)
        self.received[-1] = '{"type":"pong" }'


def is_broken(sound: bytes, sound_format: str) -> bool:
    """Whether this is not what the format says."""
    try:
        if sound_format == "audio/opus":
            packet_seconds(sound)
        if sound_format == "audio/ogg":
            return len(sound) > MOST_BYTES or not list(read_ogg(sound))
    except AudioError:
        return True
    return sound_format == "audio/pcm" and len(sound) % 2 == 1


def broken_recordings(good: bytes, seed: int, count: int) -> list[bytes]:
    """A recording, with something done to it."""
    chance, found = Random(seed), []
    for _ in range(count):
        spoilt = bytearray(good)
        match chance.randrange(4):
            case 0:
                spoilt[chance.randrange(len(good))] ^= chance.randrange(1, 256)
            case 1:
                del spoilt[chance.randrange(len(good)) :]
            case 2:
                spoilt = bytearray(chance.randbytes(chance.randrange(200)))
            case _:
                spoilt += chance.randbytes(chance.choice((1, MOST_BYTES)))
        found.append(bytes(spoilt))
    return found
