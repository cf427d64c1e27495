"""A gateway is killed in mid-reply, and its clients go on at another as if nothing had been."""

import asyncio
import signal
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from cutting_proxy import CuttingProxy, cutting_proxy
from turns import AUDIO, PATIENCE_S, Turn, turn_of

from bench.redis_server import temporary_redis
from bench.system import System, free_port, running
from client.connection import HANDS_FREE, Connection, connect
from client.events import (
    Reconnecting,
    ReplyDone,
    ReplyStarted,
    Resumed,
    SpeechCommitted,
    SpeechHeard,
    SpeechStarted,
    SpeechStopped,
)
from client.sound import read_question

pytestmark = [pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

REPLY = "One two three four. Five six seven eight nine ten. Eleven twelve."
QUESTION, SILENCE = AUDIO / "moon-distance.wav", AUDIO / "silence.wav"
SETTINGS = {
    "VOICECHAT_LLM_SCRIPTED_REPLY": REPLY,
    "VOICECHAT_TTS_TONE_WORD_S": "0.3",
    "VOICECHAT_TTS_TONE_DELAY_S": "0.02",
}


class Pair:
    """Two gateways on one Redis, and a proxy in front of them."""

    def __init__(self, system: System, ports: dict[str, int], proxy: CuttingProxy) -> None:
        self.system = system
        self.ports = ports
        self.proxy = proxy

    async def lead_to(self, name: str) -> None:
        """New connections go to this gateway, which runs."""
        if not self.system.is_running(name):
            await start(self.system, name, self.ports[name])
        self.proxy.target = self.ports[name]

    def kill(self, name: str) -> None:
        self.system.signal(name, signal.SIGKILL)


async def start(system: System, name: str, port: int) -> None:
    system.start("gateway", name, {"VOICECHAT_GATEWAY_PORT": str(port)})
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    logs = tmp_path_factory.mktemp("logs")
    ports = {"first": free_port(), "second": free_port()}
    with temporary_redis() as redis:
        async with (
            running(redis.url, free_port(), logs, **SETTINGS) as system,
            cutting_proxy(ports["first"]) as proxy,
        ):
            for name, port in ports.items():
                await start(system, name, port)
            yield Pair(system, ports, proxy)


async def whole_turn(pair: Pair, question: str | list[bytes]) -> Turn:
    """How the turn is when nothing goes wrong."""
    async with connect(pair.system.url) as connection:
        return await turn_of(connection, question)


async def listen(connection: Connection, turn: Turn, packets: int) -> None:
    """Listen until so many packets have come."""
    while len(turn.packets) < packets:
        turn.take(await connection.receive())


@pytest.mark.parametrize("packets", [1, 60, 110])
async def test_a_reply_goes_on_where_its_gateway_was_killed(pair: Pair, packets: int) -> None:
    whole = await whole_turn(pair, "Hello!")
    await pair.lead_to("first")
    turn = Turn()
    async with asyncio.timeout(PATIENCE_S), connect(pair.proxy.url) as connection:
        await connection.send_text("Hello!")
        await connection.request_reply()
        await listen(connection, turn, packets)
        await pair.lead_to("second")
        pair.kill("first")
        kinds = []
        while not turn.is_done:
            event = await connection.receive()
            kinds.append(type(event))
            turn.take(event)
        assert [kind for kind in kinds if kind in (Reconnecting, Resumed)] == [
            Reconnecting,
            Resumed,
        ]
        assert turn == whole
        following = await turn_of(connection, "And now?")
        assert following.turns == {2}
        assert following.packets == whole.packets


async def test_speech_whose_transcript_was_awaited_is_not_said_again(pair: Pair) -> None:
    speech = list(read_question(QUESTION))
    whole = await whole_turn(pair, speech)
    await pair.lead_to("first")
    async with asyncio.timeout(PATIENCE_S), connect(pair.proxy.url) as connection:
        await connection.send_speech(speech, is_fast=True)
        await connection.commit_speech()
        await connection.request_reply()
        while not isinstance(await connection.receive(), SpeechCommitted):
            pass
        await pair.lead_to("second")
        pair.kill("first")
        turn = Turn()
        while not turn.is_done:
            turn.take(await connection.receive())
        assert turn == whole


async def test_half_an_utterance_is_continued_at_the_other_gateway(pair: Pair) -> None:
    speech = list(read_question(QUESTION))
    whole = await whole_turn(pair, speech)
    await pair.lead_to("first")
    async with asyncio.timeout(PATIENCE_S), connect(pair.proxy.url) as connection:
        await connection.send_speech(speech[:40], is_fast=True)
        await asyncio.sleep(0.2)
        await pair.lead_to("second")
        pair.kill("first")
        assert isinstance(await connection.receive(), Reconnecting)
        assert isinstance(await connection.receive(), Resumed)
        await connection.send_speech(speech[40:], is_fast=True)
        await connection.commit_speech()
        await connection.request_reply()
        turn = Turn()
        while not turn.is_done:
            turn.take(await connection.receive())
        assert turn == whole


async def test_who_talks_hands_free_need_not_begin_again(pair: Pair) -> None:
    """The gateway dies while they are speaking."""
    speech = [*read_question(QUESTION), *read_question(SILENCE)]
    await pair.lead_to("first")
    kinds: list[type] = []
    turn = Turn()
    async with (
        asyncio.timeout(PATIENCE_S),
        connect(pair.proxy.url, turn_detection=HANDS_FREE) as connection,
        asyncio.TaskGroup() as tasks,
    ):
        speaking = tasks.create_task(connection.send_speech(speech))
        while not turn.is_done:
            event = await connection.receive()
            kinds.append(type(event))
            turn.take(event)
            if isinstance(event, SpeechStarted):
                await pair.lead_to("second")
                pair.kill("first")
        speaking.cancel()
    assert turn.status == "completed"
    once = (SpeechStarted, SpeechStopped, SpeechCommitted, SpeechHeard, ReplyStarted, ReplyDone)
    assert [kinds.count(kind) for kind in once] == [1] * len(once)
    assert kinds.count(Resumed) == 1
    assert "".join(turn.texts) == REPLY
