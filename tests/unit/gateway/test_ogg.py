"""Ogg Opus files: written so that FFmpeg plays them, read so that nothing broken gets through."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import beep, played, recording

from gateway.ogg import read_ogg, write_ogg
from shared.audio import WIRE_HZ, OpusEncoder, Pcm, decode_packets
from shared.errors import AudioError


def opus(pcm: Pcm) -> list[bytes]:
    encoder = OpusEncoder()
    return [*encoder.encode(pcm), *encoder.flush()]


def packets(file: bytes) -> list[bytes]:
    return [packet for some in read_ogg(file) for packet in some]


def loudest_hz(pcm: Pcm, rate_hz: int) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(pcm))) * rate_hz / len(pcm))


# Reading


def test_a_recording_of_the_page_is_taken_apart_without_being_decoded() -> None:
    found = packets(recording(beep(1.0)))
    pcm = decode_packets(found, WIRE_HZ)
    assert 1.0 <= len(pcm) / WIRE_HZ <= 1.04
    assert loudest_hz(pcm, WIRE_HZ) == pytest.approx(440, abs=2)


def test_a_long_recording_comes_in_short_pieces() -> None:
    pieces = list(read_ogg(recording(beep(120.0))))
    assert 6000 <= sum(map(len, pieces)) <= 6002
    assert max(map(len, pieces)) <= 255


@pytest.mark.parametrize("frame_ms", ["2.5", "10", "60"])
def test_frames_of_any_length_are_taken(frame_ms: str) -> None:
    pcm = decode_packets(packets(recording(beep(0.3), frame_ms=frame_ms)), WIRE_HZ)
    assert 0.3 <= len(pcm) / WIRE_HZ <= 0.42


GOOD = recording(beep(0.5))


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (b"", "no page begins at byte 0"),
        (b"garbage", "no page begins at byte 0"),
        (b"OggS", "no page begins at byte 0"),
        (b"OggS\0", "cut off"),
        (recording(beep(0.5), container="webm"), "no page begins at byte 0"),
        (recording(beep(0.5), layout="stereo", codec="vorbis"), "not Opus"),
        (recording(beep(0.5), layout="stereo"), "2 channels"),
        (GOOD + b"and more", f"no page begins at byte {len(GOOD)}"),
        (GOOD[:-1], "cut off"),
        (GOOD[:100], "cut off"),
        (GOOD[:-1] + b"\0", "damaged"),
        (GOOD + recording(beep(0.1)), "several"),
        (GOOD[:47], "no sound"),
    ],
    ids=[
        *("nothing", "garbage", "magic", "header", "webm", "vorbis", "stereo", "tail", "short"),
        *("head", "damage", "chained", "silent"),
    ],
)
def test_what_is_no_whole_recording_is_refused(file: bytes, told: str) -> None:
    with pytest.raises(AudioError, match=told):
        packets(file)


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_single_wrong_byte_is_noticed(place: int, change: int) -> None:
    broken = bytearray(GOOD)
    broken[place] ^= change
    with pytest.raises(AudioError):
        packets(bytes(broken))


@given(st.binary(max_size=2000))
def test_garbage_is_never_more_than_an_error(garbage: bytes) -> None:
    with pytest.raises(AudioError):
        packets(b"OggS\0" + garbage)


# Writing


@pytest.mark.parametrize("seconds", [0.02, 0.8, 5.0])
def test_a_sentence_is_a_file_that_a_player_plays_in_full(seconds: float) -> None:
    length_s, pcm = played(write_ogg(opus(beep(seconds, WIRE_HZ))))
    assert length_s == pytest.approx(seconds, abs=0.007)
    assert len(pcm) / 48_000 == pytest.approx(length_s, abs=0.007)


def test_the_sound_is_that_of_the_packets() -> None:
    _, pcm = played(write_ogg(opus(beep(1.0, WIRE_HZ))))
    assert np.sqrt(np.mean(pcm**2)) == pytest.approx(0.5 / 2**0.5, abs=0.02)
    assert loudest_hz(pcm, 48_000) == pytest.approx(440, abs=2)


@given(st.lists(st.integers(0, 1274), min_size=1, max_size=200))
def test_packets_of_any_size_come_out_as_they_went_in(sizes: list[int]) -> None:
    some = [b"\x78" + bytes(size) for size in sizes]
    assert packets(write_ogg(some)) == some
