"""Cuts a reply into speakable pieces while it is still being written."""

from collections.abc import Iterator
from re import Match

import msgspec

from shared.boundaries import MARK, Verdict, after_closers, judge_clause, judge_end
from shared.writing import belong_together, is_unspaced, is_wide


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How long pieces may be. The opening is what is spoken first, and should come soon."""

    opening_words: int = 3
    """Fewest words of a clause that may open the reply; a whole sentence may be shorter."""
    opening_letters: int = 12
    """Letters spoken before pieces become whole sentences; wide ones count double."""
    unbroken: int = 36
    """Characters after which an opening without punctuation is broken before a conjunction.

    Of scripts that have spaces between phrases alone, every piece is broken at the next space.
    """
    longest: int = 240
    """Most characters of any piece."""


FENCE = "```"
"""What opens and closes a block of code."""


class SentenceSplitter:
    """Text in as it comes, pieces out as soon as each is certain; joined they are the text.

    Where the text is cut does not depend on the portions in which it comes. White space between
    two pieces leads the second. `said` is what was cut before, by a splitter that is gone.
    """

    def __init__(self, limits: Limits, said: str = "") -> None:
        self._limits = limits
        self._text = ""
        self._letters_said = _letters(said)
        self._is_in_code = said.count(FENCE) % 2 == 1

    def feed(self, delta: str) -> list[str]:
        """The pieces that this addition completes."""
        self._text += delta
        return list(self._pieces())

    def flush(self) -> list[str]:
        """What is left at the end of the text, in at most one piece."""
        rest, self._text = self._text, ""
        return [rest] if rest else []

    def _pieces(self) -> Iterator[str]:
        while end := self._next_end():
            piece, self._text = self._text[:end], self._text[end:]
            self._letters_said += _letters(piece)
            self._is_in_code ^= piece.count(FENCE) % 2 == 1
            yield piece

    def _next_end(self) -> int | None:
        """Where the next piece ends; none if that cannot be told yet."""
        window = self._text[: self._limits.longest + 1]
        is_opening = self._letters_said < self._limits.opening_letters
        for mark in MARK.finditer(window):
            end = after_closers(window, mark.end())
            if any(mark[name] for name in ("conjunction", "newline", "aside", "gap")):
                end = mark.start()
            verdict = self._judge(window, mark, end, is_opening)
            if verdict is Verdict.END:
                return end
            if verdict is Verdict.WAIT:
                break
        return self._cut(window) if len(window) > self._limits.longest else None

    def _judge(self, window: str, mark: Match[str], end: int, is_opening: bool) -> Verdict:
        piece = window[:end]
        is_in_code = self._is_in_code ^ (piece.count(FENCE) % 2 == 1)
        if is_in_code or not _letters(piece):
            return Verdict.GO_ON
        if mark["newline"]:
            return Verdict.END
        if mark["end"]:
            return judge_end(window, mark, end, is_opening and self._is_clause(piece))
        if mark["gap"] and len(piece) >= self._limits.unbroken:
            return Verdict.END
        if not is_opening or not self._is_clause(piece):
            return Verdict.GO_ON
        if mark["aside"] or mark["gap"]:
            return Verdict.END
        if mark["conjunction"]:
            return Verdict.END if len(piece) >= self._limits.unbroken else Verdict.GO_ON
        return judge_clause(window, mark, end)

    def _is_clause(self, piece: str) -> bool:
        """Whether it is long enough to open the reply."""
        is_long = _letters(piece) >= self._limits.opening_letters
        return is_long and _words(piece) >= self._limits.opening_words

    def _cut(self, window: str) -> int:
        """The best place to break a sentence that is too long, as late as possible."""
        least = self._limits.longest // 3
        marks = [mark for mark in MARK.finditer(window) if mark.start() >= least]
        clauses = [
            end
            for mark in marks
            if mark["clause"]
            and (end := after_closers(window, mark.end())) <= self._limits.longest
            and judge_clause(window, mark, end) is Verdict.END
        ]
        if clauses:
            return clauses[-1]
        breaks = [mark.start() for mark in marks if mark["conjunction"] or mark["aside"]]
        return breaks[-1] if breaks else _cut_at_space(window)


def _cut_at_space(window: str) -> int:
    """Before the last white space, else in the midst of it all, but not within a character."""
    last = len(window) - 1
    spaces = [at for at in range(1, last + 1) if window[at].isspace() and window[:at].strip()]
    if spaces:
        return spaces[-1]
    while last > 1 and belong_together(window[last - 1], window[last]):
        last -= 1
    return last


def _letters(text: str) -> int:
    """Letters and digits, wide ones counted double."""
    return sum(1 + is_wide(char) for char in text if char.isalnum())


def _words(text: str) -> int:
    """Words; each letter counts as one where it is wide, or words have no spaces between them."""
    return len(text.split()) + sum(is_wide(char) or is_unspaced(char) for char in text)
