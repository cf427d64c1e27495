"""Connections that are cut at random points of conversations: nothing is lost, nothing doubled."""

import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from cutting_proxy import cutting_proxy
from turns import AUDIO, Turn, turn_of

from bench.redis_server import temporary_redis
from bench.system import System, free_port, running
from client.connection import connect
from client.sound import read_question

pytestmark = pytest.mark.timeout(300)

REPLY = "One two three four. Five six seven eight nine ten. Eleven twelve."
SETTINGS = {
    "VOICECHAT_LLM_SCRIPTED_REPLY": REPLY,
    "VOICECHAT_TTS_TONE_WORD_S": "0.15",
    "VOICECHAT_GATEWAY_HEARTBEAT_S": "5",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    logs = tmp_path_factory.mktemp("logs")
    with temporary_redis() as redis:
        async with running(redis.url, free_port(), logs, **SETTINGS) as it:
            yield it


def port_of(system: System) -> int:
    return int(system.url.split(":")[2].split("/")[0])


async def test_cuts_at_random_points_change_nothing(system: System) -> None:
    speech = list(read_question(AUDIO / "moon-distance.wav"))
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
