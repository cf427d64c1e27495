"""Tens of thousands of hostile messages against a live gateway: it lives, tells what is wrong with
each, says nothing of others, and does not grow."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from aiohttp import ClientSession
from gateway_bench import bench
from hostile import VALID, Spoiler, connections, corpus, frames, made_up
from recordings import beep, recording
from strangers import MOST_BYTES, PageStranger, RealtimeStranger, broken_recordings

from bench.system import System, running
from gateway.protocols import realtime_client

pytestmark = pytest.mark.timeout(400)

CANARY = "canary-7c1f6f0e"
ROUNDS = 10
MESSAGES = 20_000
MOST_GROWTH_BYTES = 6 * 1024 * 1024
"""In the second half of the rounds; they leave about half a megabyte."""
HANDSHAKE = (
    b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
CLOSE = b"\x88\x02"
"""A frame that closes, with a code alone."""
SETTINGS = {
    "VOICECHAT_GATEWAY_MOST_MESSAGE_BYTES": str(MOST_BYTES),
    "VOICECHAT_GATEWAY_MESSAGES_PER_S": "1000000",
    "VOICECHAT_GATEWAY_AUDIO_S_PER_MINUTE": "1000000",
    "VOICECHAT_LLM_SCRIPTED_REPLY": "{question}",
    "VOICECHAT_LLM_SCRIPTED_CALLS": "clock {}",
    "VOICECHAT_TTS_TONE_WORD_S": "0.05",
}


@pytest.fixture
async def system(redis_url: str, free_port: int, tmp_path: Path) -> AsyncIterator[System]:
    async with running(redis_url, free_port, tmp_path, **SETTINGS) as it:
        yield it


class Quiet:
    """A session that has a secret, and goes on."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self.names: list[str] = []
        """Ids of its session and of its items."""

    async def begin(self) -> None:
        created = await self._until("session.created")
        self.names.append(created["session"]["id"])
        await self.talk()

    async def talk(self) -> None:
        content = [{"type": "input_text", "text": CANARY}]
        item = {"type": "message", "role": "user", "content": content}
        await self._say({"type": "conversation.item.create", "item": item})
        await self._say({"type": "response.create", "response": {"output_modalities": ["text"]}})
        done = await self._until("response.done")
        assert done["response"]["status"] == "completed"
        assert done["response"]["output"][0]["content"][0]["text"] == CANARY
        self.names.append(done["response"]["output"][0]["id"])

    async def _say(self, message: dict[str, Any]) -> None:
        await self._socket.send_str(msgspec.json.encode(message).decode())

    async def _until(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(60):
            while (event := await self._socket.receive_json())["type"] != kind:
                assert event["type"] != "error"
        found: dict[str, Any] = event
        return found


def hostile_texts(rounds: int, each: int) -> Iterator[list[str]]:
    """The messages of each round."""
    spoilt, thought_of = Spoiler(seed=1).messages(rounds * each), made_up(3000)
    share = len(thought_of) // rounds
    for number in range(rounds):
        some = [*corpus("messages"), *thought_of[number * share : (number + 1) * share]]
        yield [*some, *islice(spoilt, each - len(some))]


def binaries(seed: int, count: int) -> list[bytes]:
    chance = Random(seed)
    return [chance.randbytes(chance.randrange(1, 100)) for _ in range(count)]


def thefts(names: list[str]) -> list[str]:
    """Attempts at the items of another session."""
    kinds = ("conversation.item.retrieve", "conversation.item.delete")
    items = [{"type": kind, "item_id": name} for kind in kinds for name in names]
    behind = [
        {
            "type": "conversation.item.create",
            "previous_item_id": name,
            "item": {"type": "message", "role": "user", "content": []},
        }
        for name in names
    ]
    return [msgspec.json.encode(message).decode() for message in (*items, *behind)]


async def annoy(web: ClientSession, system: System, texts: list[str], quiet: Quiet) -> int:
    """One round: three strangers of each kind; how many messages they have sent."""
    opus = {"audio": {"input": {"format": {"type": "audio/opus"}}}}
    update = msgspec.json.encode({"type": "session.update", "session": opus}).decode()
    half = len(texts) // 2
    async with (
        web.ws_connect(system.url) as one,
        web.ws_connect(system.url) as two,
        web.ws_connect(system.web("/ws")) as three,
    ):
        talkers = (RealtimeStranger(one), RealtimeStranger(two))
        page = PageStranger(three)
        for talker in talkers:
            await talker.greet()
        good = recording(beep(0.3))
        await asyncio.gather(
            talkers[0].send([*thefts(quiet.names), *texts[:half]]),
            talkers[1].send([update, *binaries(2, 100), *texts[half:]]),
            page.send([*texts[: half // 2], *broken_recordings(good, 3, 100)]),
        )
        strangers = (*talkers, page)
        for stranger in strangers:
            stranger.check()
            for told in stranger.received:
                text = told if isinstance(told, str) else told.decode("latin-1")
                assert CANARY not in text
        return sum(stranger.sent for stranger in strangers)


async def test_hostile_messages_do_no_harm(system: System) -> None:
    sent, sizes = 0, []
    async with ClientSession() as web, web.ws_connect(system.url) as socket:
        quiet = Quiet(socket)
        await quiet.begin()
        for texts in hostile_texts(ROUNDS, MESSAGES // ROUNDS):
            sent += await annoy(web, system, texts, quiet)
            await quiet.talk()
            sizes.append(system.memory_bytes("gateway"))
        async with web.get(system.web("/healthz")) as answer:
            assert answer.status == 200
    assert sent >= MESSAGES
    assert sizes[-1] - sizes[ROUNDS // 2] < MOST_GROWTH_BYTES
    assert system.is_running("gateway")
    log = system.log("gateway")
    assert "Traceback" not in log
    assert CANARY not in log


def test_every_kind_of_message_is_spoilt() -> None:
    assert {message["type"] for message in VALID} == realtime_client.KNOWN_TYPES


async def test_many_bad_messages_at_once_are_all_answered(redis_url: str) -> None:
    async with bench(redis_url) as stage, stage.client() as client:
        for _ in range(3000):
            await client.socket.send_str("{")
        for _ in range(3000):
            assert (await client.until("error"))["error"]["code"] == "invalid_json"


async def test_what_is_no_handshake_is_refused(redis_url: str) -> None:
    async with bench(redis_url) as stage:
        for content in connections():
            async with connection(stage.port) as (reader, writer):
                writer.write(content)
                answer = await reader.readline()
                assert re.match(rb"HTTP/1\.[01] 4\d\d ", answer), (content, answer)
        async with stage.web.get(f"{stage.url}/healthz") as health:
            assert health.status == 200


@pytest.mark.parametrize("path", ["/v1/realtime", "/ws"])
async def test_what_is_no_frame_ends_the_session_and_no_other(redis_url: str, path: str) -> None:
    async with bench(redis_url) as stage, stage.client() as client:
        for content in frames():
            async with connection(stage.port) as (reader, writer):
                writer.write(HANDSHAKE % path.encode())
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
                writer.write(content)
                said = await reader.read()
                assert said[-4:-2] == CLOSE, (content, said)
        await client.push_to_talk()
        await client.until("session.updated")


@asynccontextmanager
async def connection(
    port: int,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Bytes to and from the gateway, which has to answer in good time."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(30):
            yield reader, writer
    finally:
        writer.close()
