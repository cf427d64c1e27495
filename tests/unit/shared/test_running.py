"""A worker knows what it works on, and what of it is in vain."""

import asyncio

import pytest

from shared.bus import Delivery
from shared.messages import ReplyEnded, SessionEnded, TurnCancelled, UserTurn, encode
from shared.running import Running, Work
from shared.streams import TURNS


def work(entry: str, session: str, turn: int) -> Work:
    """Work that goes on until it is cancelled."""
    job = UserTurn(session=session, turn=turn, gateway="g", deadline_s=0, text="Hello.")
    delivery = Delivery(stream=TURNS, entry=entry, payload=b"", queued_s=0.0)
    return Work(delivery, job, asyncio.ensure_future(asyncio.sleep(3600)))


@pytest.fixture
async def first() -> Work:
    return work("1-0", "s", 1)


async def is_cancelled(it: Work) -> bool:
    await asyncio.sleep(0)
    return it.task.cancelled()


async def test_a_newer_turn_cancels_the_older_work_of_its_session(first: Work) -> None:
    running, newer, other = Running(), work("2-0", "s", 2), work("3-0", "t", 1)
    for it in (first, other, newer):
        running.begin(it)
    assert await is_cancelled(first)
    assert first.verdict == "stale"
    assert not await is_cancelled(newer)
    assert not await is_cancelled(other)


async def test_sentences_of_one_turn_go_on_side_by_side(first: Work) -> None:
    running, second = Running(), work("2-0", "s", 1)
    running.begin(first)
    running.begin(second)
    assert not await is_cancelled(first)
    assert not await is_cancelled(second)


async def test_work_of_an_older_turn_is_stale_when_it_begins(first: Work) -> None:
    running = Running()
    running.begin(work("2-0", "s", 2))
    running.begin(first)
    assert running.is_stale(first)


@pytest.mark.parametrize("control", [TurnCancelled, SessionEnded])
async def test_what_a_gateway_declares_over_is_cancelled(
    first: Work, control: type[TurnCancelled] | type[SessionEnded]
) -> None:
    running, other = Running(), work("2-0", "t", 1)
    running.begin(first)
    running.begin(other)
    running.obey(control(session="s", turn=1))
    assert await is_cancelled(first)
    assert not await is_cancelled(other)


async def test_only_the_end_of_a_session_stops_turns_still_to_come(first: Work) -> None:
    running = Running()
    running.obey(TurnCancelled(session="s", turn=1))
    assert not running.is_stale(work("2-0", "s", 2))
    running.obey(SessionEnded(session="s", turn=1))
    assert running.is_stale(work("2-0", "s", 2))


async def test_lost_work_is_cancelled_and_says_so(first: Work) -> None:
    running, other = Running(), work("2-0", "t", 1)
    running.begin(first)
    running.begin(other)
    running.lose(["1-0", "9-9"])
    assert await is_cancelled(first)
    assert (first.verdict, other.verdict) == ("lost", None)


async def test_the_first_verdict_stands(first: Work) -> None:
    first.cancel("lost")
    first.cancel("stale")
    assert first.verdict == "lost"
    assert first.task.cancelling() == 1


async def test_what_has_ended_is_left_alone(first: Work) -> None:
    running = Running()
    running.begin(first)
    assert "1-0" in running
    assert (running.entries, running.tasks) == (["1-0"], [first.task])
    running.end("1-0")
    running.end("1-0")
    running.obey(SessionEnded(session="s", turn=1))
    assert "1-0" not in running
    assert running.entries == []
    assert not await is_cancelled(first)


async def test_work_counts_on_from_what_a_dead_worker_had_published() -> None:
    ended = ReplyEnded(session="s", turn=1, sentences=0)
    job = UserTurn(session="s", turn=1, gateway="g", deadline_s=0, text="Hello.")
    delivery = Delivery(
        stream=TURNS, entry="1-0", payload=b"", queued_s=0, progress=(encode(ended),) * 2
    )
    it = Work(delivery, job, asyncio.ensure_future(asyncio.sleep(3600)))
    assert it.published == 2
