"""The two laws of telephone sound."""

import numpy as np
import pytest

from gateway.g711 import Law, compress, expand

LAWS: tuple[Law, ...] = ("mu", "a")


@pytest.mark.parametrize(
    ("law", "code", "sample"),
    [
        ("mu", 0x00, -32124),
        ("mu", 0x80, 32124),
        ("mu", 0xFF, 0),
        ("mu", 0xFE, 8),
        ("a", 0xD5, 8),
        ("a", 0x55, -8),
        ("a", 0x2A, -32256),
        ("a", 0xAA, 32256),
    ],
)
def test_a_byte_stands_for_the_sample_that_the_standard_says(
    law: Law, code: int, sample: int
) -> None:
    assert round(float(expand(bytes([code]), law)[0]) * 32768) == sample


@pytest.mark.parametrize("law", LAWS)
def test_every_byte_comes_back_as_it_was(law: Law) -> None:
    every = bytes(range(256))
    again = compress(expand(every, law) * np.float32(32768 / 32767), law)
    assert np.array_equal(expand(again, law), expand(every, law))


@pytest.mark.parametrize("law", LAWS)
def test_sound_is_almost_the_same_afterwards(law: Law) -> None:
    tone = (np.sin(np.arange(8000) * 0.3) / 2).astype(np.float32)
    assert np.abs(expand(compress(tone, law), law) - tone).max() < 0.02


@pytest.mark.parametrize("law", LAWS)
def test_sound_that_is_too_loud_is_as_loud_as_can_be(law: Law) -> None:
    loud = expand(compress(np.array([-9, 9], np.float32), law), law)
    assert np.abs(loud).min() > 0.98


def test_silence_is_what_telephones_send_for_it() -> None:
    assert compress(np.zeros(2, np.float32), "mu") == b"\xff\xff"
