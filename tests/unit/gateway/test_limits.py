"""How much a key, and an address, may have and send."""

import pytest

from gateway.limits import Allowance, Bucket, Parties, sound_seconds
from gateway.settings import GatewaySettings

SETTINGS = GatewaySettings(
    sessions_per_key=2, sessions_per_address=3, messages_per_s=10, audio_s_per_minute=60
)
OPUS_20_MS, OPUS_60_MS = b"\x78abc", b"\x18abc"


def test_a_bucket_gives_what_it_holds_and_then_what_comes_in() -> None:
    bucket = Bucket(rate=2, most=4, now=100)
    for _ in range(4):
        assert bucket.wait_s(1, now=100) == 0
        bucket.take(1)
    assert bucket.wait_s(1, now=100) == 0.5
    assert bucket.wait_s(1, now=100.25) == 0.25
    assert bucket.wait_s(1, now=100.5) == 0


def test_a_bucket_does_not_run_over() -> None:
    bucket = Bucket(rate=2, most=4, now=0)
    bucket.take(4)
    assert not bucket.is_full(now=1.9)
    assert bucket.is_full(now=1000)
    bucket.take(4)
    assert bucket.wait_s(1, now=1000) == 0.5


def test_what_never_fits_is_given_by_a_full_bucket_and_owed() -> None:
    bucket = Bucket(rate=1, most=4, now=0)
    assert bucket.wait_s(10, now=0) == 0
    bucket.take(10)
    assert bucket.wait_s(1, now=0) == 7


def test_sessions_are_counted_by_key_and_by_address() -> None:
    parties = Parties(SETTINGS)
    here = parties.allowance("alice", "192.0.2.1", 0)
    with here.session(), here.session():
        assert (full := parties.allowance("alice", "192.0.2.2", 0).full())
        assert (full.kind, full.most_sessions) == ("key", 2)
        other = parties.allowance("bob", "192.0.2.1", 0)
        assert other.full() is None
        with other.session():
            assert (full := parties.allowance("carol", "192.0.2.1", 0).full())
            assert (full.kind, full.most_sessions) == ("address", 3)
    assert here.full() is None


def test_all_sessions_of_a_key_share_its_messages() -> None:
    parties = Parties(SETTINGS)
    one = parties.allowance("alice", "192.0.2.1", 0)
    two = parties.allowance("alice", "192.0.2.2", 0)
    assert all(one.message(0) and two.message(0) for _ in range(5))
    assert not one.message(0)
    assert not two.message(0.05)
    assert two.message_wait_s(0.05) == pytest.approx(0.05)
    assert two.message(0.2)
    assert parties.allowance("bob", "192.0.2.2", 0).message(0)


def test_a_message_that_one_party_may_not_send_costs_the_other_nothing() -> None:
    parties = Parties(SETTINGS)
    alice, bob = (parties.allowance(name, "192.0.2.1", 0) for name in ("alice", "bob"))
    assert all(alice.message(0) for _ in range(10))
    assert not any(bob.message(0) for _ in range(10))
    assert all(parties.allowance("bob", "192.0.2.2", 0).message(0) for _ in range(10))


def test_sound_is_counted_by_its_seconds() -> None:
    allowance = Parties(SETTINGS).allowance("", "192.0.2.1", 0)
    assert allowance.sound(59, 0)
    assert not allowance.sound(2, 0)
    assert allowance.sound(2, 1)


def test_no_key_makes_tokens_without_end_nor_uses_up_those_of_another() -> None:
    parties = Parties(SETTINGS)
    busy, other = parties.allowance("a", "1", now=0), parties.allowance("b", "2", now=0)
    while busy.token_wait_s(now=0) == 0:
        assert len(parties) == 4
    assert 0 < busy.token_wait_s(now=0) <= 1
    assert other.token_wait_s(now=0) == 0
    assert busy.token_wait_s(now=1) == 0


def test_seconds_of_sound_are_those_of_its_packets() -> None:
    assert sound_seconds([OPUS_20_MS, OPUS_60_MS]) == pytest.approx(0.08)
    assert sound_seconds([b""]) == 0


def test_who_is_over_a_limit_is_told_once_a_second() -> None:
    allowance = Parties(SETTINGS).allowance("", "192.0.2.1", 0)
    first, *others = [allowance.complaint("messages", at) for at in (5.0, 5.5, 5.9)]
    assert first is not None
    assert first.code == "rate_limit_exceeded"
    assert "more than 10 messages in a second" in first.message
    assert others == [None, None]
    again = allowance.complaint("sound", 6.0)
    assert again is not None
    assert "more than 60 seconds of sound in a minute" in again.message


def newcomers(parties: Parties) -> list[Allowance]:
    """As many as are remembered, each from an address of its own."""
    return [parties.allowance("", f"192.0.{n // 256}.{n % 256}", 0) for n in range(1000)]


def test_who_has_left_and_has_its_full_share_again_is_forgotten() -> None:
    parties = Parties(SETTINGS)
    for allowance in newcomers(parties)[:10]:
        assert allowance.message(0)
    parties.allowance("", "198.51.100.1", 0.05)
    assert len(parties) == 11


def test_whoever_has_a_session_is_remembered_and_all_are_never_too_many() -> None:
    parties = Parties(SETTINGS)
    one, other, *others = newcomers(parties)
    for allowance in (one, other, *others):
        assert allowance.message(0)
    with one.session(), other.session():
        parties.allowance("", "198.51.100.1", 0.05)
        assert len(parties) == 3
        assert not all(one.message(0.05) for _ in range(10))
