"""English number words."""

import pytest

from tts_service.number_words import cardinal, digits, number, ordinal, plural, whole_number, year


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (20, "twenty"),
        (99, "ninety-nine"),
        (100, "one hundred"),
        (110, "one hundred ten"),
        (1001, "one thousand one"),
        (1_000_000, "one million"),
        (2_000_300, "two million three hundred"),
        (10**17, "one hundred quadrillion"),
    ],
)
def test_a_cardinal_in_words(value: int, words: str) -> None:
    assert cardinal(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1, "first"),
        (2, "second"),
        (3, "third"),
        (5, "fifth"),
        (8, "eighth"),
        (9, "ninth"),
        (12, "twelfth"),
        (20, "twentieth"),
        (21, "twenty-first"),
        (100, "one hundredth"),
        (103, "one hundred third"),
    ],
)
def test_an_ordinal_in_words(value: int, words: str) -> None:
    assert ordinal(value) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1066, "ten sixty-six"),
        (1900, "nineteen hundred"),
        (1905, "nineteen oh five"),
        (1999, "nineteen ninety-nine"),
        (2000, "two thousand"),
        (2009, "two thousand nine"),
        (2010, "twenty ten"),
    ],
)
def test_a_year_in_words(value: int, words: str) -> None:
    assert year(value) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [("12", "twelve"), ("1,000.50", "one thousand point five zero"), ("5.", "five")],
)
def test_a_number_as_written(text: str, words: str) -> None:
    assert number(text) == words


def test_a_number_too_long_for_words_is_read_digit_by_digit() -> None:
    assert whole_number("1" * 19) == digits("1" * 19)
    assert whole_number("0") == "zero"
    assert whole_number("01") == "zero one"


@pytest.mark.parametrize(
    ("one", "many"), [("ninety", "nineties"), ("half", "halves"), ("third", "thirds")]
)
def test_many_of_a_number_word(one: str, many: str) -> None:
    assert plural(one) == many
