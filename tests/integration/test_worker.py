"""The worker loop on a real Redis: crashes, leases, staleness, poison, draining."""

import asyncio
import time
from collections.abc import AsyncIterator

import msgspec
import pytest
from worker_bench import SETTINGS, TURN, Pipeline, Reader, pipeline_on, said, until

from bench.redis_server import RedisServer
from shared.broker import BusSettings
from shared.bus import connect
from shared.messages import (
    AnyMessage,
    ReplyEnded,
    Sentence,
    SessionEnded,
    TurnCancelled,
    WorkFailed,
)
from shared.streams import TURNS
from shared.worker import Worker, WorkerSettings


@pytest.fixture
async def pipeline(redis_url: str) -> AsyncIterator[Pipeline]:
    async with pipeline_on(redis_url) as it:
        yield it


async def test_results_arrive_in_order_and_say_how_long_they_took(pipeline: Pipeline) -> None:
    await pipeline.start("one", Reader())
    await pipeline.bus.submit(TURN, "g")
    results = await pipeline.reply()
    assert said(results) == ["one", "two", "three"]
    assert isinstance(results[-1], ReplyEnded)
    assert all(0 <= result.queued_s < 5 and result.worked_s >= 0 for result in results)


async def test_the_rest_of_a_dead_workers_reply_comes_from_another(pipeline: Pipeline) -> None:
    running, _ = await pipeline.start("dies", slow := Reader(pause_s=0.15))
    await pipeline.bus.submit(TURN, "g")
    await until(lambda: slow.said == ["one", "two"])
    running.cancel()
    await pipeline.start("heir", Reader())
    assert said(await pipeline.reply()) == ["one", "two", "three"]


async def test_work_longer_than_its_lease_is_not_stolen(pipeline: Pipeline) -> None:
    patient = WorkerSettings(lease_s=2)  # longer than a shared machine stalls
    await pipeline.start("slow", slow := Reader(pause_s=1), patient)
    await pipeline.bus.submit(TURN, "g")
    await until(lambda: slow.begun == 1)
    await pipeline.start("idle", idle := Reader(), patient)
    assert said(await pipeline.reply()) == ["one", "two", "three"]
    assert idle.begun == 0


async def test_a_stall_does_not_count_as_a_death(
    pipeline: Pipeline, redis_server: RedisServer
) -> None:
    await pipeline.start("stalls", slow := Reader(pause_s=0.5))
    await pipeline.bus.submit(TURN, "g")
    await until(lambda: slow.begun == 1)
    time.sleep(1)  # noqa: ASYNC251 - the whole process stands still, for longer than the lease
    await asyncio.sleep(0.2)
    with redis_server.client() as client:
        [entry] = client.xpending_range("{voicechat}:turns", "llm", "-", "+", 10)
        assert entry["times_delivered"] == 1
    assert said(await pipeline.reply()) == ["one", "two", "three"]


async def test_a_worker_that_was_robbed_stops(
    pipeline: Pipeline, redis_server: RedisServer
) -> None:
    await pipeline.start("robbed", slow := Reader(pause_s=0.2))
    await pipeline.bus.submit(msgspec.structs.replace(TURN, text="one two three four five"), "g")
    await until(lambda: slow.said == ["one"])
    thief = await pipeline.connect("thief")
    stolen = await thief.adopt(TURNS, lease_s=0)
    assert stolen is not None
    await asyncio.sleep(0.5)
    assert len(slow.said) <= 2
    await thief.release(TURNS, [stolen.entry])
    assert said(await pipeline.reply()) == ["one", "two", "three", "four", "five"]


async def test_a_cancelled_turn_stops_within_a_step_and_is_not_given_to_another(
    pipeline: Pipeline, redis_server: RedisServer
) -> None:
    await pipeline.start("one", reader := Reader(pause_s=0.1))
    await pipeline.bus.submit(msgspec.structs.replace(TURN, text="one " * 500), "g")
    await until(lambda: reader.said != [])
    await pipeline.bus.submit(TurnCancelled(session="s", turn=1), "g")
    with redis_server.client() as client:
        await until(lambda: client.xlen("{voicechat}:turns") == 0)
    count = len(reader.said)
    await asyncio.sleep(0.3)
    assert len(reader.said) == count


@pytest.mark.parametrize(
    "over",
    [
        pytest.param(TurnCancelled(session="s", turn=1), id="turn cancelled"),
        pytest.param(SessionEnded(session="s", turn=0), id="session ended"),
    ],
)
async def test_queued_work_of_a_turn_that_is_over_is_skipped(
    pipeline: Pipeline, redis_server: RedisServer, over: AnyMessage
) -> None:
    await pipeline.bus.submit(TURN, "g")
    await pipeline.bus.submit(over, "g")
    await asyncio.sleep(0.05)
    other = msgspec.structs.replace(TURN, session="other", text="hello")
    await pipeline.start("one", Reader(pause_s=0.3))
    await asyncio.sleep(0.2)
    await pipeline.bus.submit(msgspec.structs.replace(over, session="s"), "g")
    await pipeline.bus.submit(other, "g")
    with redis_server.client() as client:
        await until(lambda: client.xlen("{voicechat}:turns") == 0)
    await pipeline.start("two", late := Reader())
    await asyncio.sleep(0.3)
    assert late.begun == 0


async def test_a_newer_turn_silences_the_older_reply(pipeline: Pipeline) -> None:
    await pipeline.start("one", reader := Reader(pause_s=0.05))
    await pipeline.bus.submit(msgspec.structs.replace(TURN, text="old " * 100), "g")
    await until(lambda: reader.said != [])
    await pipeline.bus.submit(msgspec.structs.replace(TURN, turn=2, text="new words"), "g")
    results = await pipeline.reply()
    assert said(results)[-2:] == ["new", "words"]
    assert len(results) < 50


async def test_a_failure_is_told_and_filed(pipeline: Pipeline, redis_server: RedisServer) -> None:
    await pipeline.start("one", Reader())
    await pipeline.bus.submit(msgspec.structs.replace(TURN, text="one trouble"), "g")
    results = await pipeline.reply()
    failure = results[-1]
    assert isinstance(failure, WorkFailed)
    assert (failure.stage, failure.code) == ("llm", "engine_failed")
    assert failure.detail == "the engine is out of breath"
    with redis_server.client() as client:
        [(_, dead)] = client.xrange("{voicechat}:dead")
        assert dead[b"reason"] == b"the engine is out of breath"
        assert dead[b"m"] != b""
        assert client.ttl("{voicechat}:dead") > 0


async def test_what_was_said_does_not_get_out_through_an_unexpected_error(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    await pipeline.start("one", Reader())
    await pipeline.bus.submit(msgspec.structs.replace(TURN, text="bug secret"), "g")
    [failure] = await pipeline.reply()
    assert isinstance(failure, WorkFailed)
    assert "ValueError" in failure.detail
    assert "secret" not in failure.detail + caplog.text


async def test_expired_work_is_dropped_and_told(pipeline: Pipeline) -> None:
    await pipeline.start("one", reader := Reader())
    await pipeline.bus.submit(msgspec.structs.replace(TURN, deadline_s=1.0), "g")
    [failure] = await pipeline.reply()
    assert isinstance(failure, WorkFailed)
    assert failure.code == "expired"
    assert reader.begun == 0


async def test_work_without_news_is_cut(pipeline: Pipeline) -> None:
    await pipeline.start("one", Reader(pause_s=60))
    await pipeline.bus.submit(msgspec.structs.replace(TURN, patience_s=0.3), "g")
    results = await pipeline.reply()
    assert said(results) == ["one"]
    assert isinstance(results[-1], WorkFailed)
    assert results[-1].code == "expired"


async def test_a_message_over_which_workers_die_is_given_up(
    pipeline: Pipeline, redis_server: RedisServer
) -> None:
    await pipeline.bus.submit(TURN, "g")
    for name in ("a", "b", "c"):
        bus = await pipeline.connect(name)
        taken = await bus.take(TURNS, 0.1) or await bus.adopt(TURNS, lease_s=0)
        assert taken is not None
    await pipeline.start("heir", reader := Reader())
    [failure] = await pipeline.reply()
    assert isinstance(failure, WorkFailed)
    assert failure.code == "gave_up"
    assert reader.begun == 0
    with redis_server.client() as client:
        assert client.xlen("{voicechat}:dead") == 1
        assert client.xlen("{voicechat}:turns") == 0


@pytest.mark.parametrize(
    "payload",
    [b"", b"\xff\x00", b"\x81\xa4type\xa8Mystery!", b"\x81\xa4type\xa8UserTurn"],
    ids=["empty", "not MessagePack", "unknown type", "fields missing"],
)
async def test_a_poison_message_goes_to_dead_and_the_next_is_served(
    pipeline: Pipeline, redis_server: RedisServer, payload: bytes
) -> None:
    await pipeline.start("one", Reader())
    with redis_server.client() as client:
        client.xadd("{voicechat}:turns", {"m": payload})
        await pipeline.bus.submit(TURN, "g")
        assert said(await pipeline.reply()) == ["one", "two", "three"]
        [(_, dead)] = client.xrange("{voicechat}:dead")
        assert b"cannot be decoded" in dead[b"reason"]
        assert dead[b"m"] == payload


async def test_progress_that_cannot_be_read_goes_to_dead_with_its_message(
    pipeline: Pipeline, redis_server: RedisServer
) -> None:
    bus = await pipeline.connect("newer")
    await pipeline.bus.submit(TURN, "g")
    taken = await bus.take(TURNS, 1)
    assert taken is not None
    with redis_server.client() as client:
        client.rpush(f"{{voicechat}}:progress:turns:{taken.entry}", b"\x81\xa4type\xa3New")
        await pipeline.start("one", Reader())
        await pipeline.bus.submit(msgspec.structs.replace(TURN, session="other"), "g")
        assert said(await pipeline.reply()) == ["one", "two", "three"]
        await until(lambda: client.xlen("{voicechat}:dead") == 1)


async def test_a_worker_told_to_stop_finishes_its_work_and_takes_no_more(
    pipeline: Pipeline,
) -> None:
    running, stopping = await pipeline.start("one", reader := Reader(pause_s=0.1))
    await pipeline.bus.submit(TURN, "g")
    await until(lambda: reader.begun == 1)
    stopping.set()
    assert said(await pipeline.reply()) == ["one", "two", "three"]
    await running
    await pipeline.bus.submit(msgspec.structs.replace(TURN, turn=2), "g")
    await asyncio.sleep(0.3)
    assert reader.begun == 1
    assert (await pipeline.bus.live_workers())["llm"] == 0


async def test_what_outlasts_the_grace_period_goes_to_another_worker_at_once(
    pipeline: Pipeline,
) -> None:
    settings = WorkerSettings(lease_s=30, grace_s=0.2)
    running, stopping = await pipeline.start("one", reader := Reader(pause_s=0.4), settings)
    await pipeline.bus.submit(TURN, "g")
    await until(lambda: reader.said == ["one"])
    stopping.set()
    await running
    await pipeline.start("heir", Reader(), settings)
    assert said(await pipeline.reply()) == ["one", "two", "three"]


async def test_work_that_goes_on_is_not_cut_at_the_deadline_of_its_start(
    pipeline: Pipeline,
) -> None:
    await pipeline.start("one", Reader(pause_s=0.4))
    deadline_s = pipeline.bus.now() + 1
    turn = msgspec.structs.replace(TURN, deadline_s=deadline_s, patience_s=20)
    await pipeline.bus.submit(turn, "g")
    results = await pipeline.reply()
    assert said(results) == ["one", "two", "three"]
    last = results[-2]
    assert isinstance(last, Sentence)
    assert last.deadline_s > deadline_s


async def test_a_worker_can_be_stopped_while_redis_is_away(own_redis: RedisServer) -> None:
    async with pipeline_on(own_redis.url) as pipeline:
        settings = WorkerSettings(lease_s=0.4, grace_s=0.1)
        running, stopping = await pipeline.start("one", reader := Reader(pause_s=0.2), settings)
        await pipeline.bus.submit(TURN, "g")
        await until(lambda: reader.said == ["one"])
        own_redis.kill()
        await asyncio.sleep(0.5)
        stopping.set()
        await asyncio.wait_for(running, 60)


async def test_several_messages_are_worked_on_at_once(pipeline: Pipeline) -> None:
    await pipeline.start("one", reader := Reader(pause_s=0.3))
    for session in "abc":
        await pipeline.bus.submit(msgspec.structs.replace(TURN, session=session), "g")
    await until(lambda: reader.begun == 2)
    await asyncio.sleep(0.1)
    assert reader.begun == Reader.concurrency


async def test_a_reply_survives_a_killed_redis(own_redis: RedisServer) -> None:
    async with pipeline_on(own_redis.url) as pipeline:
        await pipeline.start("one", reader := Reader(pause_s=0.2))
        await pipeline.bus.submit(TURN, "g")
        await until(lambda: reader.said == ["one"])
        own_redis.kill()
        await asyncio.sleep(0.5)
        own_redis.start()
        assert said(await pipeline.reply()) == ["one", "two", "three"]


async def test_a_cancelled_worker_always_ends(redis_url: str) -> None:
    for round_ in range(60):
        async with connect(BusSettings(url=redis_url), "one") as bus:
            running = asyncio.create_task(
                Worker(bus, TURNS, Reader(), SETTINGS).run(asyncio.Event())
            )
            await asyncio.sleep(round_ % 20 / 1000)
            running.cancel()
            ended, _ = await asyncio.wait([running], timeout=10)
            assert ended
