"""Words by which somebody takes the floor: "stop", "wait", "no", "what?"."""

import re
import tomllib
from collections.abc import Iterable
from importlib.resources import files

from gateway.words import plain, split_words


def takes_floor(text: str, language: str = "") -> bool:
    """Whether any of the text's words interrupts even if it is all that is said.

    Case, accents and punctuation do not matter. `language` is a BCP 47 tag; where it is empty, all
    lists count, and in a language without a list every word does.
    """
    normal = _normal(text)
    if not language:
        return any(_has(normal, phrases) for phrases in _LISTS.values())
    phrases = _LISTS.get(re.split("[-_]", language.casefold())[0])
    return bool(normal.strip()) if phrases is None else _has(normal, phrases)


def _has(normal: str, phrases: Iterable[str]) -> bool:
    return any(phrase in normal for phrase in phrases)


def _normal(text: str) -> str:
    """The words, with a space before and behind each."""
    return "".join(f" {word.strip()}" for word in split_words(plain(text))) + " "


def _load() -> dict[str, frozenset[str]]:
    text = files("gateway").joinpath("data/interruptions.toml").read_text("utf-8")
    lists: dict[str, list[str]] = tomllib.loads(text)
    return {tag: frozenset(map(_normal, phrases)) for tag, phrases in lists.items()}


_LISTS = _load()
# Korean words have endings.
_LISTS["ko"] = frozenset(phrase.rstrip() for phrase in _LISTS["ko"])
