"""How the waits of a session grow when the person is cut off, and fall back."""

import pytest

from gateway.completeness import Completeness
from gateway.endpointing_settings import EndpointingSettings
from gateway.patience import Patience
from gateway.turn_detection import TurnDetection

SETTINGS = EndpointingSettings(shortest_wait_s=0.25, wait_s=0.9, longest_wait_s=2.0)
READINGS: tuple[Completeness, ...] = ("finished", "open", "unfinished")


def patience_of(detection: TurnDetection | None = None) -> Patience:
    return Patience(detection or TurnDetection(), SETTINGS)


def cut_off(patience: Patience, times: int = 1) -> None:
    for turn in range(times):
        patience.ended(10.0 * turn)
        patience.began(10.0 * turn + 0.5)


def be_heard_out(patience: Patience, times: int) -> None:
    for turn in range(times):
        patience.ended(100.0 + 10.0 * turn)
        patience.began(105.0 + 10.0 * turn)


def test_the_wait_depends_on_how_the_transcript_reads() -> None:
    patience = patience_of()
    assert [patience.wait_s(reading) for reading in READINGS] == [0.25, 0.9, 2.0]
    assert patience.wait_s() == 0.9


def test_the_sound_of_a_pause_moves_the_wait_by_a_step() -> None:
    patience = patience_of()
    assert [patience.wait_s(reading, True) for reading in READINGS] == [0.25, 0.25, 0.9]
    assert [patience.wait_s(reading, False) for reading in READINGS] == [0.9, 2.0, 2.0]


def test_whoever_is_cut_off_is_given_more_time() -> None:
    patience = patience_of()
    cut_off(patience)
    assert patience.wait_s("finished") == pytest.approx(0.375)
    cut_off(patience, times=9)
    assert patience.wait_s("finished") == pytest.approx(0.5)


def test_who_speaks_again_within_a_second_was_cut_off() -> None:
    patience = patience_of()
    assert not patience.was_cut_off(1.0)
    patience.ended(2.0)
    assert patience.was_cut_off(2.9)
    assert not patience.was_cut_off(3.1)
    assert [patience.began(2.9), patience.began(2.95)] == [True, False]


def test_whoever_sets_a_fixed_silence_is_never_cut_off() -> None:
    patience = patience_of(TurnDetection(mode="server_vad"))
    patience.ended(2.0)
    assert not patience.began(2.5)


def test_turns_that_were_over_bring_the_waits_back() -> None:
    patience = patience_of()
    cut_off(patience)
    be_heard_out(patience, times=1)
    assert 0.25 < patience.wait_s("finished") < 0.375
    be_heard_out(patience, times=9)
    assert patience.wait_s("finished") == 0.25


def test_speech_counts_once_for_the_turn_before_it() -> None:
    patience = patience_of()
    patience.ended(1.0)
    patience.began(1.5)
    patience.began(1.6)
    assert patience.wait_s("finished") == pytest.approx(0.375)


def test_fixed_waits_stay_as_they_are() -> None:
    patience = patience_of(TurnDetection(mode="server_vad", silence_s=0.7))
    cut_off(patience, times=3)
    assert {patience.wait_s(reading, True) for reading in READINGS} == {0.7}
