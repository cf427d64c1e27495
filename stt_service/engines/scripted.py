"""Hears what its settings say, after a delay: for tests of everything around the models."""

import asyncio
from itertools import cycle
from typing import Annotated

import msgspec

from shared.settings import Settings
from stt_service.engine import Recognition, Speech


class ScriptedSettings(Settings, frozen=True, kw_only=True):
    """Group VOICECHAT_STT_SCRIPTED."""

    text: str = "What is the capital of France?"
    """What is heard; several texts with `|` between them are heard in turn, over and over."""
    language: str = "en"
    """Language recognised, as a BCP 47 tag; several with `|` between them go with the texts."""
    delay_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    """Time a transcription takes, in seconds."""
    concurrency: Annotated[int, msgspec.Meta(ge=1)] = 8
    """Utterances worked on at once."""


class Scripted:
    """An engine that does not listen."""

    Settings = ScriptedSettings
    model = "scripted-stt"
    sample_rate_hz = 16_000
    longest_s = 15.0

    def __init__(self, settings: ScriptedSettings) -> None:
        self.concurrency = settings.concurrency
        self.languages: tuple[str, ...] = (settings.language,)
        self._settings = settings
        self._texts = cycle(settings.text.split("|"))
        self._languages = cycle(settings.language.split("|"))

    async def transcribe(self, speech: Speech) -> Recognition:
        """The next text, whatever the speech."""
        text, language = next(self._texts), next(self._languages)
        await asyncio.sleep(self._settings.delay_s)
        return Recognition(text=text, language=language)

    def close(self) -> None:
        """Nothing to give back."""
