"""A gateway on a real Redis, a client that speaks Realtime, and a pipeline played by the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import msgspec
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from official_events import check

from gateway.app import listening
from gateway.endpointing_settings import EndpointingSettings
from gateway.settings import GatewaySettings
from shared.broker import BusSettings
from shared.bus import Bus, connect
from shared.messages import (
    AnyMessage,
    Job,
    ReplyEnded,
    Sentence,
    SpeechChunk,
    Transcript,
    UserTurn,
    Utterance,
    decode,
)
from shared.streams import CONTROL, TURNS, UTTERANCES, WorkStream

PATIENCE_S = 60.0
J = TypeVar("J", Utterance, UserTurn)


class Client:
    """A WebSocket client that waits for the messages it is interested in."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []
        self.packets: list[bytes] = []

    async def say(self, kind: str, **fields: object) -> None:
        await self.socket.send_str(msgspec.json.encode({"type": kind, **fields}).decode())

    async def push_to_talk(self) -> None:
        """From now on the client commits utterances itself."""
        audio = {"input": {"turn_detection": None}}
        await self.say("session.update", session={"type": "realtime", "audio": audio})

    async def write(self, text: str = "Hi.", **response: object) -> None:
        """Type something and ask for a reply."""
        content = [{"type": "input_text", "text": text}]
        item = {"type": "message", "role": "user", "content": content}
        await self.say("conversation.item.create", item=item)
        await self.say("response.create", response=response)

    async def until(self, kind: str) -> dict[str, Any]:
        """The next message of a kind; what comes before it is kept."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = await self.socket.receive()
                if message.type is WSMsgType.BINARY:
                    self.packets.append(message.data)
                    continue
                assert message.type is WSMsgType.TEXT, message
                event: dict[str, Any] = msgspec.json.decode(message.data)
                check(event)
                self.heard.append(event)
                if event["type"] == kind:
                    return event

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.heard]


class Pipeline:
    """The three services, acted by the test."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def take(self, stream: WorkStream, kind: type[J]) -> J:
        delivery = await self._bus.take(stream, wait_s=PATIENCE_S)
        assert delivery is not None
        job = decode(delivery.payload)
        assert isinstance(job, kind)
        return job

    async def utterance(self) -> Utterance:
        return await self.take(UTTERANCES, Utterance)

    async def turn(self) -> UserTurn:
        return await self.take(TURNS, UserTurn)

    async def give(self, message: AnyMessage, job: Job) -> None:
        await self._bus.submit(message, job.gateway)

    async def transcribe(self, job: Utterance, text: str) -> None:
        transcript = Transcript(session=job.session, turn=job.turn, text=text, audio_s=0.1)
        await self.give(transcript, job)

    async def answer(self, job: Job, text: str, packets: tuple[bytes, ...]) -> None:
        """A reply of one sentence."""
        whose = {"session": job.session, "turn": job.turn}
        sentence = Sentence(**whose, gateway=job.gateway, deadline_s=0, index=0, text=text)  # type: ignore[arg-type]
        chunk = SpeechChunk(**whose, sentence=0, index=0, packets=packets, is_last=True)  # type: ignore[arg-type]
        await self.give(sentence, job)
        await self.give(chunk, job)
        await self.give(ReplyEnded(session=job.session, turn=job.turn, sentences=1), job)


class Bench:
    """All of it together."""

    def __init__(self, bus: Bus, web: ClientSession, port: int) -> None:
        self.bus = bus
        self.web = web
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.pipeline = Pipeline(bus)

    @asynccontextmanager
    async def client(self, **options: Any) -> AsyncIterator[Client]:
        async with self.web.ws_connect(f"{self.url}/v1/realtime", **options) as socket:
            client = Client(socket)
            await client.until("session.created")
            yield client

    async def control(self) -> AnyMessage:
        """The first message that was sent to the workers."""
        async with asyncio.timeout(PATIENCE_S):
            async for message in self.bus.observe(CONTROL, since_s=PATIENCE_S):
                return message
        raise AssertionError("observing ends only by its time limit")


@asynccontextmanager
async def bench(
    redis_url: str, settings: GatewaySettings | None = None, *, queue_limit: int = 1000
) -> AsyncIterator[Bench]:
    """A gateway at work on a free port."""
    settings = msgspec.structs.replace(settings or GatewaySettings(), port=0)
    redis = BusSettings(url=redis_url, queue_limit=queue_limit, patience_s=0.5)
    async with connect(redis, consumer="test") as bus:
        await bus.join(UTTERANCES)
        await bus.join(TURNS)
        async with listening(settings, EndpointingSettings(), bus) as port, ClientSession() as web:
            yield Bench(bus, web, port)
