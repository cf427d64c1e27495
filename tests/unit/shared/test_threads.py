"""Blocking engines neither block the loop nor outlive whoever waits for them."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing

import pytest

from shared.threads import Emit, run_in_thread, stream_from_thread


class Gate:
    """Something that blocks a thread until it is opened."""

    def __init__(self) -> None:
        self.is_over = False
        self._entered = threading.Event()
        self._opened = threading.Event()

    def enter(self) -> str:
        self._entered.set()
        assert self._opened.wait(30)
        self.is_over = True
        return "through"

    def open(self) -> None:
        self._opened.set()

    async def entered(self) -> None:
        """Until somebody stands at the gate; the loop is free meanwhile."""
        assert await asyncio.to_thread(self._entered.wait, 30)


async def test_the_loop_goes_on_while_a_call_blocks() -> None:
    gate = Gate()
    call = asyncio.create_task(run_in_thread(gate.enter))
    await gate.entered()
    assert not call.done()
    gate.open()
    assert await call == "through"


async def test_an_error_of_the_call_comes_out() -> None:
    def fail() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await run_in_thread(fail)


async def test_a_cancelled_call_is_waited_for() -> None:
    gate = Gate()
    call = asyncio.create_task(run_in_thread(gate.enter))
    await gate.entered()
    call.cancel()
    await asyncio.sleep(0)
    assert not call.done()
    gate.open()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert gate.is_over


async def test_what_is_emitted_comes_out_in_order() -> None:
    def produce(emit: Emit[int]) -> None:
        for number in range(100):
            assert emit(number)

    assert [item async for item in stream_from_thread(produce, ahead=3)] == list(range(100))


async def test_items_come_out_while_more_are_made() -> None:
    gate = Gate()

    def produce(emit: Emit[str]) -> None:
        emit("first")
        emit(gate.enter())

    async with aclosing(stream_from_thread(produce)) as items:
        assert await anext(items) == "first"
        gate.open()
        assert await anext(items) == "through"


async def test_no_more_is_made_than_wanted_ahead() -> None:
    made: list[int] = []

    def produce(emit: Emit[int]) -> None:
        for number in range(1000):
            made.append(number)
            if not emit(number):
                return

    async with aclosing(stream_from_thread(produce, ahead=4)) as items:
        assert await anext(items) == 0
        assert await anext(items) == 1
    assert len(made) <= 2 + 4 + 2  # taken, ahead, one at the door, one let in by closing


async def test_an_error_comes_after_what_was_emitted_before() -> None:
    def produce(emit: Emit[int]) -> None:
        emit(1)
        raise ValueError("broken")

    items = stream_from_thread(produce)
    assert await anext(items) == 1
    with pytest.raises(ValueError, match="broken"):
        await anext(items)


async def test_closing_tells_the_producer_and_waits_for_it() -> None:
    answers: list[bool] = []
    is_over = threading.Event()

    def produce(emit: Emit[int]) -> None:
        while emit(1):
            pass
        answers.append(emit(2))
        is_over.set()

    async with aclosing(stream_from_thread(produce)) as items:
        assert await anext(items) == 1
    assert is_over.is_set()
    assert answers == [False]


async def test_a_cancelled_listener_waits_for_the_producer() -> None:
    gate = Gate()

    def produce(emit: Emit[str]) -> None:
        gate.enter()
        assert not emit("unheard")

    async def listen() -> None:
        async for _ in stream_from_thread(produce):
            pytest.fail("nothing was to be heard")

    listening = asyncio.create_task(listen())
    await gate.entered()
    listening.cancel()
    await asyncio.sleep(0)
    assert not gate.is_over
    gate.open()
    with pytest.raises(asyncio.CancelledError):
        await listening
    assert gate.is_over


async def test_the_given_executor_is_used() -> None:
    with ThreadPoolExecutor(1, thread_name_prefix="mine") as executor:
        name = await run_in_thread(lambda: threading.current_thread().name, executor)

        def produce(emit: Emit[str]) -> None:
            emit(threading.current_thread().name)

        names = [name async for name in stream_from_thread(produce, executor=executor)]
    assert [name, *names] == ["mine_0", "mine_0"]
