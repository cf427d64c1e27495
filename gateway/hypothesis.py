"""The part of a growing transcript that will hardly change any more, and the part that still may.

Local agreement: what two successive hypotheses have in common, from their start, is stable
(Liu et al. 2020, "Low-latency sequence-to-sequence speech recognition and translation by partial
hypothesis selection"; used by whisper_streaming, Macháček et al. 2023).
"""

import unicodedata
from collections.abc import Iterable, Sequence

from gateway.words import split_words

_WINDOW = 40
"""Most stable words that are aligned anew; a pause of the event loop must stay short."""


class Hypothesis:
    """The hypotheses of one utterance; it holds no more than its words."""

    def __init__(self, stable: Iterable[str] = ()) -> None:
        """`stable` words were given before, as keys."""
        self._stable = list(stable)
        self._tail: list[str] = []

    @property
    def stable(self) -> tuple[str, ...]:
        """The words that were given, as keys."""
        return tuple(self._stable)

    def add(self, text: str) -> tuple[str, str]:
        """The words that became stable by this hypothesis, and what follows all stable ones.

        Each stable word is given once and never taken back; joined they are the beginning of the
        text. Of a hypothesis that disagrees with them only what follows them counts. Words are
        the same whatever their case and punctuation; the newer form is given. Punctuation at the
        end is not stable before a word follows: every hypothesis likes to end in a full stop.
        """
        words = _leading(text.strip())
        keys = [_key(word) for word in words]
        start = _end_of(self._stable, keys)
        end = start + _agreed(keys[start:], self._tail)
        self._stable += keys[start:end]
        self._tail = keys[end:]
        return "".join(words[start:end]), "".join(words[end:])


def _leading(text: str) -> list[str]:
    """The words, each led by the punctuation and white space before it; joined they are the text.

    Punctuation at the end stands alone.
    """
    words: list[str] = []
    before = ""
    for word in split_words(text):
        bare = word[: _end_of_letters(word)]
        if bare:
            words.append(before + bare)
            before = ""
        before += word[len(bare) :]
    return [*words, before] if before else words


def _end_of_letters(word: str) -> int:
    ends = [end for end, char in enumerate(word, 1) if _is_letter(char)]
    return ends[-1] if ends else 0


def _key(word: str) -> str:
    return "".join(filter(_is_letter, word.casefold()))


def _is_letter(char: str) -> bool:
    """Whether it is a letter, a digit, or a mark on one."""
    return unicodedata.category(char)[0] in "LNM"


def _agreed(keys: Sequence[str], before: Sequence[str]) -> int:
    """How many words both begin with."""
    same = 0
    for key, other in zip(keys, before, strict=False):
        if key != other or not key:
            break
        same += 1
    return same


def _end_of(stable: Sequence[str], keys: Sequence[str]) -> int:
    """How many words of a hypothesis stand for the stable ones: the beginning most like them."""
    same = _agreed(stable, keys)
    if same == len(stable):
        return same
    start = max(same, len(stable) - _WINDOW)
    rest = stable[start:]
    distances = _distances(rest, keys[start : len(stable) + _WINDOW])
    return min(
        start + min(range(len(distances)), key=lambda end: (distances[end], abs(end - len(rest)))),
        len(keys),
    )


def _distances(words: Sequence[str], keys: Sequence[str]) -> list[int]:
    """Edit distance between the words and each beginning of the keys (Levenshtein)."""
    row = list(range(len(keys) + 1))
    for number, word in enumerate(words, 1):
        diagonal, row[0] = row[0], number
        for place, key in enumerate(keys, 1):
            cost = min(row[place] + 1, row[place - 1] + 1, diagonal + (word != key))
            diagonal, row[place] = row[place], cost
    return row
