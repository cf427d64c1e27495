"""Flite: small English voices under a permissive licence; needs Debian's library."""

from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from functools import partial
from typing import Annotated

import msgspec

from shared.errors import EngineUnavailable
from shared.settings import Settings
from shared.threads import Emit, stream_from_thread
from tts_service.engine import Sound, Speakable, Voice
from tts_service.engines.flite_library import FliteLibrary

_NAMES = ("slt", "rms", "awb", "kal16")
"""A woman and three men; kal16 is the oldest, fastest and most machine-like."""


class FliteSettings(Settings, frozen=True, kw_only=True):
    """How Flite speaks."""

    voice: str = "slt"
    """Default voice: slt, rms, awb or kal16."""
    concurrency: Annotated[int, msgspec.Meta(ge=1)] = 2
    """Sentences worked on at once; they take turns at the one library."""


class Flite:
    """Makes a sentence in one step."""

    Settings = FliteSettings
    model = "flite"
    sample_rate_hz = 16_000

    def __init__(self, settings: FliteSettings) -> None:
        if settings.voice not in _NAMES:
            known = ", ".join(_NAMES)
            raise EngineUnavailable(f"flite has no voice {settings.voice!r}; choose from {known}")
        self.concurrency = settings.concurrency
        names = sorted(_NAMES, key=lambda name: name != settings.voice)
        self.voices = tuple(Voice(name=name, language="en-us") for name in names)
        self._library = FliteLibrary(_NAMES)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="flite")
        self._library.speak("Ready.", settings.voice, 1.0)

    async def speak(self, speakable: Speakable) -> AsyncGenerator[Sound, None]:
        """One piece; closing waits for it to be made."""
        produce = partial(self._produce, speakable)
        async with aclosing(stream_from_thread(produce, executor=self._thread)) as sounds:
            async for sound in sounds:
                yield sound

    def close(self) -> None:
        """Wait for what is being spoken."""
        self._thread.shutdown()

    def _produce(self, speakable: Speakable, emit: Emit[Sound]) -> None:
        voice = speakable.voice if speakable.voice in _NAMES else self.voices[0].name
        sound = self._library.speak(speakable.text, voice, speakable.speed)
        emit(sound)
