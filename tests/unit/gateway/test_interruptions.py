"""Which words interrupt even if they are all that is said."""

import tomllib
from importlib.resources import files

import pytest

from gateway.backchannels import is_backchannel
from gateway.interruptions import takes_floor

LISTS: dict[str, list[str]] = tomllib.loads(
    files("gateway").joinpath("data/interruptions.toml").read_text("utf-8")
)


@pytest.mark.parametrize(
    "text",
    [
        "Stop.",
        "STOP!",
        "no no",
        "Oh, wait.",
        "Never mind",
        "What?",
        "Please don’t.",
        "ça suffit, arrête",
    ],
)
def test_these_take_the_floor(text: str) -> None:
    assert takes_floor(text)


@pytest.mark.parametrize(
    "text", ["", "...", "Riot.", "Seven", "stopper", "You have", "I don't know."]
)
def test_these_do_not(text: str) -> None:
    assert not takes_floor(text, "en")


@pytest.mark.parametrize("language", LISTS)
def test_every_word_of_a_list_does_so_in_its_language_and_is_no_backchannel(language: str) -> None:
    for phrase in LISTS[language]:
        assert takes_floor(f"{phrase}.", language)
        assert takes_floor(phrase, f"{language}-XX")
        assert not is_backchannel(phrase)


def test_words_count_in_their_own_language_alone() -> None:
    assert takes_floor("Warte", "de")
    assert not takes_floor("Warte", "en")


def test_korean_words_may_have_endings() -> None:
    assert takes_floor("잠깐만요", "ko")


def test_in_a_language_without_a_list_every_word_counts() -> None:
    assert takes_floor("Riot", "cy")
    assert not takes_floor("...", "cy")
