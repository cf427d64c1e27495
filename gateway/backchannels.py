"""Small words by which a listener shows that they listen: no reason to stop speaking."""

import re
import tomllib
from collections.abc import Iterable
from importlib.resources import files

from gateway.words import plain, split_words

_MOST_CHARACTERS = 60
"""Whoever says more than this has something to say."""


def is_backchannel(text: str, language: str = "") -> bool:
    """Whether the text is made of backchannels and nothing else: "mhm", "yeah, okay", "I see".

    Case, accents, punctuation and lengthening ("yeahhh") do not matter. `language` is a BCP 47
    tag; where it is empty or has no list, all lists count. No words at all are no backchannel.
    """
    if len(text) > _MOST_CHARACTERS:
        return False
    pattern = _PATTERNS.get(re.split("[-_]", language.casefold())[0], _ANY)
    return pattern.fullmatch(_normal(text)) is not None


def _normal(text: str) -> str:
    """The words, each with a space behind it; letters that follow themselves are written once."""
    words = split_words(re.sub(r"(\S)\1+", r"\1", plain(text).replace("ー", "")))
    return "".join(f"{word.strip()} " for word in words)


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted({_normal(phrase) for phrase in phrases}, key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(longest_first)})+")


def _load() -> dict[str, list[str]]:
    text = files("gateway").joinpath("data/backchannels.toml").read_text("utf-8")
    return tomllib.loads(text)


_LISTS = _load()
_SOUNDS = _LISTS.pop("sounds")
_PATTERNS = {tag: _pattern([*_SOUNDS, *phrases]) for tag, phrases in _LISTS.items()}
_ANY = _pattern([*_SOUNDS, *(phrase for phrases in _LISTS.values() for phrase in phrases)])
