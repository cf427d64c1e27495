"""Whether the microphone has heard the person, or only the loudspeaker."""

import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import Literal

import numpy as np

from gateway.words import split_words

_EXACT_WORDS = 2
"""So few words are an echo only if they are played just so: the person may well say them too."""
_SHORT_LETTERS = 32
_SHORT_ERRORS = 0.15
_ERRORS = 0.25
"""Share of letters that recognition of an echo may get wrong; less where the text is short."""
_WORDS_PER_STRANGER = 6
"""One word in so many may be unlike all that is played; with more of their own it is a person."""
_ALIKE = 0.5
"""Least similarity (0 to 1) of words and their mishearing."""
_MOST_HEARD = 200
_MOST_PLAYING = 600
"""Characters compared, of what was heard last and played last: both bound the time it takes."""

EchoVerdict = Literal["echo", "unsure", "other"]

_LEAST_LIKENESS = ((0.15, 0.85), (0.4, 0.72), (0.6, 0.62), (1.0, 0.52))
"""Of an echo, by seconds of sound. In 150 synthesised cases of each length, in rooms and in noise,
2 % of other speech reached it at 0.2 s, and less the longer it was."""
_EXPECTED = 0.1
"""So much less will do where there have been echoes."""
_UNLIKE = 0.45
_TELLING_S = 0.4
"""Sound this unlike the reply, and this long, is somebody else."""


def echo_verdict(likeness: float, heard_s: float, *, is_expected: bool) -> EchoVerdict:
    """What the likeness (gateway/likeness.py) of some sound to the reply means."""
    least = [needed for length_s, needed in _LEAST_LIKENESS if length_s <= heard_s]
    if least and likeness >= least[-1] - _EXPECTED * is_expected:
        return "echo"
    return "other" if heard_s >= _TELLING_S and likeness < _UNLIKE else "unsure"


def is_echo(heard: str, playing: str) -> bool:
    """Whether the words `heard` are, nearly, a stretch of the text that is `playing`.

    Recognition of an echo is noisy and may begin within a word. Letters are compared by the least
    number of edits that turn them into any stretch of the other (Sellers 1980), spaces left out,
    because noise also splits and joins words. A person who says just what is played is not told
    from its echo.
    """
    words, played = _words(heard[-_MOST_HEARD:]), _words(playing[-_MOST_PLAYING:])
    if not words or not played:
        return False
    if len(words) <= _EXACT_WORDS:
        return any(played[start : start + len(words)] == words for start in range(len(played)))
    letters = "".join(words)
    share = _SHORT_ERRORS if len(letters) < _SHORT_LETTERS else _ERRORS
    if _edits(letters, "".join(played)) > share * len(letters):
        return False
    return _strangers(words, played) <= len(words) // _WORDS_PER_STRANGER


def _words(text: str) -> list[str]:
    """The words without case, accents and punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    words = ("".join(filter(str.isalnum, word)) for word in split_words(plain))
    return [word for word in words if word]


def _edits(letters: str, played: str) -> int:
    """Least edits between the letters and any stretch of those played."""
    text = np.array([ord(char) for char in played])
    places = np.arange(len(text) + 1)
    row = np.zeros(len(text) + 1, np.int64)
    for number, letter in enumerate(letters, 1):
        replaced = row[:-1] + (text != ord(letter))
        row = np.concatenate(([number], np.minimum(row[1:] + 1, replaced)))
        row = np.minimum.accumulate(row - places) + places
    return int(row.min())


def _strangers(words: Sequence[str], played: Sequence[str]) -> int:
    """How many words are no mishearing of what is played in their place."""
    blocks = SequenceMatcher(None, words, played, autojunk=False).get_matching_blocks()
    end, played_end = 0, max(blocks[0].b - blocks[0].a, 0)
    strangers = 0
    for block in blocks:
        gap = words[end : block.a]
        is_last = block.size == 0
        start = played_end + len(gap) if is_last else block.b
        if not _is_alike("".join(gap), "".join(played[played_end:start])):
            strangers += len(gap)
        end, played_end = block.a + block.size, block.b + block.size
    return strangers


def _is_alike(heard: str, played: str) -> bool:
    return SequenceMatcher(None, heard, played, autojunk=False).ratio() >= _ALIKE
