"""A person in a room that is not quiet, with a microphone and a loudspeaker, in real time."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import numpy as np
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from client.connection import HANDS_FREE, Connection
from client.events import AnyEvent, ReplySound
from client.lifeline import Lifeline
from client.playback import Playback
from client.player import Decoder, Player
from client.wire import parse_sound, parse_text
from shared.audio import PACKET_S, WIRE_HZ, OpusEncoder, Pcm, from_pcm16

PATIENCE_S = 120.0
SOUND = "sound"
"""The kind under which packets of a reply are remembered."""

_SAMPLES = round(PACKET_S * WIRE_HZ)
_ECHO_PACKETS = 5
"""From the loudspeaker to the microphone, the buffers of both included."""
_REPORT_TICKS = 12

Message = dict[str, Any]


class Person:
    """Hears all that is played, and remembers all that is told, as it is on the wire."""

    def __init__(
        self,
        socket: ClientWebSocketResponse,
        connection: Connection,
        room: Pcm,
        echo: float = 0.0,
    ) -> None:
        """`echo`: how loud the loudspeaker is at the microphone; 0 for headphones."""
        self._socket = socket
        self._echo = np.float32(echo)
        self._on_its_way = deque([np.zeros(_SAMPLES, np.float32)] * _ECHO_PACKETS)
        self._connection = connection
        self._room = room
        self._speech: Pcm = np.zeros(0, np.float32)
        self._playback = Playback()
        self._player = Player(self._playback, Decoder())
        self._news = asyncio.Event()
        self.told: list[Message] = []
        """Messages in their order; of each packet its `turn` and the `packet` itself."""
        self.heard_s: dict[str, float] = {}
        """Seconds that were played of each reply, by its item."""

    def say(self, *pieces: Pcm) -> None:
        """Speak from now on, once what is being said has been said."""
        self._speech = np.concatenate((self._speech, *pieces))

    async def speak(self) -> None:
        """Send the microphone's sound and play what comes, 20 ms at a time, without an end."""
        encoder, clock = OpusEncoder(), asyncio.get_running_loop().time
        start, ticks = clock(), 0
        while True:
            ticks += 1
            await asyncio.sleep(start + ticks * PACKET_S - clock())
            for packet in encoder.encode(self._microphone(ticks)):
                await self._connection.send_packet(packet)
            self._play()
            if ticks % _REPORT_TICKS == 0 and (played := self._player.news()):
                await self._connection.report_playback(played.item, played.position_s)

    async def listen(self) -> None:
        """Obey the gateway, and remember what it says, until it leaves."""
        async for message in self._socket:
            event: AnyEvent | None
            if message.type is WSMsgType.BINARY:
                event = sound = parse_sound(message.data)
                self.told.append(_remembered(sound))
            else:
                event = parse_text(message.data)
                self.told.append(msgspec.json.decode(message.data))
            if event is not None:
                self._player.take(event)
            self._news.set()
        self.told.append({"type": "close", "code": self._socket.close_code})
        self._news.set()

    def all(self, kind: str) -> list[Message]:
        """All messages of a kind that have come."""
        return [message for message in self.told if message["type"] == kind]

    def place(self, kind: str) -> int:
        """Where in `told` the first message of a kind stands."""
        return [message["type"] for message in self.told].index(kind)

    async def until_told(self, kind: str, count: int = 1) -> Message:
        """The so many-th message of a kind."""
        await self._until(f"{count} × {kind}", lambda: len(self.all(kind)) >= count)
        return self.all(kind)[count - 1]

    async def until_heard(self, seconds: float) -> str:
        """Wait until so much of one reply has been played; returns its item."""
        await self._until(f"{seconds} s of a reply", lambda: self._longest_s >= seconds)
        return max(self.heard_s, key=self.heard_s.__getitem__)

    @property
    def _longest_s(self) -> float:
        return max(self.heard_s.values(), default=0.0)

    async def _until(self, what: str, is_so: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not is_so():
                    assert not self.all("close"), f"the gateway left before {what}: {self._story}"
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"no {what} within {PATIENCE_S} s: {self._story}") from None

    @property
    def _story(self) -> list[str]:
        return [message["type"] for message in self.told if message["type"] != SOUND]

    def _microphone(self, tick: int) -> Pcm:
        places = np.arange(tick * _SAMPLES, (tick + 1) * _SAMPLES)
        speech, self._speech = self._speech[:_SAMPLES], self._speech[_SAMPLES:]
        room: Pcm = self._room.take(places, mode="wrap")
        heard = room + self._echo * self._on_its_way.popleft()
        return heard + np.pad(speech, (0, _SAMPLES - len(speech)))

    def _play(self) -> None:
        self._on_its_way.append(from_pcm16(self._playback.pull(2 * _SAMPLES)))
        if played := self._playback.played:
            self.heard_s[played.item] = played.position_s
            self._news.set()


def _remembered(sound: ReplySound) -> Message:
    return {"type": SOUND, "turn": sound.turn, "packet": sound.packet}


@asynccontextmanager
async def person(url: str, room: Pcm, echo: float = 0.0) -> AsyncIterator[Person]:
    """Somebody in a hands-free session, in a room that sounds like this, over and over.

    `echo`: how loud the loudspeaker is at the microphone; 0 for headphones.
    """
    async with ClientSession() as http, http.ws_connect(url) as socket:
        line = Lifeline(socket, url, lambda query: http.ws_connect(url, params=query))
        connection = Connection(line, url, PATIENCE_S)
        await connection.configure(turn_detection=HANDS_FREE)
        somebody = Person(socket, connection, room, echo)
        tasks = [asyncio.create_task(step) for step in (somebody.speak(), somebody.listen())]
        try:
            yield somebody
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
