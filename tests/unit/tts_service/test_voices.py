"""Which voice speaks."""

import pytest

from shared.errors import SettingsError
from tts_service.engine import Voice
from tts_service.voices import choose_voice, voice_map

NAMES = ("en-us", "de", "en-gb", "pt", "pt-br", "ja", "cmn", "ru", "uk")
VOICES = tuple(Voice(name=name, language=name) for name in NAMES)


@pytest.mark.parametrize(
    ("name", "language", "chosen"),
    [
        ("", "", "en-us"),
        ("de", "", "de"),
        ("DE", "en", "de"),
        ("alloy", "", "en-us"),
        ("alloy", "de-AT", "de"),
        ("", "en", "en-us"),
        ("", "en-US", "en-us"),
        ("", "en-GB", "en-gb"),
        ("", "en-AU", "en-us"),
        ("", "pt-BR", "pt-br"),
        ("", "pt_BR", "pt-br"),
        ("", "xx", "en-us"),
        ("", "ja", "ja"),
        ("", "zh", "cmn"),
        ("", "zh-TW", "cmn"),
        ("", "not a tag", "en-us"),
    ],
)
def test_a_voice_is_chosen_by_name_then_by_language(name: str, language: str, chosen: str) -> None:
    assert choose_voice(VOICES, {}, name, language).name == chosen


@pytest.mark.parametrize(
    ("name", "language", "chosen"),
    [
        ("en-gb", "en-US", "en-gb"),
        ("en-gb", "de", "en-gb"),
        ("en-gb", "ja", "ja"),
        ("en-gb", "zh", "cmn"),
        ("ja", "en", "en-us"),
        ("ja", "ja", "ja"),
        ("ja", "zh", "cmn"),
        ("ru", "uk", "ru"),
        ("en-gb", "th", "en-gb"),
    ],
)
def test_a_wished_voice_speaks_what_it_can_read(name: str, language: str, chosen: str) -> None:
    assert choose_voice(VOICES, {}, name, language).name == chosen


@pytest.mark.parametrize(
    ("name", "language", "chosen"),
    [
        ("", "", "en-us"),
        ("", "en", "en-gb+f3"),
        ("", "en-AU", "en-gb+f3"),
        ("", "pt", "pt"),
        ("", "pt-BR", "de"),
        ("en-us", "en", "en-us"),
        ("en-us", "pt-BR", "de"),
        ("en-us", "pt", "en-us"),
        ("de", "zh", "ja"),
    ],
)
def test_a_set_voice_speaks_its_language_unless_another_of_it_is_wished(
    name: str, language: str, chosen: str
) -> None:
    mapped = voice_map(("en=en-gb+f3", "pt-BR = de", "cmn=ja"), VOICES)
    assert choose_voice(VOICES, mapped, name, language).name == chosen


@pytest.mark.parametrize("entry", ["ja", "ja=", "=ja", "klingon=ja", "12=ja"])
def test_an_entry_that_is_no_language_and_voice_is_refused(entry: str) -> None:
    with pytest.raises(SettingsError, match="is not a language and its voice; write ja=ja"):
        voice_map((entry,), VOICES)


@pytest.mark.parametrize("name", ["nobody", "nobody+f3"])
def test_a_voice_that_the_engine_does_not_have_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=f"VOICECHAT_TTS_VOICES: .*{name[:6]}.*it has en-us"):
        voice_map((f"en={name}",), VOICES)
