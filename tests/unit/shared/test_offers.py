"""What workers announce of themselves, and how large it may become."""

import msgspec
import pytest

from shared.offers import MOST_VOICES, Offer, OfferedVoice, decode_offer, encode_offer


def test_an_offer_comes_back_as_it_was() -> None:
    voices = (OfferedVoice("en-us", "en-us"), OfferedVoice("ja", "ja"))
    offer = Offer(engine="espeak", model="espeak-ng", languages=("en-us", "ja"), voices=voices)
    assert decode_offer(encode_offer(offer)) == offer


def test_an_offer_lists_only_so_many_voices() -> None:
    voices = tuple(OfferedVoice(f"voice {number}", "en") for number in range(MOST_VOICES + 1))
    offered = decode_offer(encode_offer(Offer(engine="e", model="m", voices=voices)))
    assert offered.voices == voices[:MOST_VOICES]


def test_what_a_newer_worker_adds_is_passed_over() -> None:
    newer = msgspec.msgpack.encode({"engine": "e", "model": "m", "price": 3})
    assert decode_offer(newer) == Offer(engine="e", model="m")


def test_other_bytes_are_no_offer() -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_offer(b"\x01")
