"""The Python client library: one session with a gateway over its WebSocket."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TypedDict, Unpack

import aiohttp
import msgspec

from client.access import Access
from client.events import AnyEvent, Reconnecting, Refused, Resumed, SessionReady
from client.lifeline import Lifeline, Message, lifeline
from client.opening import open_socket
from client.wire import parse_sound, parse_text
from shared.audio import PACKET_S
from shared.errors import VoiceChatError

_OPUS = {"type": "audio/opus"}
_NO_ACCESS = Access()

TurnDetection = Mapping[str, object]
"""The protocol's `turn_detection`: how the gateway finds our turns in speech that goes on."""
HANDS_FREE: TurnDetection = {"type": "semantic_vad"}
"""Turns end where what was said reads finished."""


class Wishes(TypedDict, total=False):
    """How we want to be listened to and answered; what is left out is up to the gateway."""

    instructions: str
    voice: str
    turn_detection: TurnDetection | None
    """Without it we commit utterances ourselves."""
    has_marks: bool
    """Whether we are told when each word of a reply is spoken, and how the mouth moves."""


class Connection:
    """One session: speech and text go in, events come out."""

    def __init__(self, lifeline: Lifeline, url: str, answer_timeout_s: float | None) -> None:
        self._lifeline = lifeline
        self._url = url
        self._answer_timeout_s = answer_timeout_s
        self.asked_at = 0.0
        """When the last reply was asked for, on the monotonic clock."""

    async def configure(self, **wishes: Unpack[Wishes]) -> None:
        """Set how we are listened to and answered, and wait until it holds.

        Raises VoiceChatError.
        """
        detection = wishes.get("turn_detection")
        output: dict[str, object] = {"format": _OPUS, "marks": wishes.get("has_marks", False)}
        session: dict[str, object] = {
            "type": "realtime",
            "output_modalities": ["audio"],
            "audio": {
                "input": {"format": _OPUS, "turn_detection": detection},
                "output": output,
            },
        }
        if voice := wishes.get("voice"):
            output["voice"] = voice
        if instructions := wishes.get("instructions"):
            session["instructions"] = instructions
        await self._say("session.update", session=session)
        while not isinstance(event := await self.receive(), SessionReady):
            if isinstance(event, Refused):
                raise VoiceChatError(f"the gateway refuses the session: {event.detail}")

    async def send_speech(self, packets: Sequence[bytes], *, is_fast: bool = False) -> None:
        """Opus packets of 20 ms each, in real time or as fast as they go."""
        clock = asyncio.get_running_loop().time
        start = clock()
        for number, packet in enumerate(packets, 1):
            if not is_fast:
                await asyncio.sleep(start + number * PACKET_S - clock())
            await self.send_packet(packet)

    async def send_packet(self, packet: bytes) -> None:
        """The next 20 ms of our speech, as one Opus packet."""
        await self._lifeline.send(packet)

    async def commit_speech(self) -> None:
        """All that was sent since the last commit is one utterance."""
        await self._say("input_audio_buffer.commit")

    async def clear_speech(self) -> None:
        """What was sent since the last commit is to be forgotten."""
        await self._say("input_audio_buffer.clear")

    async def send_text(self, text: str) -> None:
        """A typed contribution."""
        content = [{"type": "input_text", "text": text}]
        item = {"type": "message", "role": "user", "content": content}
        await self._say("conversation.item.create", item=item)

    async def request_reply(self) -> None:
        """Ask for an answer to what was said."""
        await self._say("response.create")
        self.asked_at = time.monotonic()

    async def cancel_reply(self) -> None:
        """The running answer is not wanted any more."""
        await self._say("response.cancel")

    async def report_playback(self, item: str, position_s: float) -> None:
        """So much of a reply's sound has been played."""
        await self._say("output_audio_buffer.played", item_id=item, audio_end_ms=_ms(position_s))

    async def truncate_reply(self, item: str, heard_s: float) -> None:
        """The conversation is to keep only so much of a reply whose sound we have dropped."""
        end_ms = _ms(heard_s)
        await self._say(
            "conversation.item.truncate", item_id=item, content_index=0, audio_end_ms=end_ms
        )

    async def receive(self, *, also_s: float = 0.0) -> AnyEvent:
        """The next event. After Reconnecting, which is one, it waits for the gateway to be there
        again, where what we have sent meanwhile follows.

        Raises VoiceChatError if the connection is lost for good, or the gateway silent for `also_s`
        more than its time to answer.
        """
        while True:
            message = await self._receive(also_s)
            if isinstance(message, Reconnecting | Resumed):
                return message
            if isinstance(message, bytes):
                return parse_sound(message)
            if event := parse_text(message):
                return event

    async def _receive(self, also_s: float) -> Message:
        answer_s = self._answer_timeout_s
        timeout_s = None if answer_s is None else answer_s + also_s
        try:
            return await self._lifeline.receive(timeout_s)
        except TimeoutError as error:
            raise VoiceChatError(
                f"{self._url} was silent for {timeout_s:g} s; look at its logs, or try again"
            ) from error

    async def _say(self, kind: str, **fields: object) -> None:
        await self._lifeline.send(msgspec.json.encode({"type": kind, **fields}).decode())


@asynccontextmanager
async def connect(
    url: str,
    *,
    access: Access = _NO_ACCESS,
    answer_timeout_s: float | None = 60.0,
    **wishes: Unpack[Wishes],
) -> AsyncIterator[Connection]:
    """A configured session with the gateway at this WebSocket URL.

    `access` is what it takes to be let in. With `answer_timeout_s` none the gateway may be silent
    for any time, as long as it answers to pings. A connection that is lost comes again, unless the
    URL ends in `?resumable=false`. Raises VoiceChatError if nobody answers there, it is no gateway,
    or refuses us.
    """
    async with _client(access) as web, lifeline(partial(open_socket, web, url), url) as line:
        connection = Connection(line, url, answer_timeout_s)
        await connection.configure(**wishes)
        yield connection


def _client(access: Access) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(ssl=access.trust(os.environ))
    return aiohttp.ClientSession(connector=connector, headers=access.headers())


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
