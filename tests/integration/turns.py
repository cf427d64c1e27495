"""What a client gets in one turn, to be compared with what it should have got."""

import asyncio
from pathlib import Path

import msgspec

from client.connection import Connection
from client.events import AnyEvent, ReplyDone, ReplySound, ReplyText, SpeechHeard

PATIENCE_S = 60.0
AUDIO = Path(__file__).parents[1] / "audio"


class Turn(msgspec.Struct):
    """What a client got in one turn."""

    texts: list[str] = []
    packets: list[tuple[int, int, bytes]] = []
    """Sentence, place in it, content."""
    turns: set[int] = set()
    heard: list[str] = []
    status: str = ""

    def take(self, event: AnyEvent) -> None:
        match event:
            case ReplyText(delta=delta):
                self.texts.append(delta)
            case ReplySound():
                self.packets.append((event.sentence, event.index, event.packet))
                self.turns.add(event.turn)
            case SpeechHeard(text=text):
                self.heard.append(text)
            case ReplyDone():
                self.status = event.status
            case _:
                return

    @property
    def is_done(self) -> bool:
        return bool(self.status)


async def turn_of(connection: Connection, question: str | list[bytes]) -> Turn:
    turn = Turn()

    async def put() -> None:
        if isinstance(question, str):
            await connection.send_text(question)
        else:
            await connection.send_speech(question)
            await connection.commit_speech()
        await connection.request_reply()

    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as tasks:
        tasks.create_task(put())
        while not turn.is_done:
            turn.take(await connection.receive())
    return turn
