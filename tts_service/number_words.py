"""English number words; all digits of whatever length."""

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = [
    "zero",
    "ten",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
]
_SCALES = ["", " thousand", " million", " billion", " trillion", " quadrillion"]
_LONGEST = 3 * len(_SCALES)
_IRREGULAR = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}


def number(text: str) -> str:
    """Words of a number as it is written: `1,234.5`, `007`, `12`."""
    whole, point, decimals = text.replace(",", "").partition(".")
    words = whole_number(whole or "0")
    return f"{words} point {digits(decimals)}" if point and decimals else words


def whole_number(text: str) -> str:
    """Words of a run of digits; digit by digit if it begins with 0 or has more than 18."""
    if len(text) > _LONGEST or (text[0] == "0" and len(text) > 1):
        return digits(text)
    return cardinal(int(text))


def cardinal(value: int) -> str:
    """Words of a number from 0 to below 10**18: 1234, `one thousand two hundred thirty-four`."""
    if value == 0:
        return _ONES[0]
    groups = []
    for scale in _SCALES:
        value, group = divmod(value, 1000)
        if group:
            groups.append(_below_thousand(group) + scale)
    return " ".join(reversed(groups))


def ordinal(value: int) -> str:
    """21, `twenty-first`."""
    words = cardinal(value)
    cut = max(words.rfind(" "), words.rfind("-")) + 1
    head, last = words[:cut], words[cut:]
    if last in _IRREGULAR:
        return head + _IRREGULAR[last]
    return head + (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")


def year(value: int) -> str:
    """As years from 1000 to 2999 are said: `nineteen ninety-nine`, `two thousand five`."""
    century, rest = divmod(value, 100)
    if century % 10 == 0 and rest < 10:
        return cardinal(value)
    if rest == 0:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {'oh ' if rest < 10 else ''}{cardinal(rest)}"


def digits(text: str) -> str:
    """Each digit by itself."""
    return " ".join(_ONES[int(digit)] for digit in text)


def plural(words: str) -> str:
    """`nineties` of `ninety`, `halves` of `half`, `thirds` of `third`."""
    if words.endswith("y"):
        return f"{words[:-1]}ies"
    return "halves" if words == "half" else f"{words}s"


def _below_thousand(value: int) -> str:
    hundreds, rest = divmod(value, 100)
    words = [f"{_ONES[hundreds]} hundred"] if hundreds else []
    if rest:
        words.append(_below_hundred(rest))
    return " ".join(words)


def _below_hundred(value: int) -> str:
    if value < 20:
        return _ONES[value]
    tens, ones = divmod(value, 10)
    return f"{_TENS[tens]}-{_ONES[ones]}" if ones else _TENS[tens]
