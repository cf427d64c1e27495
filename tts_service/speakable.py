"""Text made speakable: no markup, numbers and units in words, and where each word came from."""

from bisect import bisect_right
from collections.abc import Iterable

import msgspec

from tts_service.english import ENGLISH_RULES
from tts_service.markup import MARKUP_RULES, PLAIN, SIGN_RULES, WORD
from tts_service.rules import BREAK, COMMA, Piece, Rulebook


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


_ENGLISH = Rulebook([PLAIN, *MARKUP_RULES, *ENGLISH_RULES, *SIGN_RULES, WORD])
_ANY_LANGUAGE = Rulebook([PLAIN, *MARKUP_RULES, *SIGN_RULES, WORD])


def speakable(text: str, language: str = "") -> Spoken:
    """The text as it is to be read aloud in this language (a BCP 47 tag; empty for English).

    In other languages than English markup, emoji and addresses are cleaned away; their numbers
    and signs are left to the engine, which knows how to read them.
    """
    is_english = language.lower().partition("-")[0] in ("", "en")
    return _join((_ENGLISH if is_english else _ANY_LANGUAGE).rewrite(text))


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
        meets_word = self._last().isalnum() and core[0].isalnum()
        runs_together = meets_word and (is_rewritten or self._was_rewritten)
        if self._length and (runs_together or (self._has_gap and core[0] not in _CLOSING)):
            self._put(" ")
        lead = len(piece.spoken) - len(piece.spoken.lstrip()) if piece.is_verbatim else 0
        self._origins.append(Origin(self._length, piece.start + lead, piece.is_verbatim))
        self._put(core)
        self._has_gap = piece.spoken[-1].isspace()
        self._was_rewritten = is_rewritten

    def punctuate(self, mark: str) -> None:
        """End a word with this mark; behind other punctuation only a space."""
        if self._last().isalnum() or self._last() in "\"')]%":
            self._put(mark)
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
