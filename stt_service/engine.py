"""The port of speech-to-text engines."""

from typing import Protocol

import msgspec

from shared.audio import Pcm
from shared.offers import Offer


class Speech(msgspec.Struct, frozen=True, kw_only=True):
    """One stretch of speech to be transcribed."""

    pcm: Pcm
    """Mono, at the engine's `sample_rate_hz`, at most its `longest_s`."""
    language: str = ""
    """BCP 47 tag; empty lets the engine decide."""


class Recognition(msgspec.Struct, frozen=True, kw_only=True):
    """What an engine heard."""

    text: str
    """Empty if nothing was said."""
    language: str = ""
    """Language recognised, by a tag or its English name; empty if the engine does not tell."""


class SttEngine(Protocol):
    """A speech-to-text model, loaded and warm once constructed; takes `concurrency` calls."""

    model: str
    """Its name, for people."""
    languages: tuple[str, ...]
    """BCP 47 tags of what it understands; empty if it does not tell."""
    sample_rate_hz: int
    longest_s: float
    """Longest stretch that one call takes; the handler cuts at pauses."""
    concurrency: int

    async def transcribe(self, speech: Speech) -> Recognition:
        """Raises EngineError. Cancelling stops at the engine's next step."""
        ...

    def close(self) -> None:
        """Give back memory and threads."""
        ...


def offer(name: str, engine: SttEngine) -> Offer:
    """What a worker with this engine of the registry has to offer."""
    return Offer(engine=name, model=engine.model, languages=engine.languages)
