"""Which of an engine's voices speaks a sentence."""

from collections.abc import Sequence

from tts_service.engine import Voice


def choose_voice(voices: Sequence[Voice], name: str, language: str) -> Voice:
    """The voice of that name, else the first for the language, else the default.

    A voice for `en-gb` is preferred for `en-GB`, then any for `en`.
    """
    for voice in voices:
        if name and voice.name.lower() == name.lower():
            return voice
    if not language or _speaks(voices[0], language):
        return voices[0]
    exact = [voice for voice in voices if voice.language.lower() == language.lower()]
    related = [voice for voice in voices if _primary(voice.language) == _primary(language)]
    return next(iter([*exact, *related]), voices[0])


def _speaks(voice: Voice, language: str) -> bool:
    """Whether the voice is right for the tag: `en-us` speaks `en` and `en-US`."""
    spoken, wanted = voice.language.lower(), language.lower()
    return spoken == wanted or spoken.startswith(f"{wanted}-")


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()
