"""Sessions that survive: who may come back, when, where, and to what."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import msgspec
import numpy as np
import pytest
from aiohttp import ClientSession, WSMsgType
from gateway_bench import PATIENCE_S, Bench, Client, bench

from bench.redis_server import RedisServer
from gateway.app import listening
from gateway.endpointing_settings import EndpointingSettings
from gateway.settings import GatewaySettings
from shared.audio import WIRE_HZ, OpusDecoder, OpusEncoder, to_pcm16
from shared.broker import BusSettings
from shared.bus import connect
from shared.messages import SessionEnded, TurnCancelled
from shared.streams import CONTROL, replies

OPUS = {
    "audio": {
        "input": {"format": {"type": "audio/opus"}, "turn_detection": None},
        "output": {"format": {"type": "audio/opus"}},
    }
}
PACKETS = tuple(b"\x78packet%d" % place for place in range(100))
SETTINGS = GatewaySettings(resume_s=30.0)
SHORT = GatewaySettings(resume_s=0.3)
SLACK_S = 2.0
"""For machines that are busy with other things."""


class Person(Client):
    """A client that counts, and knows how to come back."""

    def __init__(self, stage: Bench) -> None:
        self.stage = stage
        self.session = self.secret = ""
        self.received = self.sent = 0
        self.news: list[dict[str, Any]] = []
        """What was said about resuming."""
        self.heard = []
        self.packets = []

    async def begin(self) -> None:
        self.socket = await self.stage.web.ws_connect(self.url("resumable=true"))
        await self.until("session.created")
        self.session, self.secret = self.news[0]["session_id"], self.news[0]["secret"]
        await self.say("session.update", session=OPUS)
        await self.until("session.updated")

    def url(self, query: str) -> str:
        return f"{self.stage.url}/v1/realtime?{query}"

    async def come_back(self, *, secret: str = "", at: int = 0) -> dict[str, Any]:
        """Connect again, and say what is known; the first answer."""
        url = self.url(f"session={self.session}")
        if at:
            url = url.replace(str(self.stage.port), str(at))
        self.socket = await self.stage.web.ws_connect(url)
        wish = {"secret": secret or self.secret, "received": self.received}
        await self.socket.send_json({"type": "session.resume", **wish})
        answer: dict[str, Any] = await self.socket.receive_json()
        return answer

    async def say(self, kind: str, **fields: object) -> None:
        self.sent += 1
        await super().say(kind, **fields)

    async def send_packet(self, packet: bytes) -> None:
        self.sent += 1
        await self.socket.send_bytes(packet)

    async def lose(self) -> None:
        """The connection breaks."""
        response = self.socket._response
        assert response.connection is not None
        assert response.connection.transport is not None
        response.connection.transport.abort()
        await self.socket.close()

    async def until(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            while (event := await self._next()).get("type") != kind:
                pass
        return event

    async def until_packets(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.packets) < count:
                await self._next()

    async def _next(self) -> dict[str, Any]:
        message = await self.socket.receive()
        if message.type is WSMsgType.BINARY:
            self.received += 1
            self.packets.append(message.data[11:])
            return {}
        assert message.type is WSMsgType.TEXT, message
        event: dict[str, Any] = msgspec.json.decode(message.data)
        if event["type"] in ("session.resumable", "session.acknowledged", "session.resumed"):
            self.news.append(event)
            return event
        self.received += 1
        self.heard.append(event)
        return event


@asynccontextmanager
async def person(stage: Bench) -> AsyncIterator[Person]:
    somebody = Person(stage)
    await somebody.begin()
    try:
        yield somebody
    finally:
        await somebody.socket.close()


@asynccontextmanager
async def another_gateway(redis_url: str, settings: GatewaySettings) -> AsyncIterator[int]:
    """A second gateway on the same Redis, as its port."""
    settings = msgspec.structs.replace(settings, port=0)
    async with (
        connect(BusSettings(url=redis_url, patience_s=0.5), consumer="other") as bus,
        listening(settings, EndpointingSettings(), bus) as port,
    ):
        yield port


def once(client: Person, kind: str) -> None:
    assert client.kinds().count(kind) == 1, client.kinds()


async def test_a_client_that_does_not_ask_for_it_notices_nothing(redis_url: str) -> None:
    async with bench(redis_url) as stage, stage.client() as client:
        await client.write()
        turn = await stage.pipeline.turn()
        await stage.pipeline.answer(turn, "Yes.", PACKETS[:2])
        await client.until("response.done")
        assert [kind for kind in client.kinds() if "resum" in kind or "ack" in kind] == []
        assert await stage.bus._redis.keys("*record*") == []


async def test_what_was_missed_comes_once_and_in_order(redis_url: str) -> None:
    async with bench(redis_url, SETTINGS) as stage, person(stage) as client:
        await client.write()
        turn = await stage.pipeline.turn()
        await client.until("response.created")
        await client.lose()
        await stage.pipeline.answer(turn, "Yes.", PACKETS)
        assert (await client.come_back())["received"] == client.sent
        await client.until("response.done")
        assert tuple(client.packets) == PACKETS
        for kind in ("response.created", "response.output_audio_transcript.delta"):
            once(client, kind)
        ids = [event["event_id"] for event in client.heard]
        assert len(set(ids)) == len(ids)


async def test_a_reply_waits_for_the_client_that_is_to_hear_it(redis_url: str) -> None:
    async with bench(redis_url, SETTINGS) as stage, person(stage) as client:
        await client.write()
        turn = await stage.pipeline.turn()
        await client.until("response.created")
        await client.lose()
        await stage.pipeline.answer(turn, "Yes.", PACKETS * 4)
        await asyncio.sleep(1.5)
        await client.come_back()
        begun = asyncio.get_running_loop().time()
        await client.until("response.done")
        assert asyncio.get_running_loop().time() - begun > len(PACKETS) * 4 * 0.02 - 2.2


async def test_half_an_utterance_is_continued(redis_url: str) -> None:
    async with bench(redis_url, SETTINGS) as stage, person(stage) as client:
        for packet in PACKETS[:10]:
            await client.send_packet(packet)
        await client.lose()
        answer = await client.come_back()
        assert answer["type"] == "session.resumed"
        for packet in PACKETS[: client.sent - 1][answer["received"] - 1 : 10] + PACKETS[10:20]:
            await client.send_packet(packet)
        await client.say("input_audio_buffer.commit")
        assert (await stage.pipeline.utterance()).packets == PACKETS[:20]


async def test_half_an_utterance_is_continued_elsewhere(redis_url: str) -> None:
    async with (
        bench(redis_url, SETTINGS) as stage,
        another_gateway(redis_url, SETTINGS) as other,
        person(stage) as client,
    ):
        for packet in PACKETS[:10]:
            await client.send_packet(packet)
        await client.say("conversation.item.create", item=ITEM)
        await client.until("conversation.item.done")
        await client.lose()
        answer = await client.come_back(at=other)
        assert answer["received"] == 1  # all but session.update is needed again
        for packet in PACKETS[:10]:
            await client.send_packet(packet)
        await client.say("conversation.item.create", item=ITEM)
        for packet in PACKETS[10:20]:
            await client.send_packet(packet)
        await client.say("input_audio_buffer.commit")
        utterance = await stage.pipeline.utterance()
        assert utterance.packets == PACKETS[:20]
        assert [item.text for item in utterance.history] == ["Typed."]
        await client.until("input_audio_buffer.committed")
        assert client.kinds().count("conversation.item.added") == 1


ITEM = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Typed."}]}


async def test_everything_is_there_in_another_gateway(redis_url: str) -> None:
    async with (
        bench(redis_url, SETTINGS) as stage,
        another_gateway(redis_url, SETTINGS) as other,
        person(stage) as client,
    ):
        await client.say("session.update", session={"instructions": "Be kind."})
        await client.write("One?")
        await stage.pipeline.answer(await stage.pipeline.turn(), "Yes.", PACKETS[:2])
        await client.until("response.done")
        await client.lose()
        assert (await client.come_back(at=other))["received"] == client.sent
        await client.write("Two?")
        turn = await stage.pipeline.turn()
        assert turn.turn == 2
        assert turn.options.instructions == "Be kind."
        assert [item.text for item in turn.history] == ["One?", "Yes."]
        await stage.pipeline.answer(turn, "No.", PACKETS[2:5])
        await client.until("response.done")
        assert tuple(client.packets) == PACKETS[:5]
        ids = [event["event_id"] for event in client.heard]
        assert len(set(ids)) == len(ids)


async def test_a_transcript_that_comes_to_the_old_gateway_is_adopted(redis_url: str) -> None:
    async with (
        bench(redis_url, SETTINGS) as stage,
        another_gateway(redis_url, SETTINGS) as other,
        person(stage) as client,
    ):
        await client.send_packet(PACKETS[0])
        await client.say("input_audio_buffer.commit")
        await client.say("response.create")
        await client.until("response.created")
        utterance = await stage.pipeline.utterance()
        await client.lose()
        await client.come_back(at=other)
        await stage.pipeline.transcribe(utterance, "Hello.")
        await stage.pipeline.answer(utterance, "Yes.", PACKETS[:2])
        await client.until("response.done")
        once(client, "conversation.item.input_audio_transcription.completed")
        assert tuple(client.packets) == PACKETS[:2]


async def test_a_reply_whose_results_are_gone_is_made_again(redis_url: str) -> None:
    async with (
        bench(redis_url, SETTINGS) as stage,
        another_gateway(redis_url, SETTINGS) as other,
        person(stage) as client,
    ):
        await client.write()
        turn = await stage.pipeline.turn()
        await stage.pipeline.answer(turn, "Yes.", PACKETS)
        await client.until_packets(30)
        await client.lose()
        await stage.bus._redis.delete(stage.bus._key(replies(turn.gateway).name))
        await client.come_back(at=other)
        done = await client.until("response.done")
        assert done["response"]["status"] == "incomplete"
        assert done["response"]["status_details"]["reason"] == "reply_lost"
        await client.until("response.created")
        again = await stage.pipeline.turn()
        assert again.turn > turn.turn
        client.packets.clear()
        await stage.pipeline.answer(again, "Indeed.", PACKETS[:3])
        done = await client.until("response.done")
        assert done["response"]["status"] == "completed"
        assert tuple(client.packets) == PACKETS[:3]


async def test_decoded_sound_goes_on_elsewhere_to_the_sample(redis_url: str) -> None:
    sound = np.sin(np.arange(WIRE_HZ * 3) / 20).astype(np.float32)
    encoder = OpusEncoder(WIRE_HZ)
    packets = (*encoder.encode(sound), *encoder.flush())
    decoder = OpusDecoder(WIRE_HZ)
    whole = b"".join(
        to_pcm16(decoder.decode(packet, is_last=packet is packets[-1])).tobytes()
        for packet in packets
    )
    async with (
        bench(redis_url, SETTINGS) as stage,
        another_gateway(redis_url, SETTINGS) as other,
        person(stage) as client,
    ):
        await client.say("session.update", session=PCM_OUT)
        await client.write()
        await stage.pipeline.answer(await stage.pipeline.turn(), "Yes.", packets)
        for _ in range(5):
            await client.until("response.output_audio.delta")
        await client.lose()
        await client.come_back(at=other)
        await client.until("response.done")
        deltas = [event["delta"] for event in client.heard if "audio.delta" in event["type"]]
        assert b"".join(map(base64.b64decode, deltas)) == whole


PCM_OUT = {"audio": {"output": {"format": {"type": "audio/pcm", "rate": 24000}}}}


@pytest.mark.parametrize("where", ["here", "elsewhere"])
async def test_the_newer_of_two_clients_has_the_session(redis_url: str, where: str) -> None:
    async with (
        bench(redis_url, SETTINGS) as stage,
        another_gateway(redis_url, SETTINGS) as other,
        person(stage) as client,
    ):
        older = client.socket
        assert (await client.come_back(at=other if where == "elsewhere" else 0))["type"]
        async with asyncio.timeout(PATIENCE_S):
            while (message := await older.receive()).type is not WSMsgType.CLOSE:
                pass
        assert message.data == 4001
        await client.write()
        await stage.pipeline.answer(await stage.pipeline.turn(), "Yes.", PACKETS[:2])
        await client.until("response.done")
        assert tuple(client.packets) == PACKETS[:2]
        assert await controls(stage) == []


async def controls(stage: Bench) -> list[Any]:
    return [message async for message in stage.bus.recall(CONTROL)]


@pytest.mark.parametrize("wrong", ["secret", "session", "count", "no message", "secret elsewhere"])
async def test_who_cannot_prove_that_it_is_theirs_learns_nothing(
    redis_url: str, wrong: str
) -> None:
    async with (
        bench(redis_url, SETTINGS) as stage,
        another_gateway(redis_url, SETTINGS) as other,
        person(stage) as client,
    ):
        session, received, socket = client.session, client.received, client.socket
        if wrong == "session":
            client.session = "sess_0123456789abcdef"
        if wrong == "count":
            client.received = 1000
        if wrong == "no message":
            client.socket = await stage.web.ws_connect(client.url(f"session={session}"))
            await client.socket.send_json({"type": "response.create"})
            answer = await client.socket.receive_json()
        else:
            secret = "guessed" if "secret" in wrong else ""
            answer = await client.come_back(secret=secret, at=other if "else" in wrong else 0)
        assert answer["type"] == "error"
        assert answer["error"]["code"] == "session_not_resumable"
        assert "it is over, or its id, secret" in answer["error"]["message"]
        end = await client.socket.receive()
        assert (end.type, end.data) == (WSMsgType.CLOSE, 4004)
        # The session itself has not noticed.
        client.session, client.received, client.socket = session, received, socket
        await client.write()
        await stage.pipeline.turn()


async def test_a_session_ends_when_nobody_comes(redis_url: str) -> None:
    async with bench(redis_url, SHORT) as stage, person(stage) as client:
        await client.write()
        await stage.pipeline.turn()
        await client.until("response.created")
        await client.lose()
        ended = await stage.control()
        assert isinstance(ended, SessionEnded)
        assert ended.session == client.session.removeprefix("sess_")
        assert (await client.come_back())["error"]["code"] == "session_not_resumable"
        assert await stage.bus._redis.keys("*record*") == []


async def test_a_session_lasts_no_longer_for_being_resumed(redis_url: str) -> None:
    settings = msgspec.structs.replace(SETTINGS, longest_session_s=2.0)
    async with (
        bench(redis_url, settings) as stage,
        another_gateway(redis_url, settings) as other,
        person(stage) as client,
    ):
        begun = asyncio.get_running_loop().time()
        await client.lose()
        assert (await client.come_back(at=other))["type"] == "session.resumed"
        assert (await client.until("error"))["error"]["code"] == "session_expired"
        assert asyncio.get_running_loop().time() - begun < 2.0 + SLACK_S
        assert isinstance(await stage.control(), SessionEnded)


async def test_a_goodbye_ends_the_session_at_once(redis_url: str) -> None:
    async with bench(redis_url, SETTINGS) as stage, person(stage) as client:
        await client.socket.close()
        assert isinstance(await stage.control(), SessionEnded)
        assert (await client.come_back())["error"]["code"] == "session_not_resumable"


async def test_a_gateway_that_stops_leaves_its_sessions_to_others(redis_url: str) -> None:
    async with AsyncExitStack() as first:
        stage = await first.enter_async_context(bench(redis_url, SETTINGS))
        client = await first.enter_async_context(person(stage))
        await client.write()
        turn = await stage.pipeline.turn()
        await client.until("response.created")
        await client.lose()
    async with bench(redis_url, SETTINGS) as stage, ClientSession() as web:
        client.stage = Bench(stage.bus, web, stage.port)
        await client.come_back()
        await stage.pipeline.answer(turn, "Yes.", PACKETS[:2])
        await client.until("response.done")
        assert tuple(client.packets) == PACKETS[:2]
        assert await controls(stage) == []


async def test_parked_sessions_make_room_and_can_still_be_resumed(redis_url: str) -> None:
    settings = msgspec.structs.replace(SETTINGS, most_sessions=2)
    async with bench(redis_url, settings) as stage:
        lost = [Person(stage) for _ in range(3)]
        for client in lost:
            await client.begin()
            await client.write("Hi.")
            await client.until("response.created")
            await client.lose()
            await asyncio.sleep(0.1)
        async with stage.web.get(f"{stage.url}/metrics") as response:
            assert "voicechat_sessions_parked 2.0" in await response.text()
        for client in lost:
            assert (await client.come_back())["type"] == "session.resumed"
            await client.socket.close()


async def test_a_session_goes_on_while_redis_is_away(own_redis: RedisServer) -> None:
    async with bench(own_redis.url, SETTINGS) as stage, person(stage) as client:
        await client.write()
        await stage.pipeline.answer(await stage.pipeline.turn(), "Yes.", PACKETS)
        await client.until_packets(10)
        own_redis.kill()
        await client.until("response.done")
        assert tuple(client.packets) == PACKETS
        await client.lose()
        assert (await client.come_back())["type"] == "session.resumed"


async def test_the_client_is_told_what_it_may_forget(redis_url: str) -> None:
    async with bench(redis_url, SETTINGS) as stage, person(stage) as client:
        for packet in PACKETS[:30]:
            await client.send_packet(packet)
        await client.say("input_audio_buffer.commit")
        await client.until("input_audio_buffer.committed")
        while not client.news or client.news[-1].get("received") != client.sent:
            await client._next()
        assert all(isinstance(m, TurnCancelled) for m in await controls(stage))
