"""A client that does what voicechat2's page does with its socket, and keeps what it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

PATIENCE_S = 60.0
SOUND = "sound"
"""The kind under which files are remembered."""


class Page:
    """One open page."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket
        self.told: list[dict[str, Any]] = []
        """Messages in their order; of each sentence its `file`."""

    async def ping(self) -> None:
        await self.socket.send_str('{"type":"ping"}')

    async def let_go(self, recording: bytes) -> None:
        """The button is let go: the recorder hands out its file, and a little later has stopped."""
        await self.socket.send_bytes(recording)
        await asyncio.sleep(0.01)
        await self.stop()

    async def fall_silent(self, recording: bytes) -> None:
        """Its voice detection has found the end: both go out at once."""
        await self.socket.send_bytes(recording)
        await self.stop()

    async def stop(self) -> None:
        await self.socket.send_str('{"action":"stop_recording"}')

    async def next(self) -> dict[str, Any]:
        """The next message."""
        async with asyncio.timeout(PATIENCE_S):
            message = await self.socket.receive()
        if message.type is WSMsgType.BINARY:
            self.told.append({"type": SOUND, "file": message.data})
        else:
            assert message.type is WSMsgType.TEXT, message
            self.told.append(msgspec.json.decode(message.data))
        return self.told[-1]

    async def until(self, kind: str) -> dict[str, Any]:
        """The next message of a kind; what comes before it is kept."""
        while (message := await self.next())["type"] != kind:
            pass
        return message

    async def until_ready(self) -> None:
        """What makes the page show “Ready”."""
        await self.until("processing_complete")

    @property
    def kinds(self) -> list[str]:
        return [message["type"] for message in self.told]

    @property
    def files(self) -> list[bytes]:
        return [message["file"] for message in self.told if message["type"] == SOUND]

    @property
    def text(self) -> str:
        return "".join(message["content"] for message in self.told if message["type"] == "text")


@asynccontextmanager
async def page(url: str, **options: Any) -> AsyncIterator[Page]:
    """A page that has just been opened, on a gateway's `/ws`."""
    async with ClientSession() as web, web.ws_connect(url, **options) as socket:
        yield Page(socket)
