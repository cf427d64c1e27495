"""Text made speakable: no markup, numbers and units in words, and where each word came from."""

import unicodedata
from bisect import bisect_right
from collections.abc import Iterable

import msgspec

from shared.languages import primary
from shared.writing import is_unspaced, is_wide, script
from tts_service import east_asian
from tts_service.english import ENGLISH_RULES
from tts_service.full_width import FOLDED
from tts_service.markup import MARKUP_RULES, PLAIN, SIGN_RULES, WORD
from tts_service.rules import BREAK, COMMA, Piece, Rule, Rulebook


class Origin(msgspec.Struct, frozen=True):
    """Where a stretch of the spoken text came from."""

    at: int
    """Its first character in the spoken text."""
    start: int
    """The same in the original."""
    is_verbatim: bool


class Spoken(msgspec.Struct, frozen=True):
    """What is to be spoken."""

    text: str
    """Empty if there is nothing to speak."""
    origins: tuple[Origin, ...]

    def origin(self, offset: int) -> int:
        """Offset in the original of a place in the text; of a rewritten word, its beginning."""
        index = bisect_right(self.origins, offset, key=lambda origin: origin.at) - 1
        if index < 0:
            return 0
        found = self.origins[index]
        return found.start + (offset - found.at if found.is_verbatim else 0)


def _book(own: Iterable[Rule]) -> Rulebook:
    return Rulebook([PLAIN, *MARKUP_RULES, *own, *SIGN_RULES, WORD])


_ENGLISH = _book(ENGLISH_RULES)
_ANY_LANGUAGE = _book(())
_CHINESE = _book(east_asian.rules("zh"))
_BOOKS = {
    **{"": _ENGLISH, "en": _ENGLISH},
    **{"ja": _book(east_asian.rules("ja")), "ko": _book(east_asian.rules("ko"))},
    **{"zh": _CHINESE, "yue": _CHINESE},
}


def speakable(text: str, language: str = "") -> Spoken:
    """The text as it is to be read aloud in this language (a BCP 47 tag; empty for English).

    In other languages than English markup, emoji and addresses are cleaned away; their numbers
    are left to the engine, which knows how to read them, and but for Japanese, Chinese and Korean
    their signs and units are, too.
    """
    book = _BOOKS.get(primary(language), _ANY_LANGUAGE)
    return _join(book.rewrite(text.translate(FOLDED)))


def _join(pieces: Iterable[Piece]) -> Spoken:
    """Pieces to one line: single spaces, rewritten words set apart from letters beside them."""
    line = _Line()
    for piece in pieces:
        match piece.spoken:
            case "":
                continue
            case mark if mark == BREAK:
                line.punctuate(".")
            case mark if mark == COMMA:
                line.punctuate(",")
            case _:
                line.append(piece)
    return line.spoken()


_WIDE = {".": "。", ",": "、"}
_CLOSING = ".,;:!?)"
"""Stands right behind the word before it."""


class _Line:
    """The spoken text as far as it has been put together."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._origins: list[Origin] = []
        self._length = 0
        self._has_gap = False
        self._was_rewritten = False

    def append(self, piece: Piece) -> None:
        """Add a piece, with one space where there was white space or words would run together."""
        core = piece.spoken.strip()
        self._has_gap |= piece.spoken[0].isspace()
        if not core:
            return
        is_rewritten = not piece.is_verbatim
        meets_word = _needs_space(self._last()) and _needs_space(core[0])
        runs_together = meets_word and (is_rewritten or self._was_rewritten)
        if self._length and (runs_together or (self._has_gap and core[0] not in _CLOSING)):
            self._put(" ")
        lead = len(piece.spoken) - len(piece.spoken.lstrip()) if piece.is_verbatim else 0
        self._origins.append(Origin(self._length, piece.start + lead, piece.is_verbatim))
        self._put(core)
        self._has_gap = piece.spoken[-1].isspace()
        self._was_rewritten = is_rewritten

    def punctuate(self, mark: str) -> None:
        """End a word with this mark, as its script writes it; behind other marks only a space."""
        last = self._last()
        if last.isalnum() or unicodedata.category(last)[0] == "M" or last in "\"')]」』）%":
            self._put(_WIDE[mark] if is_wide(last) and script(last) != "HANGUL" else mark)
        self._has_gap = True

    def spoken(self) -> Spoken:
        """The text; empty if it has no letter and no digit."""
        text = "".join(self._parts)
        if not any(character.isalnum() for character in text):
            return Spoken(text="", origins=())
        return Spoken(text=text, origins=tuple(self._origins))

    def _put(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

    def _last(self) -> str:
        return self._parts[-1][-1] if self._parts else " "


def _needs_space(char: str) -> bool:
    """Whether letters of its script run together without a space between two words."""
    return char.isalnum() and not is_unspaced(char)
