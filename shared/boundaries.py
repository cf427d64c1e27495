"""Tells where a sentence or a clause ends, from the text around a punctuation mark.

What has been judged END or GO_ON stays so whatever text follows.
"""

import re
import unicodedata
from enum import Enum, auto

from shared.abbreviations import (
    BEFORE_NUMBER,
    CONJUNCTIONS,
    NEVER_LAST,
    SELDOM_LAST,
    STARTERS,
)
from shared.writing import is_wide


class Verdict(Enum):
    END = auto()
    GO_ON = auto()
    WAIT = auto()
    """More text is needed to tell."""


_FULL_STOPS = ".…"
_QUOTE_ENDS = "」』"
_QUOTE_GOES_ON = "とっ、"
"""Behind a Japanese quote: the sentence that it stands in goes on (と言った, って)."""
_ENDS = "。！？｡．।॥؟۔።፧။។៕"
"""Terminators that need no white space behind them."""
TERMINATORS = f"{_FULL_STOPS}?!‽{_ENDS}"
"""All marks that end a sentence, in any script."""
_PAUSES = "—，、；：،؛"
_PHRASES = "\u0e01-\u0e45\u0e47-\u0e4e\u0e81-\u0ec5\u0ec8-\u0edf\u1000-\u109f\u1780-\u17ff"
"""Letters of Thai, Lao, Burmese and Khmer, which have spaces between phrases and sentences alone.

The signs that repeat a word (ๆ, ໆ) are left out: a space behind them means nothing.
"""
CLOSERS = "\"'”’»›)]}*_`~〉》」』】〕）］｝＂＇"
MARK = re.compile(
    rf"(?P<newline>\n)|(?P<end>[{TERMINATORS}]+)|(?P<clause>[,;:{_PAUSES}]+|(?<=\s)[–-](?=\s))"
    rf"|(?P<conjunction>\s(?=(?:{'|'.join(CONJUNCTIONS)})\s))|(?P<aside>\s(?=[(\[（]))"
    rf"|(?P<gap>(?<=[{_PHRASES}])\s(?=[{_PHRASES}]))"
)
_CASED = "[A-Za-z\u00c0-\u024f\u0370-\u03ff\u0400-\u04ff]"
_DOTTED = re.compile(rf"(?:{_CASED}{{1,2}}\.)*{_CASED}")
"""Initials and dotted acronyms without their last full stop: J, U.S, e.g."""
_LIST_NUMBER = re.compile(r"(?:\d{1,2}|[A-Za-z]|[ivx]{1,4})")
_NEXT_WORD = re.compile(r"[^\W\d_]+")


def judge_end(window: str, mark: re.Match[str], end: int, is_long_opening: bool) -> Verdict:
    """Whether the terminators at `mark`, closed by quotes and brackets up to `end`, end a piece."""
    if end == len(window):
        return Verdict.WAIT
    following = window[end]
    last = mark["end"][-1]
    if last in _ENDS:
        return _judge_wide(window, last, end)
    if last not in _FULL_STOPS:
        is_joined = following.isascii() and not following.isspace()
        return Verdict.GO_ON if is_joined else Verdict.END
    if not following.isspace():
        is_dense = mark["end"] == "." and is_wide(following) and is_wide(window[mark.start() - 1])
        return Verdict.END if is_dense else Verdict.GO_ON
    if mark["end"] != ".":
        return Verdict.END if is_long_opening else _judge_next(window, end, is_trailing=True)
    return _judge_full_stop(window, mark.start(), end)


def _judge_wide(window: str, last: str, end: int) -> Verdict:
    """Whether a terminator that needs no white space ends a piece."""
    is_decimal = last == "．" and window[end].isdigit()
    is_quoted = window[end - 1] in _QUOTE_ENDS and window[end] in _QUOTE_GOES_ON
    return Verdict.GO_ON if is_decimal or is_quoted else Verdict.END


def _judge_full_stop(window: str, stop: int, end: int) -> Verdict:
    """Whether a single full stop, white space behind it, ends a piece."""
    line = window[:stop].rpartition("\n")[2].lstrip(" \t*_#>")
    word = line.rpartition(" ")[2].lstrip("([{\"'“‘«*_`-—–")
    lowered = word.lower()
    if lowered in NEVER_LAST or (line == word and _LIST_NUMBER.fullmatch(word)):
        return Verdict.GO_ON
    if lowered in BEFORE_NUMBER:
        return _judge_number(window, end)
    is_short_number = word.isdigit() and len(word) <= 2
    if is_short_number or lowered in SELDOM_LAST or _DOTTED.fullmatch(word):
        return _judge_next(window, end)
    return Verdict.END


def _judge_number(window: str, end: int) -> Verdict:
    following = window[end:].lstrip()
    if not following:
        return Verdict.WAIT
    return Verdict.GO_ON if following[0].isdigit() else Verdict.END


def _judge_next(window: str, end: int, *, is_trailing: bool = False) -> Verdict:
    """Judge by the next word: a starter begins a sentence, or, `is_trailing`, any capital."""
    following = window[end:].lstrip(" ")
    if not following:
        return Verdict.WAIT
    if following[0].islower() or following[0].isdigit() or following[0] in ",;:":
        return Verdict.GO_ON
    if is_trailing or following[0] == "\n":
        return Verdict.END
    word = _NEXT_WORD.match(following)
    if word and word.end() == len(following):
        return Verdict.WAIT
    is_starter = word and word[0].lower() in STARTERS and following[word.end()] != "."
    return Verdict.END if is_starter else Verdict.GO_ON


def judge_clause(window: str, mark: re.Match[str], end: int) -> Verdict:
    if end == len(window):
        return Verdict.WAIT
    is_over = mark["clause"][-1] in _PAUSES or window[end].isspace()
    return Verdict.END if is_over else Verdict.GO_ON


def after_closers(window: str, at: int) -> int:
    """Behind the quotes, brackets and emoji that belong to what they follow."""
    while at < len(window) and (window[at] in CLOSERS or _is_emoji(window[at])):
        at += 1
    return at


def _is_emoji(char: str) -> bool:
    is_symbol = unicodedata.category(char) in ("So", "Sk")
    return char in "\u200d\ufe0f" or (is_symbol and char > "\u2000")
