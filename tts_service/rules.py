"""Rewriting text by a book of rules, in one pass from left to right."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

BREAK = "\n"
"""Spoken form of the end of a line: a full stop, unless punctuation is there already."""
COMMA = "\v"
"""Spoken form of a short break: a comma, unless punctuation is there already."""

STOP = r"(?:\.(?!\s{0,9}(?:\Z|\n|[A-Z\"'])))?"
"""Pattern for the full stop of an abbreviation, unless it also ends the sentence."""

Say = Callable[[re.Match[str]], str]


class Piece(msgspec.Struct, frozen=True):
    """A stretch of the original and how it is spoken."""

    start: int
    """Characters from the start of the original."""
    spoken: str
    is_verbatim: bool


class Rule(msgspec.Struct, frozen=True):
    """What matches, and how it is spoken; no other rule looks at what one has matched.

    Every repetition in a pattern is bounded or cannot be entered twice, so that no text takes more
    than linear time.
    """

    pattern: re.Pattern[str]
    say: Say


def rule(pattern: str, say: Say | str) -> Rule:
    """A rule with a fixed spoken form, or one that depends on the match."""
    compiled = re.compile(pattern, re.MULTILINE)
    if isinstance(say, str):
        fixed = say
        return Rule(compiled, lambda _: fixed)
    return Rule(compiled, say)


def any_of(words: Iterable[str]) -> str:
    """A pattern for any of these words, longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


class Rulebook:
    """Rules in order: at each place the first that matches speaks."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = {f"r{number}": rule for number, rule in enumerate(rules)}
        # an empty group behind each names it; in front it would keep re from a look at the first
        # character, which is most of its speed
        alternatives = (f"(?:{r.pattern.pattern})(?P<{name}>)" for name, r in self._rules.items())
        self._any = re.compile("|".join(alternatives), re.MULTILINE)

    def rewrite(self, text: str) -> Iterator[Piece]:
        """The whole text in pieces; what no rule matches is spoken as it is written."""
        end = 0
        for match in self._any.finditer(text):
            if end < match.start():
                yield Piece(end, text[end : match.start()], is_verbatim=True)
            end = match.end()
            yield self._piece(match, text)
        if end < len(text):
            yield Piece(end, text[end:], is_verbatim=True)

    def _piece(self, match: re.Match[str], text: str) -> Piece:
        chosen = self._rules[match.lastgroup or ""]
        own = chosen.pattern.match(text, match.start())
        spoken = chosen.say(own) if own else match[0]
        return Piece(match.start(), spoken, is_verbatim=spoken == match[0])
