"""How the waits of a session grow when the person is cut off, and fall back."""

import pytest

from gateway.completeness import Completeness
from gateway.patience import Patience

WAITS: dict[Completeness, float] = {"finished": 0.25, "open": 0.9, "unfinished": 2.0}


def cut_off(patience: Patience, times: int = 1) -> None:
    for turn in range(times):
        patience.ended(10.0 * turn)
        patience.began(10.0 * turn + 0.5)


def be_heard_out(patience: Patience, times: int) -> None:
    for turn in range(times):
        patience.ended(100.0 + 10.0 * turn)
        patience.began(105.0 + 10.0 * turn)


def test_the_wait_depends_on_how_the_transcript_reads() -> None:
    patience = Patience(WAITS, learns=True)
    assert [patience.wait_s(reading) for reading in WAITS] == [0.25, 0.9, 2.0]
    assert patience.wait_s() == 0.9


def test_whoever_is_cut_off_is_given_more_time() -> None:
    patience = Patience(WAITS, learns=True)
    cut_off(patience)
    assert patience.wait_s("finished") == pytest.approx(0.375)
    cut_off(patience, times=9)
    assert patience.wait_s("finished") == pytest.approx(0.5)


def test_turns_that_were_over_bring_the_waits_back() -> None:
    patience = Patience(WAITS, learns=True)
    cut_off(patience)
    be_heard_out(patience, times=1)
    assert 0.25 < patience.wait_s("finished") < 0.375
    be_heard_out(patience, times=9)
    assert patience.wait_s("finished") == 0.25


def test_speech_counts_once_for_the_turn_before_it() -> None:
    patience = Patience(WAITS, learns=True)
    patience.ended(1.0)
    patience.began(1.5)
    patience.began(1.6)
    assert patience.wait_s("finished") == pytest.approx(0.375)


def test_fixed_waits_stay_as_they_are() -> None:
    patience = Patience(WAITS, learns=False)
    cut_off(patience, times=3)
    assert patience.wait_s() == 0.9
