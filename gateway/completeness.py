"""Whether a transcript reads as if the person had finished."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from typing import Literal

import msgspec

Completeness = Literal["finished", "open", "unfinished"]
"""A question, a request or an answer that is whole; nothing can be told; more has to follow.

A statement is open: recognition ends whatever it hears in a full stop, and people seldom end on it.
"""

_MOST_CHARACTERS = 400
"""Only the end of a long transcript is looked at."""
_MOST_PHRASE_WORDS = 3
_WHOLE_NUMBER_DIGITS = 7
"""A number dictated digit by digit may be whole from here on: a telephone number."""

_ASKING = "?!؟‽፧"
_STOPS = ".。।॥۔።։။។៕།"
_PAUSES = ",;:、،؛፣၊-–—―"
_ELLIPSIS = re.compile(r"\.{2,}|。{2,}|⋯")
_TAIL = re.compile(r"\W*\Z")
_WORD = re.compile(r"\w+(?:['.,:-]\w+)*")
_SENTENCE_END = re.compile(rf"[{_ASKING}{_STOPS}]\s+")
_DIGITS = re.compile(r"\d{1,4}")

_TELLING = ("known_by", "never_last", "seldom_last", "requests", "whole")
"""Lists that speak for a language; the others hold too many words of several."""

_Mark = Literal["asks", "stops", "pauses", "none"]


class Vocabulary(msgspec.Struct, frozen=True, kw_only=True):
    """The words of one language; gateway/data/completeness.toml says what each is for."""

    known_by: frozenset[str] = frozenset()
    never_last: frozenset[str] = frozenset()
    seldom_last: frozenset[str] = frozenset()
    sometimes_last: frozenset[str] = frozenset()
    requests: frozenset[str] = frozenset()
    lead_ins: frozenset[str] = frozenset()
    whole: frozenset[str] = frozenset()
    digits: frozenset[str] = frozenset()
    endings: frozenset[str] = frozenset()
    closings: frozenset[str] = frozenset()


def _load() -> dict[str, Vocabulary]:
    text = (files("gateway") / "data" / "completeness.toml").read_text("utf-8")
    return {language: _vocabulary(lists) for language, lists in tomllib.loads(text).items()}


def _vocabulary(lists: dict[str, str]) -> Vocabulary:
    words = {name: _words(listed) for name, listed in lists.items()}
    telling = (words.get(name, frozenset()) for name in _TELLING)
    return Vocabulary(**words | {"known_by": frozenset().union(*telling)})


def _words(listed: str) -> frozenset[str]:
    return frozenset(word.replace("_", " ") for word in listed.split())


_VOCABULARIES = _load()


class _Reading(msgspec.Struct, frozen=True):
    """The end of a transcript, taken apart."""

    words: list[str]
    sentence: str
    """The last one, without the marks behind it."""
    mark: _Mark
    """What the marks at the end say."""


def completeness(text: str, language: str = "") -> Completeness:
    """Judge a transcript by its last words, and by its punctuation in any script.

    Words count before marks, because recognition puts a full stop behind nearly everything.
    `language` is a tag such as "de" or "pt-BR"; without one the words themselves tell. For a
    language without a list of words, marks alone count.
    """
    reading = _read(text)
    if not reading.words:
        return "open"
    vocabularies = _vocabularies(language, reading.words)
    if reading.mark == "pauses":
        return "unfinished"
    if any(_is_whole(reading.words, vocabulary) for vocabulary in vocabularies):
        return "finished"
    return _judge_words(reading, vocabularies)


def _is_whole(words: Sequence[str], vocabulary: Vocabulary) -> bool:
    is_closed = words[-1].endswith(tuple(vocabulary.closings))
    return is_closed or " ".join(words) in vocabulary.whole


def _judge_words(reading: _Reading, vocabularies: Sequence[Vocabulary]) -> Completeness:
    if any(_breaks_off(reading.words, vocabulary) for vocabulary in vocabularies):
        return "unfinished"
    seldom = any(_ends_in(reading.words, vocabulary.seldom_last) for vocabulary in vocabularies)
    if reading.mark == "asks":
        is_doubtful = seldom or _may_go_on(reading.words, vocabularies)
        return "open" if is_doubtful else "finished"
    if seldom or 0 < _dictated_digits(reading.words, vocabularies) < _WHOLE_NUMBER_DIGITS:
        return "unfinished"
    is_request = reading.mark == "stops" and _requests(reading.sentence, vocabularies)
    return "finished" if is_request and not _may_go_on(reading.words, vocabularies) else "open"


def _read(text: str) -> _Reading:
    # The compatibility form turns full-width marks and "…" into their ASCII counterparts.
    end = unicodedata.normalize("NFKC", text[-_MOST_CHARACTERS:]).replace("’", "'").lower()
    body = _TAIL.sub("", end, count=1)
    return _Reading(
        words=_WORD.findall(body),
        sentence=_SENTENCE_END.split(body)[-1],
        mark=_mark(end[len(body) :], is_greek="\u0370" <= body[-1:] <= "\u03ff"),
    )


def _mark(tail: str, *, is_greek: bool) -> _Mark:
    """What marks at the end say; quotes, brackets and white space among them say nothing."""
    marks = "".join(char for char in tail if char in _ASKING + _STOPS + _PAUSES + "⋯")
    if not marks:
        return "none"
    # Greek writes its question mark as a semicolon.
    if marks[-1] in _ASKING or (is_greek and marks[-1] == ";"):
        return "asks"
    if _ELLIPSIS.search(marks) or any(mark in _PAUSES for mark in marks):
        return "pauses"
    return "stops"


def _vocabularies(language: str, words: Sequence[str]) -> list[Vocabulary]:
    """Of the language, or of all those that know the most of the words."""
    if language:
        own = _VOCABULARIES.get(re.split("[-_]", language.lower())[0])
        return [own] if own else []
    known = {
        name: sum(word in vocabulary.known_by for word in words)
        for name, vocabulary in _VOCABULARIES.items()
    }
    most = max(known.values())
    return [_VOCABULARIES[name] for name, count in known.items() if count == most]


def _ends_in(words: Sequence[str], phrases: frozenset[str]) -> bool:
    lengths = range(1, min(len(words), _MOST_PHRASE_WORDS) + 1)
    return any(" ".join(words[-length:]) in phrases for length in lengths)


def _breaks_off(words: Sequence[str], vocabulary: Vocabulary) -> bool:
    has_ending = words[-1].endswith(tuple(vocabulary.endings))
    return has_ending or _ends_in(words, vocabulary.never_last)


def _may_go_on(words: Sequence[str], vocabularies: Sequence[Vocabulary]) -> bool:
    return any(_ends_in(words, vocabulary.sometimes_last) for vocabulary in vocabularies)


def _requests(sentence: str, vocabularies: Sequence[Vocabulary]) -> bool:
    """Whether it asks for something to be done, by its first words."""
    words = _WORD.findall(sentence.replace("-", " "))
    return any(_first(words, vocabulary) in vocabulary.requests for vocabulary in vocabularies)


def _first(words: Sequence[str], vocabulary: Vocabulary) -> str:
    """The first word that is no lead-in; empty if there is none."""
    return next((word for word in words if word not in vocabulary.lead_ins), "")


def _dictated_digits(words: Iterable[str], vocabularies: Sequence[Vocabulary]) -> int:
    """How many digits the last words are, if at least two words in a row are digits; else 0."""
    groups = list(_trailing_digits(words, vocabularies))
    return sum(groups) if len(groups) > 1 else 0


def _trailing_digits(words: Iterable[str], vocabularies: Sequence[Vocabulary]) -> Iterator[int]:
    parts = [part for word in words for part in word.split("-")]
    for part in reversed(parts):
        is_word = any(part in vocabulary.digits for vocabulary in vocabularies)
        if not is_word and not _DIGITS.fullmatch(part):
            return
        yield 1 if is_word else len(part)
