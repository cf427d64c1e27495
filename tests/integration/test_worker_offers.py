"""What live workers offer, as a gateway sees it."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from bench.redis_server import RedisServer
from gateway.offers import Offers
from shared import broker
from shared.broker import BusSettings
from shared.bus import BEAT_S, connect
from shared.errors import BrokerError
from shared.offers import Offer, OfferedVoice
from shared.streams import SENTENCES, TURNS

LLAMA = Offer(engine="llama_cpp", model="small")
ESPEAK = Offer(engine="espeak", model="espeak-ng", voices=(OfferedVoice("en-us", "en-us"),))


async def test_an_offer_lasts_as_long_as_its_worker(redis_url: str) -> None:
    async with AsyncExitStack() as stack:
        names = ("gateway", "one", "two")
        buses = [
            await stack.enter_async_context(connect(BusSettings(url=redis_url), n)) for n in names
        ]
        gateway, *workers = buses
        for worker in workers:
            worker.announce(LLAMA)
            await worker.join(TURNS)
            await worker.beat(TURNS)
        assert await gateway.offers() == {"stt": (), "llm": (LLAMA,), "tts": ()}
        for worker in workers:
            await worker.leave(TURNS)
        assert await gateway.offers() == {"stt": (), "llm": (), "tts": ()}


async def test_a_worker_that_announces_nothing_is_live_all_the_same(redis_url: str) -> None:
    async with connect(BusSettings(url=redis_url), "one") as bus:
        await bus.beat(TURNS)
        assert (await bus.live_workers())["llm"] == 1
        assert (await bus.offers())["llm"] == ()


async def test_an_offer_that_cannot_be_read_is_passed_over(redis_server: RedisServer) -> None:
    async with connect(BusSettings(url=redis_server.url), "one") as bus:
        bus.announce(LLAMA)
        await bus.beat(TURNS)
        with redis_server.client() as client:
            client.set("{voicechat}:offer:llm:one", b"?")
        assert (await bus.offers())["llm"] == ()


async def test_the_gateway_remembers_offers_for_a_while(redis_url: str) -> None:
    async with connect(BusSettings(url=redis_url), "one") as bus:
        offers = Offers(bus)
        assert await offers.voices() == ()
        bus.announce(ESPEAK)
        await bus.beat(SENTENCES)
        assert await offers.of("tts") == ()
        fresh = Offers(bus)
        assert await fresh.of("tts") == (ESPEAK,)
        assert await fresh.voices() == ESPEAK.voices


async def test_nobody_waits_in_line_for_a_broker_that_hangs(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker, "_ANSWER_S", 0.3)
    async with connect(BusSettings(url=redis_server.url), "one") as bus:
        offers = Offers(bus)
        with redis_server.client() as client:
            client.client_pause(800)
        told = await asyncio.gather(*(offers.voices() for _ in range(4)), return_exceptions=True)
        assert [type(error) for error in told] == [BrokerError] * 4
        await asyncio.sleep(BEAT_S)
        assert await offers.voices() == ()
