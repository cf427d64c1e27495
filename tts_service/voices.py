"""Which of an engine's voices speaks a sentence."""

from collections.abc import Iterable, Mapping, Sequence

from shared.errors import SettingsError
from shared.languages import language_tag, primary
from shared.text_language import writes_in_script_of
from tts_service.engine import Voice

VoiceMap = Mapping[str, Voice]
"""Language tag to the voice that was set for it."""


def voice_map(entries: Iterable[str], voices: Sequence[Voice]) -> dict[str, Voice]:
    """Entries such as `ja=ja` or `en=en-us+f3` as a map; raises SettingsError."""
    found = {}
    for entry in entries:
        code, _, name = (part.strip() for part in entry.partition("="))
        language, voice = language_tag(code), _set_voice(name, voices)
        if not language or voice is None:
            raise SettingsError(f"VOICECHAT_TTS_VOICES: {_fault(entry, language, name, voices)}")
        found[language] = voice
    return found


def choose_voice(voices: Sequence[Voice], mapped: VoiceMap, name: str, language: str) -> Voice:
    """The voice of that name where it speaks the language, else the best one for the language.

    Best is the voice mapped to the language, then the default if it speaks it, then the first that
    does. A named voice goes on speaking another language if no voice is mapped to that and it
    can read its script. `en-gb` is preferred for `en-GB`, then any for `en`.
    """
    named = _named(voices, name)
    if not language:
        return named or voices[0]
    if named and primary(named.language) == primary(language):
        return named
    if voice := mapped.get(language_tag(language)) or mapped.get(primary(language)):
        return voice
    if named and writes_in_script_of(named.language, language):
        return named
    return _speaker(voices, language) or named or voices[0]


def _speaker(voices: Sequence[Voice], language: str) -> Voice | None:
    """The default voice or the first other one for the language."""
    wanted = language_tag(language)
    if _speaks(voices[0], wanted):
        return voices[0]
    exact = (voice for voice in voices if language_tag(voice.language) == wanted)
    related = (voice for voice in voices if primary(voice.language) == primary(wanted))
    return next(exact, None) or next(related, None)


def _speaks(voice: Voice, wanted: str) -> bool:
    """Whether the voice is right for the tag: `en-us` speaks `en` and `en-US`."""
    spoken = language_tag(voice.language)
    return spoken == wanted or spoken.startswith(f"{wanted}-")


def _named(voices: Sequence[Voice], name: str) -> Voice | None:
    return next((voice for voice in voices if name and voice.name.lower() == name.lower()), None)


def _set_voice(name: str, voices: Sequence[Voice]) -> Voice | None:
    """The voice of that name, also as a variant (`de+f3`) of one that the engine has."""
    base = _named(voices, name.partition("+")[0])
    return _named(voices, name) or (base and Voice(name=name, language=base.language))


def _fault(entry: str, language: str, name: str, voices: Sequence[Voice]) -> str:
    if not language or not name:
        return f"{entry!r} is not a language and its voice; write ja=ja"
    known = ", ".join(voice.name for voice in voices)
    return f"the engine has no voice {name!r}; it has {known}"
