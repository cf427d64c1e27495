"""Sound files of clients: what is read, its limits, and what is no sound file at all."""

import contextlib
import io
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import binary, floats, lists, sampled_from, tuples
from tones import PITCH_HZ, pitch_hz, tone

from gateway.uploads import SoundTooLong, read_sound_file
from shared.audio import PACKET_S, WIRE_HZ, Pcm, decode_packets, to_pcm16
from shared.errors import AudioError

YES = Path(__file__).parents[2] / "audio" / "yes.wav"


def file_of(container: str, codec: str, pcm: Pcm, rate_hz: int, layout: str = "mono") -> bytes:
    target = io.BytesIO()
    with av.open(target, "w", format=container) as file:
        stream: Any = file.add_stream(codec, rate=rate_hz, layout=layout)
        frame = av.AudioFrame.from_ndarray(to_pcm16(pcm).reshape(1, -1), "s16", layout)
        frame.sample_rate = rate_hz
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return target.getvalue()


def read_packets(file: bytes, longest_s: float) -> list[bytes]:
    """All packets of a file, each with its energy."""
    pieces = list(read_sound_file(file, longest_s))
    assert [len(piece.packets) for piece in pieces] == [len(piece.energies) for piece in pieces]
    return [packet for piece in pieces for packet in piece.packets]


PLAIN_FILES = [
    file_of(container, codec, tone(0.3, 48_000), 48_000)
    for container, codec in (
        ("mp3", "libmp3lame"),
        ("ogg", "libopus"),
        ("flac", "flac"),
        ("mp4", "aac"),
        ("webm", "libopus"),
        ("aiff", "pcm_s16be"),
    )
]


@pytest.mark.parametrize(
    ("container", "codec", "rate_hz"),
    [
        ("wav", "pcm_s16le", 8_000),
        ("wav", "pcm_s16le", 44_100),
        ("mp3", "libmp3lame", 44_100),
        ("ogg", "libopus", 48_000),
        ("flac", "flac", 44_100),
        ("mp4", "aac", 44_100),
        ("webm", "libopus", 48_000),
        ("matroska", "pcm_s16le", 24_000),
        ("aiff", "pcm_s16be", 16_000),
        ("adts", "aac", 16_000),
    ],
)
def test_usual_sound_files_are_read(container: str, codec: str, rate_hz: int) -> None:
    packets = read_packets(file_of(container, codec, tone(1, rate_hz), rate_hz), longest_s=5)
    sound = decode_packets(packets, WIRE_HZ)
    assert len(packets) * PACKET_S == pytest.approx(1, abs=0.13)
    assert pitch_hz(sound) == pytest.approx(PITCH_HZ, abs=3)


def test_two_channels_are_mixed() -> None:
    both = np.repeat(tone(1), 2)
    packets = read_packets(file_of("wav", "pcm_s16le", both, WIRE_HZ, "stereo"), longest_s=5)
    assert len(packets) == 50


def test_the_energy_of_each_packet_is_told() -> None:
    pcm = np.concatenate((tone(1), np.zeros(WIRE_HZ, np.float32), tone(0.01)))
    pieces = list(read_sound_file(file_of("wav", "pcm_s16le", pcm, WIRE_HZ), longest_s=5))
    energies = [energy for piece in pieces for energy in piece.energies]
    assert len(pieces) == 3
    assert energies[10] == pytest.approx(0.3**2 / 2, rel=0.1)
    assert energies[75] == 0
    assert energies[100] == pytest.approx(0.3**2 / 4, rel=0.2)


def test_a_file_may_be_as_long_as_the_limit_and_no_longer() -> None:
    file = file_of("wav", "pcm_s16le", tone(2), WIRE_HZ)
    assert len(read_packets(file, longest_s=2)) == 100
    with pytest.raises(SoundTooLong, match="more than"):
        read_packets(file, longest_s=1.5)


@pytest.mark.parametrize("rate_hz", [1, 2_000, 500_000, 2_130_714_432])
def test_an_absurd_rate_is_refused_before_it_costs_anything(rate_hz: int) -> None:
    absurd = bytearray(file_of("wav", "pcm_s16le", tone(1), WIRE_HZ))
    absurd[24:28] = rate_hz.to_bytes(4, "little")
    with pytest.raises(AudioError, match=f"{rate_hz} samples per second"):
        read_packets(bytes(absurd), longest_s=3600)


@given(
    file=sampled_from([YES.read_bytes(), *PLAIN_FILES]),
    places=lists(tuples(floats(0, 0.999), binary(max_size=8)), min_size=1, max_size=20),
)
def test_a_damaged_file_is_read_or_refused(file: bytes, places: list[tuple[float, bytes]]) -> None:
    damaged = bytearray(file)
    for place, content in places:
        start = int(place * len(damaged))
        damaged[start : start + 4] = content
    with contextlib.suppress(AudioError):
        assert len(read_packets(bytes(damaged), longest_s=3)) <= 150


PLAYLIST = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile://{YES}\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"not a sound",
        b"RIFF\xff\xff\xff\xffWAVEfmt ",
        YES.read_bytes()[:44],
        PLAYLIST.encode(),
        f"ffconcat version 1.0\nfile '{YES}'\n".encode(),
        b"\x89PNG\r\n\x1a\n" + bytes(100),
    ],
    ids=["empty", "text", "half a header", "a header alone", "playlist", "list of files", "image"],
)
def test_what_is_no_sound_is_refused(file: bytes) -> None:
    with pytest.raises(AudioError):
        read_packets(file, longest_s=5)
