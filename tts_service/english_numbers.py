"""Rules for English numbers: dates, times, money, units, ranges, fractions, and plain ones."""

import re

from tts_service.number_words import cardinal, digits, number, ordinal, plural, whole_number, year
from tts_service.rules import STOP, Rule, any_of, rule
from tts_service.vocabulary import (
    CURRENCIES,
    FRACTIONS,
    MONTHS,
    PER,
    POWERS,
    SCALES,
    UNITS,
)

_N = r"(?:\d{1,3}(?:,\d{3}){1,6}|\d{1,18})(?:\.\d{1,15})?(?![\d])"
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]}|t)?" for name in MONTHS)
_SIGN = "[$€£¥₹]"
_SCALE = r"(?:\s?(million|billion|trillion|thousand)\b|(bn|[kKMBT])\b)?"
_END = r"(?!\w)"


def _number(text: str) -> str:
    """A number; four digits from 1500 to 2099 as a year."""
    if len(text) == 4 and text.isdigit() and "1500" <= text < "2100":
        return year(int(text))
    return number(text)


def _date(year_text: str, month: int, day: int) -> str:
    return f"{MONTHS[month - 1]} {ordinal(day)}, {year(int(year_text))}"


def _month_day(match: re.Match[str]) -> str:
    name = next(name for name in MONTHS if name.startswith(match[1][:3]))
    ending = f", {year(int(match[3]))}" if match[3] else ""
    return f"{name} {ordinal(int(match[2]))}{ending}"


def _clock(match: re.Match[str]) -> str:
    """`10:05`, `ten oh five`; `14:00`, `fourteen hundred`; `5 p.m.`, `five P M`."""
    hours, minutes, seconds, half = match.groups()
    words = cardinal(int(hours))
    if minutes and int(minutes):
        words += f" {'oh ' if minutes[0] == '0' else ''}{cardinal(int(minutes))}"
    elif minutes and not half:
        words += " o'clock" if int(hours) <= 12 else " hundred"
    if seconds:
        words += f" and {_counted(seconds, 'second', 'seconds')}"
    return f"{words} {half[0].upper()} M" if half else words


def _counted(amount: str, one: str, many: str) -> str:
    return f"{number(amount)} {one if amount == '1' else many}"


def _money(amount: str, scale: str, sign: str) -> str:
    """`$5.50`, `five dollars and fifty cents`; `$3M`, `three million dollars`."""
    one, many, cent, cents = CURRENCIES[sign]
    whole, _, hundredths = amount.partition(".")
    if scale:
        return f"{number(amount)} {SCALES.get(scale, scale)} {many}"
    if len(hundredths) != 2 or not cent:
        return _counted(amount, one, many)
    parts = [_counted(whole, one, many)] if int(whole.replace(",", "")) else []
    if int(hundredths):
        parts.append(_counted(str(int(hundredths)), cent, cents))
    return " and ".join(parts or [_counted(whole, one, many)])


def _measure(match: re.Match[str]) -> str:
    """`60 km/h`, `sixty kilometers per hour`; `20 m²`, `twenty square meters`."""
    amount, sign, power, per = match.groups()
    words = f"{number(amount)} {POWERS[power or '']}{UNITS[sign][amount != '1']}"
    return f"{words} per {PER[per]}" if per else words


def _fraction(match: re.Match[str]) -> str:
    """`3/4`, `three quarters`; where the lower number is not usual, `over`."""
    upper, lower = int(match[1]), int(match[2])
    if not (0 < upper < lower and (lower <= 10 or lower in (12, 16, 20, 32, 64, 100))):
        return f"{number(match[1])} over {number(match[2])}"
    part = {2: "half", 4: "quarter"}.get(lower, ordinal(lower))
    return f"{cardinal(upper)} {part if upper == 1 else plural(part)}"


def _mixed(match: re.Match[str]) -> str:
    """`2½`, `two and a half`."""
    words = FRACTIONS[match[2]]
    return f"{number(match[1])} and {words.replace('one ', 'a ')}" if match[1] else words


def _decade(match: re.Match[str]) -> str:
    century = f"{cardinal(int(match[1]))} " if match[1] else ""
    if match[2] == "00":
        return f"{year(int(match[1] + match[2]))}s" if match[1] else "hundreds"
    return century + plural(cardinal(int(match[2])))


def _spelled(match: re.Match[str]) -> str:
    """Groups of digits one by one, a comma between the groups."""
    plus = "plus " if match[0].startswith("+") else ""
    return plus + ", ".join(digits(group) for group in re.findall(r"\d+", match[0]))


def _numbered(match: re.Match[str]) -> str:
    return f"{number(match[1])}. "


def _ordinal(match: re.Match[str]) -> str:
    return ordinal(int(match[1].replace(",", "")))


_UNITS = any_of(UNITS)
_CODES = "USD|EUR|GBP|€|£"

NUMBER_RULES: tuple[Rule, ...] = (
    rule(r"^[ \t]{0,12}(\d{1,3})[.)][ \t]+", _numbered),
    rule(
        r"(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?![\d-])",
        lambda m: _date(m[1], int(m[2]), int(m[3])),
    ),
    rule(
        r"(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])/((?:1[5-9]|20)\d\d)(?![\d/])",
        lambda m: _date(m[3], int(m[1]), int(m[2])),
    ),
    rule(
        r"(0?[1-9]|[12]\d|3[01])[/.](0?[1-9]|1[0-2])[/.]((?:1[5-9]|20)\d\d)(?![\d/])",
        lambda m: _date(m[3], int(m[2]), int(m[1])),
    ),
    rule(
        rf"\b({_MONTH})\.?\s(0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?\b(?![.:,]\d)"
        r"(?:,?\s((?:1[5-9]|20)\d\d)\b)?",
        _month_day,
    ),
    rule(
        rf"([01]?\d|2[0-4])(?::([0-5]\d))(?::([0-5]\d))?(?:\s?([AaPp])\.?[Mm]\b{STOP})?(?![\d:])",
        _clock,
    ),
    rule(rf"(1[0-2]|0?[1-9])()()\s?([AaPp])(?:\.[Mm]\b{STOP}|[Mm]\b)", _clock),
    rule(
        r"(?:\+?\d{1,3}[ .-])?(?:\(\d{3}\)[ .-]?|\d{3}[ .-])\d{3}[.-]\d{4}(?![\d-])",
        _spelled,
    ),
    rule(r"\d{3}-\d{4}(?![\d-])|\+\d{7,15}(?!\d)|\d{1,12}(?:-\d{1,12}){2,8}(?![\d-])", _spelled),
    rule(r"\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)", lambda m: " dot ".join(_parts(m[0]))),
    rule(r"\d{1,6}(?:\.\d{1,6}){2,5}(?!\.?\d)", lambda m: " point ".join(_parts(m[0]))),
    rule(rf"({_SIGN})\s?({_N}){_SCALE}", lambda m: _money(m[2], m[3] or m[4] or "", m[1])),
    rule(rf"({_N}){_SCALE}\s?({_CODES}){_END}", lambda m: _money(m[1], m[2] or m[3] or "", m[4])),
    rule(rf"({_N})\s?[–—-]\s?(?={_N}\s?=)", lambda m: f"{number(m[1])} minus "),
    rule(rf"({_N})(?:[–—-]|\s[–—]\s)(?=\d)", lambda m: f"{_number(m[1])} to "),
    rule(r"(?<=\d)[–—-](?=[$€£]\d)", " to "),
    rule(r"(?<![\w)])[-−](?=[$€£]?\.?\d)", " minus "),
    rule(r"(\d{1,3}(?:,\d{3}){1,4}|\d{1,12})(?:st|nd|rd|th)\b", _ordinal),
    rule(r"'?(1[1-9]|20)?(\d0)'?s\b", _decade),
    rule(rf"({_N})\s?({_UNITS})([²³])?(?:/({any_of(PER)}))?{_END}", _measure),
    rule(r"(\d{1,3})k\b", lambda m: f"{number(m[1])} thousand"),
    rule(rf"(\d{{1,6}})?\s?([{''.join(FRACTIONS)}])", _mixed),
    rule(r"(?<!/)(\d{1,3})/(\d{1,3})(?![\d/])", _fraction),
    rule(r"(\d{1,4}):(\d{1,4})(?![\d:])", lambda m: f"{number(m[1])} to {number(m[2])}"),
    rule(r"(?<![\d.,])\.(\d{1,15})(?!\d)", lambda m: f" point {digits(m[1])}"),
    rule(_N, lambda m: _number(m[0])),
    rule(r"\d+", lambda m: digits(m[0])),
)


def _parts(text: str) -> list[str]:
    return [whole_number(part) for part in text.split(".")]
