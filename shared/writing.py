"""How scripts are written: which one a character is of, and where text is cut and joined."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

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

_FOLLOWING = frozenset(
    "\u0e30\u0e32\u0e33\u0e45\u0e46\u0eb0\u0eb2\u0eb3\u0ec6"  # Thai and Lao vowels, repetition
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮーｧｨｩｪｫｬｭｮｯｰﾞﾟ々ゝゞヽヾ"
    "\u200d"
)
"""Letters that belong to the character before: vowels, small kana, sound marks, the joiner."""
_LEADING = frozenset("\u0e40\u0e41\u0e42\u0e43\u0e44\u0ec0\u0ec1\u0ec2\u0ec3\u0ec4\u200d")
"""What belongs to the character behind: vowels of Thai and Lao, the joiner."""
_WIDE_MARKS = frozenset("、。，！？：；「」『』（）【】《》〈〉")
"""Marks of these scripts, which have their space within them."""


def is_unspaced(char: str) -> bool:
    """Whether a character is of a script that writes words without spaces between them."""
    return any(first <= ord(char) <= last for first, last in _UNSPACED)


def is_wide(char: str) -> bool:
    """Whether a character fills a square, as those of Chinese, Japanese and Korean do."""
    return unicodedata.east_asian_width(char) in "WF"


def belong_together(before: str, char: str) -> bool:
    """Whether no text may be cut between the two: an accent, a vowel sign, part of an emoji."""
    if char in _FOLLOWING or before in _LEADING:
        return True
    return unicodedata.category(char) in ("Mn", "Mc", "Me", "Sk")


def joined(texts: Iterable[str]) -> str:
    """Texts that follow each other as one, a space between two unless their script has none."""
    whole = ""
    for text in filter(None, map(str.strip, texts)):
        whole += space_between(whole, text) + text
    return whole


def space_between(before: str, text: str) -> str:
    """What stands between two texts without white space at their ends: a space, or nothing."""
    if not before or not text:
        return ""
    return "" if _is_tight(before[-1]) and _is_tight(text[0]) else " "


@lru_cache(maxsize=4096)
def script(char: str) -> str:
    """The script of a letter as Unicode names it: LATIN, CYRILLIC, HIRAGANA, CJK. Empty for others.

    Full-width and half-width forms are of the script that they vary.
    """
    if not char.isalpha():
        return ""
    name = unicodedata.name(unicodedata.normalize("NFKC", char)[0], "")
    return name.partition(" ")[0].partition("-")[0]


def _is_tight(char: str) -> bool:
    return is_unspaced(char) or char in _WIDE_MARKS
