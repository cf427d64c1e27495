"""Tones instead of words: a real engine for tests and measurements of everything around it."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator
from typing import Annotated
from zlib import crc32

import msgspec
import numpy as np

from shared.audio import WIRE_HZ, Pcm
from shared.errors import EngineError
from shared.messages import SpokenWord
from shared.settings import Settings
from tts_service.engine import Sound, Speakable, Voice

_LOUDNESS = 0.3
_LOWEST_HZ, _STEP_HZ, _STEPS = 200, 20, 40


class ToneSettings(Settings, frozen=True, kw_only=True):
    """How long and how fast it sounds."""

    word_s: Annotated[float, msgspec.Meta(gt=0, le=60)] = 0.3
    """Length of each word's tone in seconds, at speed 1."""
    first_delay_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    """Seconds before the first piece."""
    delay_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    """Seconds before each further piece."""
    piece_s: Annotated[float, msgspec.Meta(gt=0)] = 0.1
    """Length of a piece in seconds."""
    concurrency: Annotated[int, msgspec.Meta(ge=1)] = 4
    """Sentences spoken at once."""
    fail_on: str = ""
    """A word at which it fails."""


class Tone:
    """Each word is a tone; its pitch depends on the word alone."""

    Settings = ToneSettings
    model = "tone"
    sample_rate_hz = WIRE_HZ
    voices = (Voice(name="tone", language="en"),)

    def __init__(self, settings: ToneSettings) -> None:
        self.concurrency = settings.concurrency
        self._settings = settings

    async def speak(self, speakable: Speakable) -> AsyncGenerator[Sound, None]:
        """Pieces of `piece_s`, each after its delay; raises EngineError at the failing word."""
        delay_s = self._settings.first_delay_s
        for sound in self._sounds(speakable):
            await asyncio.sleep(delay_s)
            yield sound
            delay_s = self._settings.delay_s

    def close(self) -> None:
        """Nothing to give back."""

    def _sounds(self, speakable: Speakable) -> Iterator[Sound]:
        word_s = self._settings.word_s / speakable.speed
        size = max(1, round(self._settings.piece_s * self.sample_rate_hz))
        for number, word in enumerate(re.finditer(r"\S+", speakable.text)):
            if self._settings.fail_on and self._settings.fail_on == word[0].strip(".,;:!?"):
                raise EngineError("the tone engine met the word at which it is set to fail")
            pcm = _tone(word[0], round(word_s * self.sample_rate_hz))
            begun = SpokenWord(offset=word.start(), start_s=number * word_s)
            for start in range(0, len(pcm), size):
                words = () if start else (begun,)
                yield Sound(pcm=pcm[start : start + size], words=words)


def _tone(word: str, samples: int) -> Pcm:
    frequency_hz = _LOWEST_HZ + _STEP_HZ * (crc32(word.encode()) % _STEPS)
    # a cosine: its first sample is audible, so that nothing is cut off as silence
    wave = np.cos(np.arange(samples) * (2 * np.pi * frequency_hz / WIRE_HZ))
    tone: Pcm = (_LOUDNESS * wave).astype(np.float32)
    return tone
