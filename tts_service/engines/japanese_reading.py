"""Kana for Japanese text by Janome's dictionary, for voices that cannot read Chinese characters."""

from bisect import bisect_right
from collections.abc import Iterator

import msgspec
from janome.tokenizer import Token, Tokenizer

_TO_WIDE = {ord("0") + digit: 0xFF10 + digit for digit in range(10)}
"""The dictionary knows digits, and what is counted by them, in full width."""
_ATTACHED = ("助詞", "助動詞", "記号", "接尾", "非自立", "数")
"""Parts of speech that go on with the word before."""
_UNKNOWN = "*"


class Reading(msgspec.Struct, frozen=True):
    """A text as it is read."""

    text: str
    starts: tuple[tuple[int, int], ...]
    """Of each token, where it begins in the reading and in the original."""

    def origin(self, offset: int) -> int:
        """Where in the original the token begins that is read at this place."""
        index = bisect_right(self.starts, offset, key=lambda start: start[0]) - 1
        return self.starts[index][1] if index >= 0 else 0


class JapaneseReader:
    """The dictionary: 0.2 s to load, 75 MB of files in memory. For one thread at a time."""

    def __init__(self) -> None:
        self._tokenizer = Tokenizer()

    def read(self, text: str) -> Reading:
        """Kana with spaces between words; digits, Latin words and unknown signs stay."""
        reading, starts, end = "", [], 0
        # Half of a surrogate pair, which nobody can read, makes the library fail.
        wide = text.translate(_TO_WIDE).encode(errors="replace").decode()
        for token in self._tokens(wide):
            at = wide.index(token.surface, end)
            reading += text[end:at]
            end = at + len(token.surface)
            if _begins_word(token) and reading[-1:].isalnum():
                reading += " "
            starts.append((len(reading), at))
            reading += _spoken(token, text[at:end])
        return Reading(reading + text[end:], tuple(starts))

    def _tokens(self, text: str) -> Iterator[Token]:
        """All but white space."""
        return (found for found in self._tokenizer.tokenize(text) if isinstance(found, Token))


def _begins_word(token: Token) -> bool:
    is_attached = any(part in _ATTACHED for part in token.part_of_speech.split(",")[:2])
    return token.surface[0].isalpha() and not is_attached


def _spoken(token: Token, surface: str) -> str:
    """Digits stay, so that the voice reads whole numbers."""
    if token.surface == "う" and token.part_of_speech.startswith("助動詞"):
        return "ー"  # 行こう: the dictionary takes it for a syllable of its own
    return surface if surface.isdigit() or token.phonetic == _UNKNOWN else str(token.phonetic)
