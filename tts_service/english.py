"""Rules for English: numbers and all that comes with them, signs, abbreviations, addresses."""

import re

from tts_service.english_numbers import NUMBER_RULES
from tts_service.rules import STOP, Rule, any_of, rule
from tts_service.vocabulary import ABBREVIATIONS, ALWAYS_SIGNS, DOTTED, SIGNS, TITLES

_TOP_DOMAINS = "com|org|net|edu|gov|io|dev|ai|app|co|info|de|uk|eu|fr|at|ch|nl|us|ca|jp|in"


def _address(match: re.Match[str]) -> str:
    """`www.example.com/path?x=1`: the host alone, `example dot com`."""
    return _dotted(match[1])


def _mail(match: re.Match[str]) -> str:
    return f"{_dotted(match[1])} at {_dotted(match[2])}"


def _dotted(name: str) -> str:
    """A host or mail name in words; hyphens and underscores are said too."""
    name = name.strip(".")
    for sign, word in ((".", " dot "), ("-", " dash "), ("_", " underscore "), ("+", " plus ")):
        name = name.replace(sign, word)
    return name


def _initials(match: re.Match[str]) -> str:
    """`U.S.`, `U S`."""
    return " ".join(match[1].replace(".", ""))


ENGLISH_RULES: tuple[Rule, ...] = (
    rule(r"```[\s\S]*?(?:```|\Z)", " code block. "),
    rule(
        r"(?:(?i:https?|ftp)://(?:www\.)?|www\.)([A-Za-z0-9][A-Za-z0-9.-]{0,252})"
        r"(?::\d{1,5})?(?:[/?#][^\s<>()\[\]\"'`]{0,2000}(?<![.,;:!?]))?",
        _address,
    ),
    rule(
        r"([A-Za-z0-9][\w.+-]{0,63})@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5})",
        _mail,
    ),
    rule(
        r"([A-Za-z0-9][A-Za-z0-9-]{1,62}(?:\.[A-Za-z0-9-]{1,63}){0,4}"
        rf"\.(?:{_TOP_DOMAINS}))(?!\.?[\w@])(?:/[^\s<>()\[\]\"'`]{{0,2000}}(?<![.,;:!?]))?",
        _address,
    ),
    rule(rf"(?<![\w.])(?:{any_of(DOTTED)})(?!\w)", lambda m: DOTTED[m[0]]),
    rule(rf"(?<![\w.'])({any_of(TITLES)})\.(?=\s+[A-Z])", lambda m: TITLES[m[1]]),
    rule(rf"(?<![\w.'])({any_of(ABBREVIATIONS)})\b{STOP}", lambda m: ABBREVIATIONS[m[1]]),
    rule(rf"(?<![\w.'])((?:[A-Z]\.){{1,7}}[A-Z]){STOP}(?!\w)", _initials),
    rule(r"\b(?:No|no|Nos)\.\s?(?=\d)", "number "),
    rule(r"\b(?:Fig|fig)\.\s?(?=\d)", "figure "),
    *NUMBER_RULES,
    rule(r"&amp;", " and "),
    rule(r"(?<=[A-Za-z])/(?=[A-Za-z])", " "),
    rule(r"#(?=\d)", " number "),
    rule(r"#(?=[A-Za-z])", " hashtag "),
    rule(r"~(?=\s?[\d$€£])", " about "),
    rule(rf"(?<=[\s\d)])[{re.escape(''.join(SIGNS))}](?=[\s\d(])", lambda m: SIGNS[m[0]]),
    rule(rf"[{re.escape(''.join(ALWAYS_SIGNS))}]", lambda m: ALWAYS_SIGNS[m[0]]),
    rule(r"(?<=\d)\+(?!\d)", " plus "),
    rule(r"[ \t]{0,9}(?:—|(?<=[ \t])[–-](?=[ \t])|--)[ \t]{0,9}", ", "),
)
