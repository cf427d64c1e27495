"""The bus on a real Redis: what is published once is taken once, and nothing is lost between."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bench.redis_server import RedisServer, embedded_redis_binary
from shared.broker import BusSettings
from shared.bus import Bus, connect
from shared.errors import BrokerError, LeaseLost, QueueFull
from shared.messages import Sentence, Transcript, TurnCancelled, UserTurn, Utterance, decode, encode
from shared.streams import CONTROL, SENTENCES, TURNS, UTTERANCES, replies

UTTERANCE = Utterance(session="s", turn=1, gateway="g", deadline_s=9e9, packets=(b"opus",))
SENTENCE = Sentence(session="s", turn=1, gateway="g", deadline_s=9e9, index=0, text="Hi.")
TURN = UserTurn(session="s", turn=1, gateway="g", deadline_s=9e9, text="hello")
TRANSCRIPT = Transcript(session="s", turn=1, text="hello")


@asynccontextmanager
async def buses(url: str, *consumers: str, **settings: Any) -> AsyncIterator[list[Bus]]:
    async with AsyncExitStack() as stack:
        own = BusSettings(url=url, **settings)
        yield [await stack.enter_async_context(connect(own, name)) for name in consumers]


@pytest.fixture(params=["current", "6.2"])
async def two(
    request: pytest.FixtureRequest, tmp_path: Path, redis_server: RedisServer
) -> AsyncIterator[list[Bus]]:
    """Two workers' buses, on the system's Redis and on the oldest one supported."""
    if request.param == "current":
        async with buses(redis_server.url, "one", "two") as pair:
            yield pair
        return
    old = RedisServer(embedded_redis_binary(), tmp_path)
    old.start()
    try:
        async with buses(old.url, "one", "two") as pair:
            yield pair
    finally:
        old.kill()


async def test_a_message_reaches_one_worker_of_its_stage(two: list[Bus]) -> None:
    one, other = two
    await one.join(UTTERANCES)
    await one.submit(UTTERANCE, "g")
    delivery = await one.take(UTTERANCES, 1)
    assert delivery is not None
    assert decode(delivery.payload) == UTTERANCE
    assert delivery.queued_s < 1
    assert await other.take(UTTERANCES, 0.01) is None


async def test_an_orphaned_message_is_adopted_with_what_had_been_published(two: list[Bus]) -> None:
    one, other = two
    await one.submit(UTTERANCE, "g")
    delivery = await one.take(UTTERANCES, 1)
    assert delivery is not None
    await one.deliver(delivery, 0, TRANSCRIPT, gateway="g")
    assert await other.adopt(UTTERANCES, lease_s=60) is None
    await asyncio.sleep(0.05)
    adopted = await other.adopt(UTTERANCES, lease_s=0.04)
    assert adopted is not None
    assert adopted.progress == (encode(TRANSCRIPT),)
    assert adopted.deliveries == 2


async def test_a_worker_that_lost_its_lease_publishes_nothing_more(two: list[Bus]) -> None:
    one, other = two
    await one.submit(UTTERANCE, "g")
    delivery = await one.take(UTTERANCES, 1)
    assert delivery is not None
    adopted = await other.adopt(UTTERANCES, lease_s=0)
    assert adopted is not None
    with pytest.raises(LeaseLost):
        await one.deliver(delivery, 0, TURN, gateway="g", done=True)
    assert await one.renew(UTTERANCES, [delivery.entry]) == {delivery.entry}
    assert await one.take(TURNS, 0.01) is None
    await other.deliver(adopted, 0, TURN, gateway="g", done=True)
    assert await one.take(TURNS, 1) is not None


async def test_results_that_belong_together_are_published_as_one(two: list[Bus]) -> None:
    one, other = two
    await one.submit(UTTERANCE, "g")
    delivery = await one.take(UTTERANCES, 1)
    assert delivery is not None
    async with aclosing(other.observe(replies("g"), since_s=30)) as messages:
        for _ in range(2):  # as after a connection that broke before the answer came
            await one.deliver(delivery, 0, TRANSCRIPT, SENTENCE, gateway="g")
        assert [await anext(messages) for _ in range(2)] == [TRANSCRIPT, SENTENCE]
    adopted = await other.adopt(UTTERANCES, lease_s=0)
    assert adopted is not None
    assert adopted.progress == (encode(TRANSCRIPT), encode(SENTENCE))
    await other.deliver(adopted, 2, TURN, gateway="g", done=True)
    assert await other.take(SENTENCES, 1) is not None
    assert await other.take(SENTENCES, 0.01) is None


async def test_a_renewed_lease_is_kept(two: list[Bus]) -> None:
    one, other = two
    await one.submit(UTTERANCE, "g")
    delivery = await one.take(UTTERANCES, 1)
    assert delivery is not None
    await asyncio.sleep(1.2)
    assert await one.renew(UTTERANCES, [delivery.entry]) == set()
    assert await other.adopt(UTTERANCES, lease_s=1.0) is None


async def test_a_released_message_goes_to_another_at_once(two: list[Bus]) -> None:
    one, other = two
    await one.submit(UTTERANCE, "g")
    delivery = await one.take(UTTERANCES, 1)
    assert delivery is not None
    await one.release(UTTERANCES, [delivery.entry])
    assert await other.adopt(UTTERANCES, lease_s=60) is not None


async def test_every_orphan_is_found_behind_many_messages_in_work(two: list[Bus]) -> None:
    one, other = two
    for turn in range(1, 41):
        await one.submit(msgspec.structs.replace(UTTERANCE, turn=turn), "g")
    entries = [d.entry for _ in range(40) if (d := await one.take(UTTERANCES, 1))]
    await one.release(UTTERANCES, entries[-1:])
    adopted = await other.adopt(UTTERANCES, lease_s=60)
    assert adopted is not None
    assert adopted.entry == entries[-1]


async def test_a_repeated_command_publishes_once(two: list[Bus]) -> None:
    one, _ = two
    await one.submit(UTTERANCE, "g")
    delivery = await one.take(UTTERANCES, 1)
    assert delivery is not None
    for _ in range(2):  # as after a connection that broke before the answer came
        await one.deliver(delivery, 0, SENTENCE, gateway="g")
    assert await one.take(SENTENCES, 0.01) is not None
    assert await one.take(SENTENCES, 0.01) is None


async def test_a_finished_message_leaves_nothing_behind(redis_server: RedisServer) -> None:
    async with buses(redis_server.url, "one") as [one]:
        await one.submit(UTTERANCE, "g")
        delivery = await one.take(UTTERANCES, 1)
        assert delivery is not None
        await one.deliver(delivery, 0, TRANSCRIPT, gateway="g")
        await one.deliver(delivery, 1, done=True)
        await one.beat(UTTERANCES)
        await one.leave(UTTERANCES)
    with redis_server.client() as client:
        assert client.xlen("{voicechat}:utterances") == 0
        assert client.xpending("{voicechat}:utterances", "stt")["pending"] == 0
        assert client.xinfo_consumers("{voicechat}:utterances", "stt") == []
        lasting = {key for key in client.scan_iter() if client.ttl(key) == -1}
        assert lasting <= {b"{voicechat}:utterances", b"{voicechat}:workers:stt"}


async def test_a_full_stage_refuses_new_turns(redis_url: str) -> None:
    async with buses(redis_url, "one", queue_limit=2) as [one]:
        await one.submit(UTTERANCE, "g")
        await one.submit(UTTERANCE, "g")
        with pytest.raises(QueueFull, match="busy"):
            await one.submit(UTTERANCE, "g")


async def test_a_stage_further_on_that_is_full_refuses_new_turns_too(redis_url: str) -> None:
    async with buses(redis_url, "one", queue_limit=2) as [one]:
        await one.submit(UTTERANCE, "g")
        delivery = await one.take(UTTERANCES, 1)
        assert delivery is not None
        sentence = Sentence(session="s", turn=1, gateway="g", deadline_s=9e9, index=0, text="Hi.")
        for position in range(2):
            await one.deliver(delivery, position, sentence, gateway="g")
        with pytest.raises(QueueFull):
            await one.submit(TURN, "g")
        await one.submit(TurnCancelled(session="s", turn=1), "g")


async def test_a_message_that_somebody_deleted_does_not_stop_the_workers(two: list[Bus]) -> None:
    one, other = two
    await one.submit(UTTERANCE, "g")
    delivery = await one.take(UTTERANCES, 1)
    assert delivery is not None
    await one._redis.xdel("{voicechat}:utterances", delivery.entry)
    assert await other.adopt(UTTERANCES, lease_s=0) is None


async def test_an_observer_sees_all_that_comes_and_nothing_from_before(two: list[Bus]) -> None:
    one, other = two
    await one.submit(TurnCancelled(session="s", turn=1), "g")
    await asyncio.sleep(0.05)
    seen = []
    async with aclosing(other.observe(CONTROL)) as control:
        following = asyncio.ensure_future(anext(control))
        await asyncio.sleep(0.05)
        for turn in (2, 3):
            await one.submit(TurnCancelled(session="s", turn=turn), "g")
        seen = [(await following).turn, (await anext(control)).turn]
    assert seen == [2, 3]


async def test_a_late_observer_can_look_back(two: list[Bus]) -> None:
    one, other = two
    await one.submit(TurnCancelled(session="s", turn=1), "g")
    async with aclosing(other.observe(CONTROL, since_s=30)) as control:
        assert (await anext(control)).turn == 1


async def test_what_a_newer_version_says_is_skipped(redis_server: RedisServer) -> None:
    async with buses(redis_server.url, "one") as [one]:
        stream = replies("g")
        with redis_server.client() as client:
            client.xadd("{voicechat}:replies:g", {"m": b"\x81\xa4type\xa3New"})
        async with aclosing(one.observe(stream, since_s=30)) as messages:
            following = asyncio.ensure_future(anext(messages))
            await one.submit(TRANSCRIPT, "g")
            assert await following == TRANSCRIPT


async def test_a_turn_survives_a_killed_redis(own_redis: RedisServer) -> None:
    async with buses(own_redis.url, "one", "two") as [one, other]:
        await one.submit(UTTERANCE, "g")
        delivery = await one.take(UTTERANCES, 1)
        assert delivery is not None
        await one.deliver(delivery, 0, TRANSCRIPT, gateway="g")
        waiting = asyncio.ensure_future(other.take(TURNS, 60))
        own_redis.kill()
        late = asyncio.ensure_future(one.deliver(delivery, 1, TURN, gateway="g", done=True))
        with pytest.raises(BrokerError, match="does not answer"):
            await one.ping()
        own_redis.start()
        await late
        taken = await waiting
        assert taken is not None
        assert decode(taken.payload) == TURN


async def test_a_connection_that_redis_closed_while_idle_is_opened_again(
    redis_server: RedisServer,
) -> None:
    async with buses(redis_server.url, "one") as [one]:
        await one.join(UTTERANCES)
        await one.ping()
        with redis_server.client() as client:
            client.client_kill_filter(_type="normal", skipme=True)
        await asyncio.sleep(0.05)
        await one.ping()


async def test_a_connection_that_is_cut_while_a_worker_waits_is_opened_again(
    redis_server: RedisServer,
) -> None:
    async with buses(redis_server.url, "one", "two") as [one, other]:
        await one.join(UTTERANCES)
        waiting = asyncio.ensure_future(one.take(UTTERANCES, 1))
        await asyncio.sleep(0.05)
        with redis_server.client() as client:
            client.client_kill_filter(_type="normal", skipme=True)
        await other.submit(UTTERANCE, "g")
        assert await waiting is not None


async def test_a_command_that_is_cancelled_leaves_its_answer_to_nobody(redis_url: str) -> None:
    async with buses(redis_url, "one", "two") as [one, other]:
        await one.join(UTTERANCES)
        waiting = asyncio.ensure_future(one.take(UTTERANCES, 60))
        await asyncio.sleep(0.05)
        waiting.cancel()
        await asyncio.wait([waiting])
        await one.submit(UTTERANCE, "g")
        await one.ping()
        assert (await other.live_workers())["stt"] == 0
        delivery = await other.take(UTTERANCES, 1)
        assert delivery is not None
        assert decode(delivery.payload) == UTTERANCE


async def test_many_commands_at_once_get_each_its_own_answer(redis_url: str) -> None:
    async with buses(redis_url, "one") as [one]:
        jobs = (UTTERANCE, TURN)
        await asyncio.gather(*(one.submit(job, "g") for job in jobs))
        taken = await asyncio.gather(*(one.take(stream, 1) for stream in (UTTERANCES, TURNS)))
        assert [decode(delivery.payload) for delivery in taken if delivery] == list(jobs)


async def test_a_rush_leaves_connections_for_what_comes_after(redis_url: str) -> None:
    async with buses(redis_url, "one") as [one]:
        await asyncio.gather(*(one.submit(UTTERANCE, "g") for _ in range(150)))
        assert await one.live_workers() == {"stt": 0, "llm": 0, "tts": 0}


async def test_scripts_that_redis_forgot_are_sent_again(redis_server: RedisServer) -> None:
    async with buses(redis_server.url, "one") as [one]:
        await one.submit(UTTERANCE, "g")
        with redis_server.client() as client:
            client.script_flush()
        await one.submit(UTTERANCE, "g")
        with redis_server.client() as client:
            assert client.xlen("{voicechat}:utterances") == 2


async def test_a_redis_that_lost_everything_is_set_up_again(redis_server: RedisServer) -> None:
    async with buses(redis_server.url, "one") as [one]:
        await one.join(UTTERANCES)
        await one.submit(UTTERANCE, "g")
        delivery = await one.take(UTTERANCES, 1)
        assert delivery is not None
        with redis_server.client() as client:
            client.flushall()
        with pytest.raises(LeaseLost):
            await one.deliver(delivery, 0, TRANSCRIPT, gateway="g")
        assert await one.take(UTTERANCES, 0.01) is None
        await one.submit(UTTERANCE, "g")
        assert await one.take(UTTERANCES, 1) is not None


async def test_workers_are_counted_while_they_show_that_they_live(redis_url: str) -> None:
    async with buses(redis_url, "one", "two") as [one, other]:
        assert await one.live_workers() == {"stt": 0, "llm": 0, "tts": 0}
        await one.join(UTTERANCES)
        await one.beat(UTTERANCES)
        await other.beat(UTTERANCES)
        assert await one.live_workers() == {"stt": 2, "llm": 0, "tts": 0}
        await one.leave(UTTERANCES)
        assert await one.live_workers() == {"stt": 1, "llm": 0, "tts": 0}


async def test_no_redis_is_told_with_what_to_do() -> None:
    url = "redis://user:secret@127.0.0.1:1"
    with pytest.raises(BrokerError, match="set VOICECHAT_REDIS_URL") as caught:
        async with buses(url, "one", patience_s=0.1):
            pass
    assert "secret" not in str(caught.value)


async def test_a_wrong_url_is_told() -> None:
    with pytest.raises(BrokerError, match="not a Redis URL"):
        async with buses("http://127.0.0.1", "one"):
            pass
