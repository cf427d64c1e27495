"""Microphone and loudspeaker by PortAudio, where sounddevice and PortAudio are installed."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from shared.audio import PACKET_S, WIRE_HZ
from shared.errors import AudioError
from shared.registry import install_command

Heard = Callable[[bytes], None]
"""Takes PCM16 at 24 kHz, 20 ms each."""
_BLOCK = round(WIRE_HZ * PACKET_S)
_BYTES_PER_SAMPLE = 2
_MOST_WAITING_BYTES = 600 * WIRE_HZ * _BYTES_PER_SAMPLE


class Playback:
    """What the loudspeaker is yet to play: PCM16 at 24 kHz. May be used from several threads."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._lock = threading.Lock()

    def push(self, pcm16: bytes) -> None:
        """Play this behind what waits; what exceeds ten minutes is dropped."""
        with self._lock:
            self._waiting += pcm16[: _MOST_WAITING_BYTES - len(self._waiting)]

    def pull(self, size_bytes: int) -> bytes:
        """The next piece of exactly this size, filled up with silence."""
        with self._lock:
            piece = bytes(self._waiting[:size_bytes])
            del self._waiting[:size_bytes]
        return piece.ljust(size_bytes, b"\0")

    def clear(self) -> None:
        """Fall silent."""
        with self._lock:
            self._waiting.clear()


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
