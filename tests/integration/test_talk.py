"""Talking without a button, against a peer that answers like a gateway."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import msgspec
from aiohttp import web
from aiohttp.test_utils import TestServer

from client.connection import HANDS_FREE, connect
from client.playback import Playback
from client.sound_card import Heard
from client.talk import talk
from client.terminal import Presses
from shared.audio import OpusEncoder, from_pcm16

BLOCK = bytes(960)


class Card:
    """A card whose microphone hears silence, and whose loudspeaker is pulled by hand."""

    def __init__(self) -> None:
        self.playback = Playback()

    @contextmanager
    def playing(self) -> Iterator[None]:
        yield

    @contextmanager
    def recording(self, hear: Heard) -> Iterator[None]:
        for _ in range(10):
            hear(BLOCK)
        yield


class Peer:
    """Does what the test says; keeps what it was told."""

    def __init__(self) -> None:
        self.messages: list[dict[str, object]] = []
        self.packets = 0
        self.socket = web.WebSocketResponse()
        self.configured = asyncio.Event()
        self.news = asyncio.Event()

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        await self.socket.prepare(request)
        async for message in self.socket:
            if isinstance(message.data, bytes):
                self.packets += 1
            else:
                self.messages.append(message.json())
            if self.messages[-1]["type"] == "session.update" and not self.configured.is_set():
                await self.say("session.updated", session={})
                self.configured.set()
            self.news.set()
        return self.socket

    async def say(self, kind: str, **fields: object) -> None:
        await self.socket.send_str(msgspec.json.encode({"type": kind, **fields}).decode())

    async def sound(self, packets: int) -> None:
        for index, packet in enumerate(OpusEncoder().encode(from_pcm16(BLOCK * packets))):
            header = bytes([1, 0, 0, 0, 1, 0, 0]) + index.to_bytes(4, "big")
            await self.socket.send_bytes(header + packet)

    async def heard(self, kind: str) -> dict[str, object]:
        """Wait for a message of this kind."""
        async with asyncio.timeout(10):
            while True:
                for message in self.messages:
                    if message["type"] == kind:
                        return message
                self.news.clear()
                await self.news.wait()


@asynccontextmanager
async def talking(card: Card, presses: Presses) -> AsyncIterator[Peer]:
    peer = Peer()
    app = web.Application()
    app.router.add_get("/", peer.serve)
    async with TestServer(app) as server:
        url = str(server.make_url("/")).replace("http", "ws", 1)
        async with connect(url, turn_detection=HANDS_FREE, answer_timeout_s=None) as connection:
            task = asyncio.create_task(talk(connection, card, presses))
            try:
                yield peer
                presses.put_nowait(False)
                async with asyncio.timeout(10):
                    assert await task == 0
            finally:
                task.cancel()


async def until_waiting(playback: Playback, seconds: float) -> None:
    async with asyncio.timeout(10):
        while sum(len(reply.waiting) for reply in playback._replies) < seconds * 48_000:
            await asyncio.sleep(0.01)


async def begin_reply(peer: Peer, card: Card) -> None:
    await peer.say("response.created", response={"id": "r"})
    await peer.say("response.output_item.added", response_id="r", item={"id": "i"})
    await peer.sound(50)
    await until_waiting(card.playback, 0.9)


async def test_the_microphone_is_sent_without_a_button() -> None:
    async with talking(Card(), asyncio.Queue()) as peer:
        session = (await peer.heard("session.update"))["session"]
        assert isinstance(session, dict)
        assert session["audio"]["input"]["turn_detection"] == {"type": "semantic_vad"}
        async with asyncio.timeout(10):
            while peer.packets < 10:
                await asyncio.sleep(0.01)


async def test_a_reply_is_held_with_its_position_told_and_goes_on() -> None:
    card = Card()
    async with talking(card, asyncio.Queue()) as peer:
        await begin_reply(peer, card)
        card.playback.pull(4800)
        await peer.say("output_audio_buffer.paused", item_id="i")
        played = await peer.heard("output_audio_buffer.played")
        assert (played["item_id"], played["audio_end_ms"]) == ("i", 100)
        before = card.playback.played
        card.playback.pull(4800)
        assert card.playback.played == before
        await peer.say("output_audio_buffer.resumed", item_id="i")
        async with asyncio.timeout(10):
            while card.playback.played == before:
                card.playback.pull(480)
                await asyncio.sleep(0.01)


async def test_a_press_ends_the_reply_at_once() -> None:
    card, presses = Card(), asyncio.Queue[bool]()
    async with talking(card, presses) as peer:
        await begin_reply(peer, card)
        card.playback.pull(4800)
        presses.put_nowait(True)
        await peer.heard("response.cancel")
        assert not card.playback.is_waiting


async def test_a_press_behind_the_end_of_a_reply_takes_back_what_was_not_heard() -> None:
    card, presses = Card(), asyncio.Queue[bool]()
    async with talking(card, presses) as peer:
        await begin_reply(peer, card)
        await peer.say("response.done", response={"status": "completed"})
        card.playback.pull(9600)
        await peer.heard("output_audio_buffer.played")
        presses.put_nowait(True)
        truncate = await peer.heard("conversation.item.truncate")
        assert (truncate["item_id"], truncate["audio_end_ms"]) == ("i", 200)
