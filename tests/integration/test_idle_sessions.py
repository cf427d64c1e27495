"""Clients who say nothing: sessions are closed, and silence is broken by the assistant."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import pytest_asyncio
from aiohttp import ClientSession, ClientWebSocketResponse, WSCloseCode, WSMessage, WSMsgType

from bench.redis_server import temporary_redis
from bench.system import System, running
from bench.system import free_port as find_free_port
from client.connection import connect
from shared.audio import PACKET_S, WIRE_HZ, OpusEncoder
from shared.errors import VoiceChatError

pytestmark = pytest.mark.timeout(300)

IDLE_S = 2.0
"""Long enough for a shared machine that stalls now and then for a second."""
SLACK_S = 3.0
"""The gateway looks for idle clients now and then."""
PATIENCE_S = 60.0
WORD_S = 0.25
REPLY = "Here are some words that nobody answers and that take a while to be said aloud."
REPLY_S = len(REPLY.split()) * WORD_S
SETTINGS = {
    "VOICECHAT_GATEWAY_IDLE_CLOSE_S": f"{IDLE_S}",
    "VOICECHAT_LLM_SCRIPTED_REPLY": REPLY,
    "VOICECHAT_TTS_TONE_WORD_S": f"{WORD_S}",
}
REASON = "nothing was heard for 2 s"
OPUS = {"type": "audio/opus"}
TRIGGERED = "input_audio_buffer.timeout_triggered"
DONE = "response.done"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    logs = tmp_path_factory.mktemp("logs")
    with temporary_redis() as redis:
        async with running(redis.url, find_free_port(), logs, **SETTINGS) as it:
            yield it


class Client:
    """Says only what it is told to say."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._clock = asyncio.get_running_loop().time
        self._opened_at = self._clock()
        self.sent_at = self.sound_at = self._opened_at
        """When something was sent last, and when the first sound came, on the loop's clock."""
        self.told: list[dict[str, Any]] = []
        self.sound_s = 0.0
        """Seconds of the sound that has come."""

    async def say(self, kind: str, **fields: object) -> None:
        self.sent_at = self._clock()
        await self._socket.send_str(msgspec.json.encode({"type": kind, **fields}).decode())

    async def configure(self, **turn_detection: object) -> None:
        sound = {"input": {"format": OPUS, "turn_detection": turn_detection or None}}
        audio = sound | {"output": {"format": OPUS}}
        await self.say("session.update", session={"type": "realtime", "audio": audio})
        await self.until("session.updated")

    async def ask(self) -> None:
        """Type something, and wish for a reply."""
        content = [{"type": "input_text", "text": "Hello!"}]
        item = {"type": "message", "role": "user", "content": content}
        await self.say("conversation.item.create", item=item)
        await self.say("response.create")

    async def send_silence(self) -> None:
        """In real time and without an end."""
        encoder, start, count = OpusEncoder(), self._clock(), 0
        while True:
            count += 1
            await asyncio.sleep(start + count * PACKET_S - self._clock())
            for packet in encoder.encode(np.zeros(round(PACKET_S * WIRE_HZ), np.float32)):
                await self._socket.send_bytes(packet)

    async def until(self, kind: str) -> None:
        """Wait until it is told."""
        while (message := await self._receive(kind)).type is not WSMsgType.CLOSE:
            if self._take(message) == kind:
                return
        pytest.fail(f"closed ({message.data}, {message.extra!r}) before {kind}: {self.kinds()}")

    async def closed(self) -> tuple[float, int, str]:
        """When it is closed, on the loop's clock, the code, and the reason."""
        while (message := await self._receive("the end")).type is not WSMsgType.CLOSE:
            self._take(message)
        return self._clock(), message.data, message.extra or ""

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.told]

    async def _receive(self, what: str) -> WSMessage:
        try:
            message = await self._socket.receive(PATIENCE_S)
        except TimeoutError:
            pytest.fail(f"{PATIENCE_S} s without a message, and no {what}: {self.kinds()}")
        assert message.type in (WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CLOSE), message
        return message

    def _take(self, message: WSMessage) -> str:
        if message.type is WSMsgType.BINARY:
            self.sound_at = self.sound_at if self.sound_s else self._clock()
            self.sound_s += PACKET_S
            return "sound"
        self.told.append(msgspec.json.decode(message.data))
        return self.kinds()[-1]


@asynccontextmanager
async def client(system: System) -> AsyncIterator[Client]:
    # Without `autoclose` the code and the reason of the end are a message like any other.
    async with (
        ClientSession() as http,
        http.ws_connect(system.url, autoclose=False) as socket,
    ):
        yield Client(socket)


@asynccontextmanager
async def sending_silence(somebody: Client) -> AsyncIterator[None]:
    task = asyncio.create_task(somebody.send_silence())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_a_client_that_sends_nothing_is_told_why_it_is_let_go(system: System) -> None:
    async with client(system) as somebody:
        at, code, reason = await somebody.closed()
    assert IDLE_S - 0.1 < at - somebody.sent_at < IDLE_S + SLACK_S
    assert code == WSCloseCode.OK
    assert reason.startswith(REASON)


async def test_each_message_is_a_sign_of_life(system: System) -> None:
    async with client(system) as somebody:
        for _ in range(3):
            await asyncio.sleep(IDLE_S / 2)
            await somebody.configure()
        at, code, _ = await somebody.closed()
    assert at - somebody.sent_at > IDLE_S - 0.1
    assert code == WSCloseCode.OK


async def test_a_person_is_told_why_the_session_has_ended(system: System) -> None:
    async with connect(system.url, answer_timeout_s=PATIENCE_S) as connection:
        with pytest.raises(VoiceChatError, match=REASON):
            await connection.receive()


async def test_a_client_that_sends_silence_is_there(system: System) -> None:
    async with client(system) as somebody:
        await somebody.configure(type="semantic_vad")
        async with sending_silence(somebody):
            await asyncio.sleep(2 * IDLE_S)
            await somebody.configure()
        await somebody.closed()


async def test_a_client_that_listens_to_a_long_reply_is_let_go_only_thereafter(
    system: System,
) -> None:
    async with client(system) as somebody:
        await somebody.configure()
        await somebody.ask()
        await somebody.until(DONE)
        at, code, _ = await somebody.closed()
    assert somebody.told[somebody.kinds().index(DONE)]["response"]["status"] == "completed"
    assert somebody.sound_s == pytest.approx(REPLY_S, rel=0.2)
    assert REPLY_S > IDLE_S + 1.0
    assert somebody.sound_s - 0.3 < at - somebody.sound_at
    assert at - somebody.sound_at < somebody.sound_s + IDLE_S + SLACK_S
    assert code == WSCloseCode.OK


async def test_into_silence_the_assistant_speaks_at_most_twice(
    redis_url: str, free_port: int, tmp_path: Path
) -> None:
    settings = {"VOICECHAT_LLM_SCRIPTED_REPLY": "Is anybody there?"}
    async with (
        running(redis_url, free_port, tmp_path, **settings) as system,
        client(system) as somebody,
        sending_silence(somebody),
    ):
        await somebody.configure(type="server_vad", idle_timeout_ms=5000)
        await somebody.ask()
        for kind in (DONE, TRIGGERED, DONE, TRIGGERED, DONE):
            await somebody.until(kind)
        await asyncio.sleep(5.0 + 2.0)
        await somebody.configure(type="server_vad")
    turns = [kind for kind in somebody.kinds() if kind in (DONE, TRIGGERED)]
    assert turns == [DONE, TRIGGERED, DONE, TRIGGERED, DONE]
    for triggered in (event for event in somebody.told if event["type"] == TRIGGERED):
        silence_ms = triggered["audio_end_ms"] - triggered["audio_start_ms"]
        assert silence_ms == pytest.approx(5000, abs=1000)
        assert triggered["item_id"].startswith("item_")
