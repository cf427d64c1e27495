"""What a microphone hears becomes packets."""

from collections.abc import Iterator
from contextlib import contextmanager

from client.playback import Playback
from client.sound_card import Heard, microphone

BLOCK = bytes(960)


class Card:
    """A card that has heard a second of silence when it begins to record."""

    playback = Playback()

    @contextmanager
    def playing(self) -> Iterator[None]:
        yield

    @contextmanager
    def recording(self, hear: Heard) -> Iterator[None]:
        for _ in range(50):
            hear(BLOCK)
        yield


async def test_each_block_becomes_a_packet() -> None:
    with microphone(Card()) as heard:
        packets = [packet for _ in range(50) for packet in await heard.packets()]
    assert len(packets) == 50


async def test_who_does_not_take_the_packets_loses_sound_and_no_memory() -> None:
    with microphone(Card()) as heard:
        for _ in range(1000):
            heard.hear(BLOCK)
        waiting = 0
        while heard.waiting:
            waiting += len(await heard.packets())
    assert waiting == 500
