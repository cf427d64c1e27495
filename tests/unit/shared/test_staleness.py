"""The newest turn wins."""

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.staleness import Staleness


def test_a_turn_nobody_has_ended_is_fresh() -> None:
    assert not Staleness().is_stale("s", 1)


def test_ending_a_turn_ends_all_before_it_and_none_after() -> None:
    staleness = Staleness()
    staleness.end("s", 3)
    assert [staleness.is_stale("s", turn) for turn in (1, 2, 3, 4)] == [True, True, True, False]


def test_beginning_a_turn_ends_those_before_it() -> None:
    staleness = Staleness()
    staleness.begin("s", 3)
    assert [staleness.is_stale("s", turn) for turn in (2, 3, 4)] == [True, False, False]


def test_a_session_that_ended_has_no_fresh_turn() -> None:
    staleness = Staleness()
    staleness.end_session("s")
    staleness.begin("s", 9)
    assert staleness.is_stale("s", 10**9)


def test_sessions_do_not_touch_each_other() -> None:
    staleness = Staleness()
    staleness.end("s", 3)
    assert not staleness.is_stale("t", 1)


def test_the_session_longest_unheard_of_is_forgotten() -> None:
    staleness = Staleness(keep=2)
    for session in ("a", "b", "a", "c"):
        staleness.end(session, 1)
    assert [staleness.is_stale(session, 1) for session in "abc"] == [True, False, True]


@settings(deadline=None)
@given(st.permutations([1, 2, 3, 4, 5]))
def test_the_order_in_which_news_come_does_not_matter(turns: list[int]) -> None:
    staleness = Staleness()
    for turn in turns:
        staleness.end("s", turn)
    assert staleness.is_stale("s", 5)
    assert not staleness.is_stale("s", 6)
