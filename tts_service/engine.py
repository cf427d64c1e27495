"""The port of text-to-speech engines."""

from collections.abc import AsyncGenerator
from typing import Protocol

import msgspec

from shared.audio import Pcm
from shared.messages import SpokenWord
from shared.offers import Offer, OfferedVoice


class Voice(msgspec.Struct, frozen=True, kw_only=True):
    """A voice that can be asked for."""

    name: str
    language: str
    """BCP 47 tag."""


class Speakable(msgspec.Struct, frozen=True, kw_only=True):
    """Text ready to be spoken: no markup, numbers and units in words."""

    text: str
    voice: str = ""
    """One of the engine's; empty or unknown for its default."""
    speed: float = 1.0
    """1 is the voice's own rate."""


class Phoneme(msgspec.Struct, frozen=True, kw_only=True):
    """A sound of speech, or a pause."""

    ipa: str
    """Empty for a pause."""
    start_s: float


class Sound(msgspec.Struct, frozen=True, kw_only=True):
    """The next piece of speech."""

    pcm: Pcm
    """Mono, at the engine's `sample_rate_hz`."""
    words: tuple[SpokenWord, ...] = ()
    """Words that begin in it: offsets in `Speakable.text`, times from the start of its sound."""
    phonemes: tuple[Phoneme, ...] = ()
    """Those that begin in it, times likewise; none if the engine does not know them."""


class TtsEngine(Protocol):
    """A text-to-speech model, warm once constructed; takes `concurrency` calls at once."""

    model: str
    """Its name, for people."""
    sample_rate_hz: int
    voices: tuple[Voice, ...]
    """The first is the default."""
    concurrency: int

    def speak(self, speakable: Speakable) -> AsyncGenerator[Sound, None]:
        """Pieces of sound as they are made. Closing the generator stops within one piece.

        The same text gives the same sound, so that another worker can go on in the middle.
        Raises EngineError.
        """
        ...

    def close(self) -> None:
        """Give back memory and threads."""
        ...


def offer(name: str, engine: TtsEngine) -> Offer:
    """What a worker with this engine of the registry has to offer."""
    return Offer(
        engine=name,
        model=engine.model,
        languages=tuple(dict.fromkeys(voice.language for voice in engine.voices)),
        voices=tuple(OfferedVoice(voice.name, voice.language) for voice in engine.voices),
    )
