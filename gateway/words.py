"""The words of a text, in any script."""

import unicodedata
from itertools import pairwise

from shared.writing import belong_together, is_unspaced

_ASKING = ("?", "？", "؟", "‽")
_CLOSING = " \n\"'”’»)]」』"


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


def _is_boundary(before: str, char: str) -> bool:
    """Whether a word, led by its white space, begins with `char`."""
    if char.isspace() or before.isspace():
        return not before.isspace()
    if belong_together(before, char):
        return False
    return char.isalnum() and (is_unspaced(char) or is_unspaced(before))
