"""Which voice speaks."""

import pytest

from tts_service.engine import Voice
from tts_service.voices import choose_voice

NAMES = ("en-us", "de", "en-gb", "pt", "pt-br", "af")
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
        ("", "xx", "en-us"),
    ],
)
def test_a_voice_is_chosen_by_name_then_by_language(name: str, language: str, chosen: str) -> None:
    assert choose_voice(VOICES, name, language).name == chosen
