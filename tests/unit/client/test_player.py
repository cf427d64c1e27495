"""Replies are played as the gateway says."""

import numpy as np
import pytest

from client.events import (
    AnyEvent,
    ReplyCleared,
    ReplyDone,
    ReplyItemKnown,
    ReplyPaused,
    ReplyResumed,
    ReplySound,
)
from client.playback import Playback, Played
from client.player import Decoder, Player
from shared.audio import OpusEncoder

PACKET_BYTES = 960
SOUND = b"\x01" * PACKET_BYTES


def sound(turn: int = 1, index: int = 0, packet: bytes = b"opus") -> ReplySound:
    return ReplySound(turn=turn, sentence=0, index=index, packet=packet)


def playing(*events: AnyEvent) -> tuple[Playback, Player]:
    playback = Playback()
    player = Player(playback, lambda _: SOUND)
    for event in (ReplyItemKnown(item="i"), sound(), sound(index=1), *events):
        player.take(event)
    return playback, player


def test_sound_is_played_as_it_comes() -> None:
    playback, _ = playing()
    assert playback.pull(3 * PACKET_BYTES) == SOUND * 2 + bytes(PACKET_BYTES)


def test_sound_is_held_when_we_seem_to_speak() -> None:
    playback, _ = playing(ReplyPaused(item="i"), sound(index=2))
    assert playback.pull(PACKET_BYTES) == bytes(PACKET_BYTES)


def test_sound_goes_on_when_it_was_nothing() -> None:
    playback, _ = playing(ReplyPaused(item="i"), ReplyResumed(item="i"))
    assert playback.pull(2 * PACKET_BYTES) == SOUND * 2


@pytest.mark.parametrize("event", [ReplyCleared(), ReplyDone(status="cancelled")], ids=repr)
def test_sound_is_dropped_when_the_reply_is_not_wanted_any_more(event: AnyEvent) -> None:
    playback, _ = playing(event)
    assert not playback.is_waiting


@pytest.mark.parametrize("status", ["completed", "incomplete", "failed"])
def test_what_has_come_is_played_though_no_more_follows(status: str) -> None:
    playback, _ = playing(ReplyDone(status=status))
    assert playback.pull(2 * PACKET_BYTES) == SOUND * 2


def test_the_position_is_news_only_when_it_has_moved() -> None:
    playback, player = playing()
    assert player.news() is None
    playback.pull(PACKET_BYTES)
    assert player.news() == Played("i", 0.02)
    assert player.news() is None
    playback.pull(PACKET_BYTES)
    assert player.news() == Played("i", 0.04)


def test_packets_are_decoded_to_their_sound() -> None:
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(24_000) / 24_000)
    packets = OpusEncoder().encode(tone.astype(np.float32))
    decode = Decoder()
    pcm = b"".join(
        decode(sound(index=place, packet=packet)) for place, packet in enumerate(packets)
    )
    samples = np.frombuffer(pcm, "<i2") / 32768
    assert len(samples) / 24_000 == pytest.approx(1, abs=0.05)
    assert np.sqrt(np.mean(samples**2)) == pytest.approx(0.35, abs=0.05)
