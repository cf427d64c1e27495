"""eSpeak NG: small, instant, many languages; sounds like a machine."""

import logging
from collections.abc import AsyncGenerator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import espeakng_loader
import msgspec

from shared.settings import Settings
from shared.threads import Emit, stream_from_thread
from shared.writing import script
from tts_service.engine import Sound, Speakable, Voice
from tts_service.engines.espeak_library import EspeakLibrary

if TYPE_CHECKING:
    from tts_service.engines.japanese_reading import JapaneseReader, Reading

logger = logging.getLogger(__name__)

_AHEAD = 512
"""Pieces that wait for a slow listener, about 30 s: until then the library is free for others."""
_SLOWEST, _FASTEST = 80, 450
"""Words per minute that the library accepts."""
_JAPANESE = "ja"
"""The voice that reads kana, but no Chinese characters."""


class EspeakSettings(Settings, frozen=True, kw_only=True):
    """How eSpeak NG speaks."""

    voice: str = "en-us"
    """Default voice; `en-us+f3` is a female variant."""
    rate_wpm: Annotated[int, msgspec.Meta(ge=_SLOWEST, le=_FASTEST)] = 170
    """Words per minute at speed 1, 80 to 450."""
    concurrency: Annotated[int, msgspec.Meta(ge=1)] = 4
    """Sentences worked on at once; they take turns at the one library."""
    library: str = ""
    """Path of libespeak-ng; empty for the one that the package espeakng-loader carries."""
    data: str = ""
    """Folder of its voice data; empty for the one that belongs to the library."""


class Espeak:
    """The library is loaded afresh after each sentence: the same text gives the same sound.

    One per process and library: a second one raises EngineError until the first is closed.
    """

    Settings = EspeakSettings
    model = "espeak-ng"

    def __init__(self, settings: EspeakSettings) -> None:
        self.concurrency = settings.concurrency
        self._settings = settings
        self._japanese = _japanese_reader()
        self._has_warned = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="espeak")
        self._library = EspeakLibrary(*_places(settings))
        self._is_fresh = True
        self._renewal: Future[None] | None = None
        self.sample_rate_hz = self._library.sample_rate_hz
        self.voices = _default_first(self._library.voices(), settings.voice)
        self._library.set_voice(settings.voice)

    async def speak(self, speakable: Speakable) -> AsyncGenerator[Sound, None]:
        """Pieces of about 60 ms, as the library makes them."""
        produce = partial(self._produce, speakable)
        try:
            stream = stream_from_thread(produce, ahead=_AHEAD, executor=self._thread)
            async with aclosing(stream) as sounds:
                async for sound in sounds:
                    yield sound
        finally:
            self._renewal = self._thread.submit(self._renew)

    def close(self) -> None:
        """Wait for what is being spoken, then unload."""
        self._thread.shutdown()
        self._library.close()

    def _produce(self, speakable: Speakable, emit: Emit[Sound]) -> None:
        self._renew()
        self._is_fresh = False
        voice = speakable.voice
        if not self._library.set_voice(voice):
            voice = self._settings.voice
            self._library.set_voice(voice)
        rate = round(self._settings.rate_wpm * speakable.speed)
        self._library.set_rate(min(max(rate, _SLOWEST), _FASTEST))
        if voice.partition("+")[0] == _JAPANESE:
            self._speak_japanese(speakable.text, emit)
        else:
            self._library.speak(speakable.text, emit)

    def _speak_japanese(self, text: str, emit: Emit[Sound]) -> None:
        """In kana, if there is a dictionary; the voice spells Chinese characters, in English."""
        if self._japanese:
            reading = self._japanese.read(text)
            self._library.speak(reading.text, lambda sound: emit(_in_original(sound, reading)))
            return
        if not self._has_warned and any(script(char) == "CJK" for char in text):
            self._has_warned = True
            logger.warning(
                "espeak cannot read Chinese characters in Japanese; "
                "install its dictionary with: pip install 'voicechat[japanese]'"
            )
        self._library.speak(text, emit)

    def _renew(self) -> None:
        """Bring the library back to its first state, where that has not been done already."""
        if self._is_fresh:
            return
        self._library.reload()
        self._library.set_voice(self._settings.voice)
        self._is_fresh = True


def _japanese_reader() -> "JapaneseReader | None":
    """What finds the kana of Chinese characters, if its dictionary is installed."""
    if find_spec("janome") is None:
        return None
    from tts_service.engines.japanese_reading import JapaneseReader

    return JapaneseReader()


def _in_original(sound: Sound, reading: "Reading") -> Sound:
    """The sound with its words where the text as it was written has them."""
    words = tuple(
        msgspec.structs.replace(word, offset=reading.origin(word.offset)) for word in sound.words
    )
    return msgspec.structs.replace(sound, words=words)


def _places(settings: EspeakSettings) -> tuple[Path, Path | None]:
    """Library and data; a library of the system's own knows where its data is."""
    if settings.library:
        return Path(settings.library), Path(settings.data) if settings.data else None
    data = settings.data or espeakng_loader.get_data_path()
    return Path(espeakng_loader.get_library_path()), Path(data)


def _default_first(voices: list[Voice], name: str) -> tuple[Voice, ...]:
    """The default voice at the head, also if it is a variant that is not in the list."""
    language = name.partition("+")[0]
    default = Voice(name=name, language=language)
    return (default, *(voice for voice in voices if voice.name != name))
