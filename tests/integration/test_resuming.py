"""Connections that are cut at random points of conversations: nothing is lost, nothing doubled."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from cutting_proxy import cutting_proxy

from bench.redis_server import temporary_redis
from bench.system import System, free_port, running
from client.connection import Connection, connect
from client.events import (
    AnyEvent,
    ReplyDone,
    ReplySound,
    ReplyText,
    SpeechHeard,
)
from client.sound import read_question

pytestmark = pytest.mark.timeout(300)

REPLY = "One two three four. Five six seven eight nine ten. Eleven twelve."
SETTINGS = {
    "VOICECHAT_LLM_SCRIPTED_REPLY": REPLY,
    "VOICECHAT_TTS_TONE_WORD_S": "0.15",
    "VOICECHAT_GATEWAY_HEARTBEAT_S": "5",
}
PATIENCE_S = 60.0
QUESTION = Path(__file__).parents[1] / "audio" / "moon-distance.wav"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    logs = tmp_path_factory.mktemp("logs")
    with temporary_redis() as redis:
        async with running(redis.url, free_port(), logs, **SETTINGS) as it:
            yield it


def port_of(system: System) -> int:
    return int(system.url.split(":")[2].split("/")[0])


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


async def test_cuts_at_random_points_change_nothing(system: System) -> None:
    speech = list(read_question(QUESTION))
    async with connect(system.url) as connection:
        whole = await turn_of(connection, "Hello!")
        spoken = await turn_of(connection, speech)
    chance = random.Random(7)
    cuts = 0
    turns: list[Turn] = []
    async with cutting_proxy(port_of(system), lambda: chance.randrange(900, 15_000)) as proxy:
        while cuts < 30:
            proxy.cuts = 0
            async with connect(proxy.url) as connection:
                turns = [
                    await turn_of(connection, "Hello!" if place % 2 else speech)
                    for place in range(4)
                ]
            cuts += proxy.cuts
            for place, turn in enumerate(turns):
                assert turn.status == "completed"
                assert turn.texts == whole.texts
                assert turn.packets == whole.packets
                assert turn.heard == ([] if place % 2 else spoken.heard)
                assert len(turn.turns) == 1
            numbers = [min(turn.turns) for turn in turns]
            assert numbers == [1, 2, 3, 4]
