"""A conversation with a gateway through OpenAI's own Python library, as it is."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from official_events import check
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection

from shared.audio import WIRE_HZ, Pcm, to_pcm16

PATIENCE_S = 60.0


class OpenAiClient:
    """What the library sends and receives; all that came is kept, each message checked."""

    def __init__(self, connection: AsyncRealtimeConnection) -> None:
        self.connection = connection
        self.heard: list[dict[str, Any]] = []

    async def until(self, kind: str, **fields: object) -> dict[str, Any]:
        """The next event of a kind, and with these fields."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                event: dict[str, Any] = (await self.connection.recv()).to_dict()
                check(event)
                self.heard.append(event)
                if event["type"] == kind and fields.items() <= event.items():
                    return event

    def kinds(self) -> list[str]:
        """The types of all that came."""
        return [event["type"] for event in self.heard]

    async def configure(self, **session: Any) -> dict[str, Any]:
        """Change the session; as it is afterwards."""
        wished: Any = {"type": "realtime", **session}
        await self.connection.session.update(session=wished)
        updated: dict[str, Any] = (await self.until("session.updated"))["session"]
        return updated

    async def type(self, text: str, **place: Any) -> str:
        """Put what somebody has typed into the conversation; the item's id."""
        content: Any = [{"type": "input_text", "text": text}]
        item: Any = {"type": "message", "role": "user", "content": content}
        item_id = place.pop("id", None)
        if item_id is not None:
            item["id"] = item_id
        await self.connection.conversation.item.create(item=item, **place)
        added: str = (await self.until("conversation.item.done"))["item"]["id"]
        return added

    async def say(self, sound: Pcm | bytes) -> None:
        """Send sound, PCM at 24 kHz or as the session's format has it, in pieces."""
        content = sound if isinstance(sound, bytes) else to_pcm16(sound).tobytes()
        for start in range(0, len(content), 9600):
            audio = base64.b64encode(content[start : start + 9600]).decode()
            await self.connection.input_audio_buffer.append(audio=audio)

    async def speak_on(self, *sounds: Pcm) -> None:
        """Say this in real time, then be silent, without end."""
        sound = np.concatenate((*sounds, np.zeros(0, np.float32)))
        step = WIRE_HZ // 10
        while True:
            piece, sound = sound[:step], sound[step:]
            await self.say(np.concatenate((piece, np.zeros(step - len(piece), np.float32))))
            await asyncio.sleep(0.1)

    def sound(self, response: str) -> bytes:
        """The sound of a response, as far as it came."""
        deltas = (
            event["delta"]
            for event in self.heard
            if event["type"] == "response.output_audio.delta" and event["response_id"] == response
        )
        return b"".join(map(base64.b64decode, deltas))


@asynccontextmanager
async def openai_client(port: int, **headers: str) -> AsyncIterator[OpenAiClient]:
    """A session of the library's; its first message has come."""
    library = AsyncOpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="any")
    async with library.realtime.connect(model="voicechat", extra_headers=headers) as connection:
        client = OpenAiClient(connection)
        await client.until("session.created")
        yield client
