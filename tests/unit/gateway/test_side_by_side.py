"""Work on several things at once, and what is left of it when it ends early."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from gateway.endpoints.side_by_side import side_by_side


class Workshop:
    """Doubles numbers when it is told to, and knows what it is working on."""

    def __init__(self) -> None:
        self.at_work: set[int] = set()
        self.most_at_work = 0
        self.may_end: dict[int, asyncio.Event] = {}
        self.is_closed = False

    async def items(self, count: int) -> AsyncGenerator[int, None]:
        try:
            for item in range(count):
                self.may_end[item] = asyncio.Event()
                yield item
        finally:
            self.is_closed = True

    async def double(self, item: int) -> int:
        self.at_work.add(item)
        self.most_at_work = max(self.most_at_work, len(self.at_work))
        try:
            await self.may_end[item].wait()
            if item == 13:
                raise ValueError("bad luck")
            return 2 * item
        finally:
            self.at_work.discard(item)

    def allow(self, *items: int) -> None:
        for item in items:
            self.may_end[item].set()


async def test_results_come_in_order_whatever_is_done_first() -> None:
    workshop = Workshop()
    results = side_by_side(workshop.items(2), workshop.double, most=2)
    first = asyncio.create_task(anext(results))
    while len(workshop.at_work) < 2:
        await asyncio.sleep(0)
    workshop.allow(1)
    await asyncio.sleep(0)
    workshop.allow(0)
    assert [await first, *[result async for result in results]] == [0, 2]


async def test_no_more_are_in_work_than_may_be() -> None:
    workshop = Workshop()
    results = side_by_side(workshop.items(10), workshop.double, most=3)
    reading = asyncio.create_task(read(results))
    while not reading.done():
        if len(workshop.at_work) == 3 or len(workshop.may_end) == 10:
            workshop.allow(*workshop.may_end)
        await asyncio.sleep(0)
    assert reading.result() == [2 * item for item in range(10)]
    assert workshop.most_at_work == 3


async def read(results: AsyncGenerator[int, None]) -> list[int]:
    return [result async for result in results]


async def test_closing_ends_all_that_is_in_work() -> None:
    workshop = Workshop()
    results = side_by_side(workshop.items(10), workshop.double, most=3)
    first = asyncio.create_task(anext(results))
    while len(workshop.at_work) < 3:
        await asyncio.sleep(0)
    workshop.allow(0)
    assert await first == 0
    await results.aclose()
    assert workshop.at_work == set()
    assert workshop.is_closed


async def test_a_reader_that_is_cancelled_ends_all_that_is_in_work() -> None:
    workshop = Workshop()
    reading = asyncio.create_task(read(side_by_side(workshop.items(10), workshop.double, most=3)))
    while len(workshop.at_work) < 3:
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert workshop.at_work == set()


async def test_an_error_ends_the_rest() -> None:
    workshop = Workshop()
    reading = asyncio.create_task(read(side_by_side(workshop.items(20), workshop.double, most=3)))
    while not reading.done():
        workshop.allow(*workshop.may_end)
        await asyncio.sleep(0)
    with pytest.raises(ValueError, match="bad luck"):
        await reading
    assert workshop.at_work == set()
