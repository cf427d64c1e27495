"""Sound to Opus packets and back, without loss of time or of loudness."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.audio import (
    PACKET_S,
    WIRE_HZ,
    OpusDecoder,
    OpusEncoder,
    Pcm,
    decode_packets,
    from_pcm16,
    packet_seconds,
    read_sound,
    resample,
    to_pcm16,
    write_wav,
)
from shared.errors import AudioError

PACKET = round(WIRE_HZ * PACKET_S)
BROKEN = b"\xff\xff"
"""An Opus packet whose frame count is zero."""


def tone(seconds: float, rate_hz: int = WIRE_HZ, pitch_hz: float = 440) -> Pcm:
    samples = np.arange(round(seconds * rate_hz))
    return (0.5 * np.sin(2 * np.pi * pitch_hz * samples / rate_hz)).astype(np.float32)


def pitch_hz(pcm: Pcm, rate_hz: int) -> float:
    spectrum = np.abs(np.fft.rfft(pcm))
    return float(np.argmax(spectrum) * rate_hz / len(pcm))


def loudness(pcm: Pcm) -> float:
    return float(np.sqrt(np.mean(pcm**2)))


def encoded(pcm: Pcm) -> list[bytes]:
    encoder = OpusEncoder()
    return encoder.encode(pcm) + encoder.flush()


@pytest.mark.parametrize("rate_hz", [16_000, 24_000, 48_000])
def test_what_was_encoded_sounds_the_same(rate_hz: int) -> None:
    heard = decode_packets(encoded(tone(1.0)), rate_hz)
    assert len(heard) == pytest.approx(rate_hz, abs=rate_hz * PACKET_S)
    assert pitch_hz(heard, rate_hz) == pytest.approx(440, abs=2)
    assert loudness(heard) == pytest.approx(loudness(tone(1.0)), rel=0.1)


def test_each_packet_holds_twenty_milliseconds() -> None:
    packets = encoded(tone(0.5))
    assert len(packets) == 25
    assert {packet_seconds(packet) for packet in packets} == {PACKET_S}


@settings(deadline=None)
@given(st.lists(st.integers(0, 3 * PACKET), max_size=8))
def test_sound_may_come_in_pieces_of_any_length(lengths: list[int]) -> None:
    pcm, encoder, packets = tone(sum(lengths) / WIRE_HZ), OpusEncoder(), []
    start = 0
    for length in lengths:
        packets += encoder.encode(pcm[start : start + length])
        start += length
    assert packets + encoder.flush() == encoded(pcm)


def test_the_last_piece_is_filled_up_with_silence() -> None:
    encoder = OpusEncoder()
    assert encoder.encode(tone(0.01)) == []
    assert len(encoder.flush()) == 1
    assert encoder.flush() == []


def test_a_decoder_gives_all_the_sound_of_a_stream() -> None:
    decoder, packets = OpusDecoder(16_000), encoded(tone(0.4))
    pieces = [decoder.decode(packet, is_last=packet is packets[-1]) for packet in packets]
    heard = np.concatenate(pieces)
    assert len(heard) == pytest.approx(0.4 * 16_000, abs=16_000 * PACKET_S)
    assert pitch_hz(heard, 16_000) == pytest.approx(440, abs=5)


def test_a_decoder_goes_on_after_a_broken_packet() -> None:
    decoder, packets = OpusDecoder(24_000), encoded(tone(0.2))
    with pytest.raises(AudioError, match="2 bytes cannot be decoded"):
        decoder.decode(BROKEN)
    assert sum(len(decoder.decode(packet)) for packet in packets) > 0


def test_broken_packets_are_left_out() -> None:
    packets = encoded(tone(0.4))
    holed = [*packets[:10], BROKEN, b"", *packets[10:]]
    heard = decode_packets(holed, 24_000)
    assert pitch_hz(heard, 24_000) == pytest.approx(440, abs=5)


@pytest.mark.parametrize("packets", [[], [BROKEN], [b"\xff", BROKEN]])
def test_packets_of_which_none_can_be_decoded_are_refused(packets: list[bytes]) -> None:
    with pytest.raises(AudioError, match="could be decoded"):
        decode_packets(packets, 16_000)


SECONDS = {
    "SILK 10 ms": (bytes([0 << 3]), 0.01),
    "SILK 60 ms": (bytes([3 << 3]), 0.06),
    "hybrid 20 ms": (bytes([13 << 3]), 0.02),
    "CELT 2.5 ms": (bytes([16 << 3]), 0.0025),
    "CELT 20 ms, two frames": (bytes([31 << 3 | 1]), 0.04),
    "CELT 20 ms, two frames of different size": (bytes([31 << 3 | 2]), 0.04),
    "CELT 20 ms, six frames": (bytes([31 << 3 | 3, 6]), 0.12),
}


@pytest.mark.parametrize(("packet", "seconds"), SECONDS.values(), ids=SECONDS)
def test_a_packet_tells_its_duration(packet: bytes, seconds: float) -> None:
    assert packet_seconds(packet) == pytest.approx(seconds)


NOT_PACKETS = {
    "nothing": b"",
    "far too long": bytes(4000),
    "longer than its one frame can be": bytes(1300),
    "no frame": bytes([31 << 3 | 3, 0]),
    "frame count missing": bytes([31 << 3 | 3]),
    "longer than 120 ms": bytes([31 << 3 | 3, 7]),
}


@pytest.mark.parametrize("packet", NOT_PACKETS.values(), ids=NOT_PACKETS)
def test_what_cannot_be_an_opus_packet_is_refused(packet: bytes) -> None:
    with pytest.raises(AudioError):
        packet_seconds(packet)


@settings(deadline=None)
@given(st.binary(max_size=1500))
def test_any_bytes_are_a_packet_or_refused(packet: bytes) -> None:
    try:
        assert 0 < packet_seconds(packet) <= 0.12
    except AudioError:
        return


def test_pcm16_goes_both_ways() -> None:
    samples = np.array([-32767, -1, 0, 1, 12345, 32767], np.int16)
    assert np.abs(to_pcm16(from_pcm16(samples)).astype(int) - samples).max() <= 1
    assert from_pcm16(samples.astype("<i2").tobytes()).tolist() == from_pcm16(samples).tolist()


def test_sound_beyond_full_scale_is_clipped() -> None:
    assert to_pcm16(np.array([-9, 9], np.float32)).tolist() == [-32767, 32767]


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(AudioError, match="3 is odd"):
        from_pcm16(b"\0\0\0")


def test_resampling_keeps_pitch_and_length() -> None:
    pcm = resample(tone(1.0, 48_000), 48_000, 16_000)
    assert len(pcm) == 16_000
    assert pitch_hz(pcm, 16_000) == pytest.approx(440, abs=1)


def test_the_same_rate_changes_nothing() -> None:
    pcm = tone(0.1)
    assert resample(pcm, WIRE_HZ, WIRE_HZ) is pcm


def test_a_sound_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    path, pcm = tmp_path / "tone.wav", tone(0.5, 22_050)
    write_wav(path, pcm, 22_050)
    assert np.abs(read_sound(path, 22_050) - pcm).max() < 1e-4
    heard = read_sound(io.BytesIO(path.read_bytes()), 16_000)
    assert len(heard) == pytest.approx(8000, abs=50)
    assert pitch_hz(heard, 16_000) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("content", [b"", b"not sound", b"RIFF\0\0\0\0WAVE", bytes(5000)])
def test_what_is_no_sound_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(content)
    with pytest.raises(AudioError, match=r"letter\.txt"):
        read_sound(path, 16_000)


def test_a_sound_file_without_sound_is_named(tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    write_wav(path, tone(0.1), WIRE_HZ)
    path.write_bytes(path.read_bytes()[:44])
    with pytest.raises(AudioError, match=r"empty\.wav"):
        read_sound(path, 16_000)
