"""The utterance that is still being made."""

import pytest
from talk import PACKET

from gateway.input_buffer import InputBuffer
from shared.errors import AudioError


def test_packets_are_taken_once() -> None:
    buffer = InputBuffer(longest_s=1)
    assert buffer.is_empty
    buffer.add(PACKET)
    assert buffer.take() == (PACKET,)
    assert buffer.is_empty


def test_an_utterance_ends_at_its_longest_duration_without_holes() -> None:
    buffer = InputBuffer(longest_s=0.05)
    sixty_ms = b"\x7b\x03" + b"x"
    short = b"\x78"
    assert [buffer.add(packet) for packet in (short, sixty_ms, short)] == [True, False, False]
    assert buffer.is_full
    assert buffer.take() == (short,)
    assert not buffer.is_full


def test_what_is_not_opus_is_refused() -> None:
    buffer = InputBuffer(longest_s=1)
    with pytest.raises(AudioError):
        buffer.add(b"")
    assert buffer.is_empty
