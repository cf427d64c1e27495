"""Sound files as they are written: lengths, contents, and how soon they begin."""

import io
import wave
from typing import get_args

import av
import numpy as np
import pytest
from tones import PITCH_HZ, pitch_hz, tone

from gateway.sound_files import MEDIA_TYPES, Format, sound_file
from shared.audio import WIRE_HZ, OpusEncoder, Pcm, from_pcm16, read_sound

FORMATS: tuple[Format, ...] = get_args(Format)


def sentence() -> Pcm:
    """A second that ends in silence, as sentences do."""
    return np.concatenate((tone(0.9), np.zeros(round(0.1 * WIRE_HZ), np.float32)))


def packets_of(pcm: Pcm) -> tuple[bytes, ...]:
    encoder = OpusEncoder()
    return (*encoder.encode(pcm), *encoder.flush())


def written(kind: Format, sentences: int = 2) -> list[bytes]:
    """A file of as many sentences, a second each, in the portions in which it comes."""
    file, packets = sound_file(kind), packets_of(sentence())
    portions = []
    for _ in range(sentences):
        portions.append(file.add(packets[:4], is_last=False))
        portions.append(file.add(packets[4:], is_last=True))
    return [*portions, file.finish()]


def heard(kind: Format, file: bytes) -> Pcm:
    if kind == "pcm":
        return from_pcm16(file)
    return read_sound(io.BytesIO(file), WIRE_HZ)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_holds_the_sound_of_all_sentences(kind: Format) -> None:
    sound = heard(kind, b"".join(written(kind)))
    assert len(sound) / WIRE_HZ == pytest.approx(2, abs=0.1)
    assert pitch_hz(sound) == pytest.approx(PITCH_HZ, abs=2)
    assert np.abs(sound[2400:-2400]).max() == pytest.approx(0.3, abs=0.06)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_begins_with_the_first_chunk(kind: Format) -> None:
    portions = written(kind)
    assert len(portions[1 if kind == "aac" else 0]) > 0  # AAC looks ahead


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_has_a_name_of_its_own_on_the_web(kind: Format) -> None:
    assert MEDIA_TYPES[kind].startswith("audio/")
    assert len(set(MEDIA_TYPES.values())) == len(FORMATS)


def test_an_opus_file_carries_the_packets_as_they_are() -> None:
    packets = packets_of(tone(1))
    file = sound_file("opus")
    content = file.add(packets, is_last=True) + file.finish()
    with av.open(io.BytesIO(content), "r") as container:
        found = tuple(bytes(packet) for packet in container.demux(audio=0) if packet.size)
    assert found == packets


def test_the_standard_library_reads_a_wav_file_of_unknown_length() -> None:
    content = b"".join(written("wav", 1))
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (WIRE_HZ, 1, 2)
        assert len(file.readframes(10 * WIRE_HZ)) == 2 * WIRE_HZ


@pytest.mark.parametrize("kind", FORMATS)
def test_silence_of_no_length_is_a_file_all_the_same(kind: Format) -> None:
    file = sound_file(kind)
    assert isinstance(file.add((), is_last=True) + file.finish(), bytes)
