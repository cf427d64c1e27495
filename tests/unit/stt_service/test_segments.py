"""Cutting long speech."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.audio import Pcm
from stt_service.segments import PAUSE_S, split

RATE_HZ = 1000


def noise(seconds: float) -> Pcm:
    return np.random.default_rng(0).normal(0, 0.1, round(seconds * RATE_HZ)).astype(np.float32)


def silence(seconds: float) -> Pcm:
    return np.zeros(round(seconds * RATE_HZ), np.float32)


@pytest.mark.parametrize("seconds", [0, 0.5, 10])
def test_what_an_engine_takes_in_one_call_stays_whole(seconds: float) -> None:
    pcm = noise(seconds)
    (piece,) = split(pcm, RATE_HZ, longest_s=10)
    assert piece is pcm


def test_the_cut_falls_in_the_middle_of_the_pause() -> None:
    pcm = np.concatenate((noise(7), silence(PAUSE_S), noise(6)))
    first, second = split(pcm, RATE_HZ, longest_s=10)
    assert len(first) / RATE_HZ == pytest.approx(7 + PAUSE_S / 2, abs=0.02)
    assert len(first) + len(second) == len(pcm)


def test_a_long_pause_is_preferred_to_a_short_gap_between_words() -> None:
    pcm = np.concatenate((noise(5.5), silence(PAUSE_S), noise(2.5), silence(0.05), noise(5)))
    first, _ = split(pcm, RATE_HZ, longest_s=10)
    assert 5.5 < len(first) / RATE_HZ < 5.5 + PAUSE_S


def test_speech_without_a_pause_is_cut_where_it_is_quietest() -> None:
    pcm = noise(13)
    pcm[8000:8300] *= 0.2
    first, _ = split(pcm, RATE_HZ, longest_s=10)
    assert 8 < len(first) / RATE_HZ < 8.3


def test_a_little_too_much_leaves_no_snippet() -> None:
    pieces = split(noise(10.01), RATE_HZ, longest_s=10)
    assert min(map(len, pieces)) >= 2.5 * RATE_HZ


@settings(deadline=None)
@given(
    seconds=st.floats(0, 100),
    longest_s=st.floats(1, 30),
    rate_hz=st.sampled_from([1000, 8000, 16_000]),
)
def test_the_pieces_are_the_sound_and_fit(seconds: float, longest_s: float, rate_hz: int) -> None:
    pcm = np.arange(round(seconds * rate_hz), dtype=np.float32)
    pieces = split(pcm, rate_hz, longest_s)
    assert np.array_equal(np.concatenate(pieces), pcm)
    assert max(map(len, pieces)) <= round(longest_s * rate_hz)
    assert len(pieces) == 1 or min(map(len, pieces)) >= round(longest_s * rate_hz) // 4
