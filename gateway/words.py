"""The words of a text, in any script."""

import unicodedata
from itertools import pairwise

_UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # kana
    (0x3400, 0x9FFF),  # Chinese characters
    (0xF900, 0xFAFF),
    (0xFF66, 0xFF9F),  # half-width kana
    (0x20000, 0x3FFFF),
)
"""Scripts that write words without spaces between them."""
_ASKING = ("?", "？", "؟", "‽")
_CLOSING = " \n\"'”’»)]」』"
_JOINED = "\u0e33\u0eb3\u200d\uff9e\uff9f"
"""Characters that belong to the one before though they are letters: vowels, sound marks, joiner."""


def split_words(text: str) -> list[str]:
    """The words of a text, each with the white space before it and its punctuation.

    In scripts that have no spaces between words each character is one. Joined they are the text
    without the white space at its end.
    """
    text = text.rstrip()
    starts = [at for at in range(1, len(text)) if _is_boundary(text[at - 1], text[at])]
    return [text[start:end] for start, end in pairwise((0, *starts, len(text))) if end > start]


def plain(text: str) -> str:
    """The letters and digits, without case and accents, and a space for everything else."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = (char for char in letters if not unicodedata.combining(char))
    return "".join(char if char.isalnum() else " " for char in kept)


def is_question(text: str) -> bool:
    """Whether it ends in a question mark, quotes and brackets behind it left out."""
    return text.rstrip(_CLOSING).endswith(_ASKING)


def is_unspaced(char: str) -> bool:
    """Whether a character is of a script that writes words without spaces between them."""
    return any(first <= ord(char) <= last for first, last in _UNSPACED)


def _is_boundary(before: str, char: str) -> bool:
    """Whether a word, led by its white space, begins with `char`."""
    if char.isspace() or before.isspace():
        return not before.isspace()
    if before == "\u200d" or char in _JOINED or unicodedata.category(char)[0] == "M":
        return False
    return char.isalnum() and (is_unspaced(char) or is_unspaced(before))
