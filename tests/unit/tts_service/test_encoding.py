"""Sound to Opus packets."""

import numpy as np
import pytest

from shared.audio import PACKET_S, WIRE_HZ, Pcm, decode_packets, packet_seconds
from tts_service.encoding import BLOCK_S, SoundEncoder, blocks


def tone(seconds: float, hz: int) -> Pcm:
    wave = 0.3 * np.sin(np.arange(round(seconds * hz)) * (2 * np.pi * 440 / hz))
    sound: Pcm = wave.astype(np.float32)
    return sound


def packets(hz: int, seconds: float, step: int) -> list[bytes]:
    encoder = SoundEncoder(hz)
    pcm = tone(seconds, hz)
    made = [p for n in range(0, len(pcm), step) for p in encoder.encode(pcm[n : n + step])]
    return made + encoder.finish()


@pytest.mark.parametrize("hz", [16_000, 22_050, 24_000, 44_100])
def test_the_packets_do_not_depend_on_the_pieces(hz: int) -> None:
    assert packets(hz, 1, 97) == packets(hz, 1, 5000) == packets(hz, 1, 100_000)


@pytest.mark.parametrize("hz", [8_000, 22_050, 24_000])
def test_packets_hold_the_whole_sound(hz: int) -> None:
    made = packets(hz, 1.01, 1323)
    assert all(packet_seconds(packet) == PACKET_S for packet in made)
    assert len(made) == 51
    sound = decode_packets(made, WIRE_HZ)
    assert 0.15 < float(np.sqrt(np.mean(sound**2))) < 0.25


@pytest.mark.parametrize("hz", [22_050, 24_000])
def test_no_sound_is_no_packet(hz: int) -> None:
    encoder = SoundEncoder(hz)
    assert encoder.encode(tone(0, hz)) == []
    assert encoder.finish() == []


def test_blocks_are_the_sound_again_in_short_pieces() -> None:
    pcm = tone(0.55, 16_000)
    cut = list(blocks(pcm, 16_000))
    assert np.array_equal(np.concatenate(cut), pcm)
    assert {len(block) for block in cut[:-1]} == {round(BLOCK_S * 16_000)}


def test_no_sound_is_one_empty_block_so_that_words_are_not_lost() -> None:
    assert [len(block) for block in blocks(tone(0, 16_000), 16_000)] == [0]
