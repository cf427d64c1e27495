"""The Python client library: one session with a gateway over its WebSocket."""

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import aiohttp
import msgspec

from client.access import Access
from client.events import AnyEvent, Refused, SessionReady
from client.wire import parse_sound, parse_text
from shared.audio import PACKET_S
from shared.errors import VoiceChatError

_CONNECT_TIMEOUT_S = 10.0
_REASON_TIMEOUT = aiohttp.ClientTimeout(total=3)
_HEARTBEAT_S = 20.0
_MOST_MESSAGE_BYTES = 16 * 1024 * 1024
_OPUS = {"type": "audio/opus"}
_NO_ACCESS = Access()

TurnDetection = Mapping[str, object]
"""The protocol's `turn_detection`: how the gateway finds our turns in speech that goes on."""
HANDS_FREE: TurnDetection = {"type": "semantic_vad"}
"""Turns end where what was said reads finished."""


class Connection:
    """One session: speech and text go in, events come out."""

    def __init__(
        self, socket: aiohttp.ClientWebSocketResponse, url: str, answer_timeout_s: float | None
    ) -> None:
        self._socket = socket
        self._url = url
        self._answer_timeout_s = answer_timeout_s
        self.asked_at = 0.0
        """When the last reply was asked for, on the monotonic clock."""

    async def configure(
        self,
        *,
        instructions: str = "",
        voice: str = "",
        turn_detection: TurnDetection | None = None,
        has_marks: bool = False,
    ) -> None:
        """Set how we are listened to and answered, and wait until it holds.

        Without turn detection we commit utterances ourselves. With marks we are told when each
        word of a reply is spoken, and how the mouth moves. Raises VoiceChatError.
        """
        output: dict[str, object] = {"format": _OPUS} | ({"voice": voice} if voice else {})
        output |= {"marks": True} if has_marks else {}
        session: dict[str, object] = {
            "type": "realtime",
            "output_modalities": ["audio"],
            "audio": {
                "input": {"format": _OPUS, "turn_detection": turn_detection},
                "output": output,
            },
        }
        if instructions:
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
        try:
            await self._socket.send_bytes(packet)
        except ConnectionError as error:
            raise self._lost() from error

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
        """The next event.

        Raises VoiceChatError if the connection is lost, or the gateway silent for `also_s` more
        than its time to answer.
        """
        while True:
            message = await self._receive(also_s)
            if message.type is aiohttp.WSMsgType.BINARY:
                return parse_sound(message.data)
            if message.type is not aiohttp.WSMsgType.TEXT:
                raise self._lost(message.extra if isinstance(message.extra, str) else "")
            if event := parse_text(message.data):
                return event

    async def _receive(self, also_s: float) -> aiohttp.WSMessage:
        answer_s = self._answer_timeout_s
        timeout_s = None if answer_s is None else answer_s + also_s
        try:
            return await self._socket.receive(timeout=timeout_s)
        except TimeoutError as error:
            raise VoiceChatError(
                f"{self._url} was silent for {timeout_s:g} s; look at its logs, or try again"
            ) from error

    async def _say(self, kind: str, **fields: object) -> None:
        try:
            await self._socket.send_str(msgspec.json.encode({"type": kind, **fields}).decode())
        except ConnectionError as error:
            raise self._lost() from error

    def _lost(self, reason: str = "") -> VoiceChatError:
        said = f" ({reason})" if reason else ""
        return VoiceChatError(
            f"the connection to {self._url} was lost{said}: is the gateway still running?"
        )


@asynccontextmanager
async def connect(
    url: str,
    *,
    access: Access = _NO_ACCESS,
    instructions: str = "",
    voice: str = "",
    turn_detection: TurnDetection | None = None,
    has_marks: bool = False,
    answer_timeout_s: float | None = 60.0,
) -> AsyncIterator[Connection]:
    """A configured session with the gateway at this WebSocket URL.

    `access` is what it takes to be let in. With `answer_timeout_s` none the gateway may be silent
    for any time, as long as it answers to pings. Raises VoiceChatError if nobody answers there, it
    is no gateway, or refuses us.
    """
    async with _client(access) as session:
        heartbeat_s = _HEARTBEAT_S if answer_timeout_s is None else None
        socket = await _open(session, url, heartbeat_s)
        try:
            connection = Connection(socket, url, answer_timeout_s)
            await connection.configure(
                instructions=instructions,
                voice=voice,
                turn_detection=turn_detection,
                has_marks=has_marks,
            )
            yield connection
        finally:
            await socket.close()


def _client(access: Access) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(ssl=access.trust(os.environ))
    return aiohttp.ClientSession(connector=connector, headers=access.headers())


async def _open(
    session: aiohttp.ClientSession, url: str, heartbeat_s: float | None
) -> aiohttp.ClientWebSocketResponse:
    try:
        async with asyncio.timeout(_CONNECT_TIMEOUT_S):
            return await session.ws_connect(
                url, max_msg_size=_MOST_MESSAGE_BYTES, heartbeat=heartbeat_s
            )
    except aiohttp.ClientSSLError as error:
        raise VoiceChatError(_distrust(url, error)) from error
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, ValueError) as error:
        raise VoiceChatError(f"{url!r} is not a WebSocket URL like ws://host:8000/…") from error
    except aiohttp.WSServerHandshakeError as error:
        raise VoiceChatError(await _refusal(session, url, error.status)) from error
    except aiohttp.ServerDisconnectedError as error:
        raise VoiceChatError(
            f"{url} hangs up: if it is a gateway with TLS, its URL begins with wss://"
        ) from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise VoiceChatError(
            f"nothing answers at {url}: start the system with 'voicechat up', or give its URL "
            "with --url"
        ) from error


def _distrust(url: str, error: aiohttp.ClientSSLError) -> str:
    """Why no TLS connection came about."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        cause = getattr(error.certificate_error, "verify_message", "it does not fit")
        return (
            f"the certificate of {url} is not trusted ({cause}): name the file of its authority, "
            "or of itself, with --ca"
        )
    return f"{url} does not speak TLS: without, its URL begins with ws://"


async def _refusal(session: aiohttp.ClientSession, url: str, status: int) -> str:
    """Why the handshake failed; a gateway says it to anybody who asks, the handshake drops it."""
    if status not in (401, 403, 429, 503):
        return f"there is no gateway at {url} (status {status}): its path is usually /v1/realtime"
    told = f"{url} refuses us with status {status}"
    try:
        async with session.get(re.sub("^ws", "http", url), timeout=_REASON_TIMEOUT) as answer:
            return f"{told}: {(await answer.json())['error']['message']}"
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError, TypeError):
        return f"{told}: it is full, or does not let in who comes from here without a key"


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
