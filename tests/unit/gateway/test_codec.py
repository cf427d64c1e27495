"""Client sound to Opus and back."""

import numpy as np
import pytest

from gateway.codec import READERS, WRITERS, OggReader, OggWriter, PcmReader, PcmWriter
from gateway.g711 import Law, compress, expand
from gateway.protocols.port import SoundFormat
from shared.audio import (
    TELEPHONE_HZ,
    WIRE_HZ,
    OpusEncoder,
    decode_packets,
    from_pcm16,
    resample,
    to_pcm16,
)
from shared.errors import AudioError

TONE = (np.sin(np.arange(WIRE_HZ) * 0.1) / 2).astype(np.float32)
PCM16 = to_pcm16(TONE).tobytes()


def test_an_utterance_keeps_its_length_however_it_is_cut() -> None:
    encoder = PcmReader()
    packets: list[bytes] = []
    for start in range(0, len(PCM16), 1234):
        for some in encoder.encode(PCM16[start : start + 1234]):
            packets += some
    packets += encoder.finish()
    assert len(packets) == 50
    assert np.abs(decode_packets(packets, WIRE_HZ)).max() > 0.4


def test_long_sound_is_encoded_in_slices() -> None:
    slices = list(PcmReader().encode(PCM16))
    assert [len(packets) for packets in slices] == [10] * 5


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(AudioError):
        list(PcmReader().encode(b"abc"))


def test_an_utterance_without_pcm_has_no_packets() -> None:
    assert PcmReader().finish() == ()


def opus() -> tuple[bytes, ...]:
    encoder = OpusEncoder()
    return (*encoder.encode(TONE), *encoder.flush())


def test_a_sentence_is_decoded_piece_by_piece() -> None:
    decoder, packets = PcmWriter(), opus()
    (first,) = decoder.decode(packets[:10], is_last=False)
    (rest,) = decoder.decode(packets[10:], is_last=True)
    sound = from_pcm16(first + rest)
    assert abs(len(sound) - WIRE_HZ) < 200
    assert np.abs(sound).max() > 0.4


def test_the_end_of_a_sentence_may_come_without_packets() -> None:
    assert PcmWriter().decode((), is_last=True) == ()


def test_a_broken_packet_is_silence_of_its_length() -> None:
    (sound,) = PcmWriter().decode((b"\xff\xff\xff",), is_last=True)
    assert sound == bytes(2 * 480)


@pytest.mark.parametrize("name", ["audio/pcmu", "audio/pcma"])
def test_telephone_sound_becomes_opus_and_comes_back(name: SoundFormat) -> None:
    law: Law = "mu" if name == "audio/pcmu" else "a"
    reader, writer = READERS[name](), WRITERS[name]()
    told = compress(resample(TONE, WIRE_HZ, TELEPHONE_HZ), law)
    packets = tuple(packet for some in reader.encode(told) for packet in some) + reader.finish()
    assert len(packets) == 50
    (sound,) = writer.decode(packets, is_last=True)
    assert abs(len(sound) - TELEPHONE_HZ) < 100
    assert np.abs(expand(sound, law)).max() > 0.4


# Ogg files


def test_a_sentence_is_a_file_once_it_is_whole() -> None:
    writer, packets = OggWriter(), opus()
    assert writer.decode(packets[:10], is_last=False) == ()
    (file,) = writer.decode(packets[10:], is_last=True)
    assert tuple(p for some in OggReader().encode(file) for p in some) == packets


def test_a_sentence_without_sound_is_no_file() -> None:
    assert OggWriter().decode((), is_last=True) == ()


def test_a_file_has_nothing_of_a_sentence_that_was_broken_off() -> None:
    writer, packets = OggWriter(), opus()
    writer.decode(packets[:10], is_last=False)
    writer.reset()
    assert writer.decode(packets[10:], is_last=True) == OggWriter().decode(
        packets[10:], is_last=True
    )


def test_a_file_that_is_none_is_refused() -> None:
    with pytest.raises(AudioError):
        list(OggReader().encode(b"RIFF"))
