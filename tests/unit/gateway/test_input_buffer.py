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


def test_a_stretch_of_the_sound_is_found_by_its_place() -> None:
    buffer = InputBuffer(longest_s=1)
    buffer.pass_silence(1.0)
    packets = [b"\x78" + bytes([number]) for number in range(5)]
    for packet in packets:
        buffer.add(packet)
    assert buffer.between(1.021, 1.059) == tuple(packets[1:3])
    assert buffer.between(0.0, 9.0) == tuple(packets)
    assert buffer.between(0.0, 1.0) == ()


def test_a_stretch_is_found_before_a_gap_too() -> None:
    buffer = InputBuffer(longest_s=1)
    buffer.add(b"\x78a")
    buffer.pass_silence(0.5)
    buffer.add(b"\x78b")
    assert buffer.between(0.0, 0.1) == (b"\x78a",)
    buffer.forget_before(0.3)
    assert buffer.packets == (b"\x78b",)


def test_what_was_taken_can_be_put_back_before_what_came_since() -> None:
    buffer = InputBuffer(longest_s=1)
    buffer.add(b"\x78a")
    buffer.take(is_certain=False)
    buffer.add(b"\x78b")
    assert buffer.restore()
    assert buffer.packets == (b"\x78a", b"\x78b")
    assert buffer.start_s == 0.0
    assert not buffer.restore()


def test_what_was_taken_a_second_ago_is_gone() -> None:
    buffer = InputBuffer(longest_s=1)
    buffer.add(b"\x78a")
    buffer.take(is_certain=False)
    buffer.forget_before(1.0)
    assert buffer.restore()
    buffer.take(is_certain=False)
    buffer.forget_before(1.1)
    assert not buffer.restore()


def test_what_was_taken_is_not_put_back_into_a_full_buffer() -> None:
    buffer = InputBuffer(longest_s=0.05)
    for _ in range(2):
        buffer.add(b"\x78a")
    buffer.take(is_certain=False)
    buffer.add(b"\x78b")
    assert not buffer.restore()
    assert buffer.packets == (b"\x78b",)


def test_what_was_taken_for_good_is_not_put_back() -> None:
    buffer = InputBuffer(longest_s=1)
    buffer.add(b"\x78a")
    buffer.take()
    assert not buffer.restore()


def test_what_is_not_opus_is_refused() -> None:
    buffer = InputBuffer(longest_s=1)
    with pytest.raises(AudioError):
        buffer.add(b"")
    assert buffer.is_empty


def test_short_packets_of_many_bytes_do_not_fill_the_memory() -> None:
    buffer = InputBuffer(longest_s=1)
    fat = b"\x80" + bytes(1275)
    taken = [buffer.add(fat) for _ in range(400)]
    assert sum(taken) == 510_000 // 8 // len(fat)
    assert buffer.is_full
    buffer.take()
    assert buffer.add(fat)


def test_speech_at_the_highest_rate_of_opus_fits() -> None:
    buffer = InputBuffer(longest_s=1)
    assert all(buffer.add(b"\x78" + bytes(1274)) for _ in range(49))
