"""Records in Redis: one owner at a time, a log without gaps or repeats, and an end."""

import asyncio

import pytest

from shared.broker import BusSettings
from shared.bus import Bus, connect
from shared.records import Change, Ownership, Records

pytestmark = pytest.mark.timeout(60)

OWN = Ownership(record="r", owner="g", digest=b"digest")


async def claimed_log(records: Records) -> list[bytes]:
    claim = await records.claim("r", b"digest", "reader")
    assert claim is not None
    return list(claim.entries)


@pytest.fixture
def settings(redis_url: str) -> BusSettings:
    return BusSettings(url=redis_url)


async def keys(bus: Bus) -> list[bytes]:
    found: list[bytes] = await bus._redis.keys("*record*")
    return found


async def test_a_record_is_what_was_kept_of_it(settings: BusSettings) -> None:
    async with connect(settings) as bus:
        records = bus.records
        assert await records.keep(OWN, Change(content=b"one", entries=[b"a", b"b"]))
        assert await records.keep(OWN, Change(first=3, entries=[b"c"], forgotten=1))
        claim = await records.claim("r", b"digest", "h")
        assert claim is not None
        assert (claim.former, claim.content, claim.last) == ("g", b"one", 3)
        assert claim.entries == (b"b", b"c")
        assert claim.ownership.fence == 2


async def test_entries_that_are_kept_twice_are_there_once(settings: BusSettings) -> None:
    async with connect(settings) as bus:
        records = bus.records
        for first, entries in ((1, [b"a"]), (1, [b"a", b"b"]), (2, [b"b", b"c"])):
            await records.keep(OWN, Change(content=b"x", first=first, entries=entries))
        assert await claimed_log(records) == [b"a", b"b", b"c"]


async def test_who_is_not_the_owner_any_more_changes_nothing(settings: BusSettings) -> None:
    async with connect(settings) as bus:
        records = bus.records
        await records.keep(OWN, Change(content=b"one"))
        claim = await records.claim("r", b"digest", "h")
        assert claim is not None
        assert await records.keep(OWN, Change(content=b"two")) is False
        assert not await records.remove(OWN)
        again = await records.claim("r", b"digest", "h")
        assert again is not None
        assert again.content == b"one"
        assert await records.keep(claim.ownership, Change(content=b"three")) is False
        assert await records.remove(again.ownership)
        assert await keys(bus) == []


async def test_a_claim_needs_the_record_and_its_secret(settings: BusSettings) -> None:
    async with connect(settings) as bus:
        await bus.records.keep(OWN, Change(content=b"one"))
        assert await bus.records.claim("r", b"other", "h") is None
        assert await bus.records.claim("s", b"digest", "h") is None
        assert await bus.records.keep(OWN, Change(content=b"two"))


async def test_a_record_that_redis_has_lost_is_made_anew_with_its_content(
    settings: BusSettings,
) -> None:
    async with connect(settings) as bus:
        await bus.records.keep(OWN, Change(content=b"one", entries=[b"a"]))
        await bus._redis.flushall()
        assert await bus.records.keep(OWN, Change(first=2, entries=[b"b"])) is None
        assert await bus.records.keep(OWN, Change(content=b"one", first=2, entries=[b"b"]))
        assert await claimed_log(bus.records) == [b"b"]


async def test_a_record_without_news_expires(settings: BusSettings) -> None:
    async with connect(settings) as bus:
        await bus.records.keep(OWN, Change(content=b"one", entries=[b"a"], expires_s=1))
        assert len(await keys(bus)) == 2
        await asyncio.sleep(1.5)
        assert await keys(bus) == []
