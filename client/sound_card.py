"""Microphone and loudspeaker by PortAudio, where sounddevice and PortAudio are installed."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import ModuleType
from typing import Any, Protocol

from client.playback import Playback
from shared.audio import PACKET_S, WIRE_HZ, OpusEncoder, from_pcm16
from shared.errors import AudioError
from shared.registry import install_command

Heard = Callable[[bytes], None]
"""Takes PCM16 at 24 kHz, 20 ms each."""
_BLOCK = round(WIRE_HZ * PACKET_S)
_MOST_BLOCKS = 500
_TIMEOUT_S = 3.0


class Card(Protocol):
    """What can hear and play."""

    playback: Playback

    def playing(self) -> AbstractContextManager[None]:
        """Play what `playback` holds while the block runs."""
        ...

    def recording(self, hear: Heard) -> AbstractContextManager[None]:
        """While the block runs, `hear` gets PCM16 at 24 kHz, 20 ms each."""
        ...


class Microphone:
    """What a card hears, as Opus packets; up to ten seconds wait for who is slow to take them."""

    def __init__(self) -> None:
        self._encoder = OpusEncoder()
        self._blocks: asyncio.Queue[bytes] = asyncio.Queue(_MOST_BLOCKS)

    def hear(self, block: bytes) -> None:
        """The next 20 ms of PCM16 at 24 kHz; dropped if too much waits."""
        if not self._blocks.full():
            self._blocks.put_nowait(block)

    @property
    def waiting(self) -> int:
        """How many blocks wait."""
        return self._blocks.qsize()

    async def packets(self) -> list[bytes]:
        """The next packets; raises AudioError if no sound comes."""
        try:
            block = await asyncio.wait_for(self._blocks.get(), _TIMEOUT_S)
        except TimeoutError as error:
            raise AudioError(
                "the microphone gives no sound: is it plugged in and allowed?"
            ) from error
        return self._encoder.encode(from_pcm16(block))


@contextmanager
def microphone(card: Card) -> Iterator[Microphone]:
    """A microphone that hears while the block runs."""
    heard = Microphone()
    with card.recording(heard.hear):
        yield heard


class SoundCard:
    """The machine's default microphone and loudspeaker."""

    def __init__(self, sounddevice: ModuleType) -> None:
        self._sounddevice = sounddevice
        self.playback = Playback()

    @contextmanager
    def playing(self) -> Iterator[None]:
        """Play what `playback` holds while the block runs."""
        with self._stream("RawOutputStream", self._fill):
            yield

    @contextmanager
    def recording(self, hear: Heard) -> Iterator[None]:
        """While the block runs, `hear` gets PCM16 of 20 ms each, in the loop's own thread."""
        loop = asyncio.get_running_loop()

        def heard(block: Any, frames: int, time: Any, status: Any) -> None:
            loop.call_soon_threadsafe(hear, bytes(block))

        with self._stream("RawInputStream", heard):
            yield

    def _fill(self, block: Any, frames: int, time: Any, status: Any) -> None:
        block[:] = self.playback.pull(len(block))

    @contextmanager
    def _stream(self, kind: str, callback: Callable[..., None]) -> Iterator[None]:
        options = {"samplerate": WIRE_HZ, "channels": 1, "dtype": "int16", "blocksize": _BLOCK}
        try:
            stream = getattr(self._sounddevice, kind)(callback=callback, **options)
        except (self._sounddevice.PortAudioError, ValueError) as error:
            raise AudioError(
                f"the sound card cannot be used ({error}); 'python -m sounddevice' lists all"
            ) from error
        with stream:
            yield


def open_sound_card() -> SoundCard:
    """The sound card; raises AudioError if a library for it is missing."""
    try:
        import sounddevice
    except ImportError as error:
        raise AudioError(
            f"talking needs sounddevice; install it with: {install_command('talk')}"
        ) from error
    except OSError as error:
        raise AudioError(
            f"talking needs PortAudio ({error}); install it with: sudo apt install libportaudio2"
        ) from error
    return SoundCard(sounddevice)
