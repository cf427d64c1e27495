"""Text made speakable, one case per line."""

import pytest

from tts_service.speakable import speakable

ENGLISH = [
    # markup
    ("Hello **world**!", "Hello world!"),
    ("It is *very* _nice_ and ~~not~~ `good`.", "It is very nice and not good."),
    ("# Title\nSome text\n- one\n- two", "Title. Some text. one. two"),
    ("1. First\n2. Second", "one. First. two. Second"),
    ("- [ ] wash up\n- [x] cook", "wash up. cook"),
    ("> quoted\n> twice", "quoted. twice"),
    ("Above\n\n---\n\nBelow", "Above. Below"),
    ("| a | b |\n|---|:-:|\n| 1 | 2 |", "a, b. one, two"),
    ("See [the docs](https://a.com/x_(y)) now.", "See the docs now."),
    ("![a cat](cat.png) sleeps", "a cat sleeps"),
    ("So it is.[1] And[^2] so on.", "So it is. And so on."),
    ("Here it is:\n```python\nprint(1)\n```\nDone.", "Here it is: code block. Done."),
    ("Like so:\n```\nnever closed", "Like so: code block."),
    ("Call `foo_bar()` here", "Call foo bar() here"),
    ("a <b>bold</b> word<br/>", "a bold word"),
    ("salt &amp; pepper&nbsp;too", "salt and pepper too"),
    (r"a \[sic\] note", "a [sic] note"),
    ("the line\nis wrapped", "the line is wrapped"),
    # emoji and invisible signs
    ("I 🎉 love it 👍🏽!", "I love it!"),
    ("flags 🇩🇪 and 👨‍👩‍👧 families", "flags and families"),
    ("Good :) night <3", "Good night"),
    ("so\u200bft\u00ad ly", "soft ly"),
    ("🎉🎉", ""),
    ("  \n ", ""),
    ("...", ""),
    # numbers
    ("1,234.5", "one thousand two hundred thirty-four point five"),
    ("3.14", "three point one four"),
    ("-5 or .5", "minus five or point five"),
    ("It is 0.05.", "It is zero point zero five."),
    ("007", "zero zero seven"),
    ("1000000", "one million"),
    ("12345678901234567890", "one two three four five six seven eight nine zero " * 2),
    ("pages 3-5", "pages three to five"),
    ("3–5 km", "three to five kilometers"),
    ("10-3=7", "ten minus three equals seven"),
    ("the 21st and 2nd", "the twenty-first and second"),
    ("in 1999 and 2005", "in nineteen ninety-nine and two thousand five"),
    ("1939–1945", "nineteen thirty-nine to nineteen forty-five"),
    ("the 1990s and '80s", "the nineteen nineties and eighties"),
    ("1/2, 3/4, 2/3, 1/7, 22/7", "one half, three quarters, two thirds, one seventh, "
     "twenty-two over seven"),
    ("½ or 2½ cups", "one half or two and a half cups"),
    ("16:9", "sixteen to nine"),
    ("3.11.7", "three point eleven point seven"),
    ("10.0.0.1", "ten dot zero dot zero dot one"),
    ("GPT4 and H2O and 3D", "GPT four and H two O and three D"),
    ("10k people", "ten thousand people"),
    ("24/7", "twenty-four seven"),
    ("the 1900s", "the nineteen hundreds"),
    # units
    ("5 km, 1 kg, 10MB", "five kilometers, one kilogram, ten megabytes"),
    ("20 °C or 68°F", "twenty degrees Celsius or sixty-eight degrees Fahrenheit"),
    ("60 km/h and 5 m/s", "sixty kilometers per hour and five meters per second"),
    ("20 m²", "twenty square meters"),
    ("5% or 2.5 %", "five percent or two point five percent"),
    ("5 men and 3 girls", "five men and three girls"),
    # money
    ("$5.50", "five dollars and fifty cents"),
    ("$1 and $0.99", "one dollar and ninety-nine cents"),
    ("€20, £3 and 5 €", "twenty euros, three pounds and five euros"),
    ("-$5", "minus five dollars"),
    ("$1.5 million or $3M", "one point five million dollars or three million dollars"),
    ("$5-$10", "five dollars to ten dollars"),
    ("$5.00 or $0.00", "five dollars or zero dollars"),
    ("¥1,000", "one thousand yen"),
    # times and dates
    ("10:30 or 10:05 am", "ten thirty or ten oh five A M"),
    ("at 10:00", "at ten o'clock"),
    ("10:30:15", "ten thirty and fifteen seconds"),
    ("at 14:00", "at fourteen hundred"),
    ("at 5 p.m. today", "at five P M today"),
    ("at 5 p.m.", "at five P M."),
    ("until 5pm", "until five P M"),
    ("2026-11-22", "November twenty-second, twenty twenty-six"),
    ("11/22/2026", "November twenty-second, twenty twenty-six"),
    ("22.11.2026", "November twenty-second, twenty twenty-six"),
    ("Nov. 22, 2024", "November twenty-second, twenty twenty-four"),
    ("May 5", "May fifth"),
    ("May 5.5", "May five point five"),
    # telephones
    ("555-1234", "five five five, one two three four"),
    ("(555) 123-4567", "five five five, one two three, four five six seven"),
    ("+4915112345678", "plus four nine one five one one two three four five six seven eight"),
    # addresses
    ("at https://www.example.com/path?x=1.", "at example dot com."),
    ("example.com/about is", "example dot com is"),
    ("a.b-c@example.co.uk", "a dot b dash c at example dot co dot uk"),
    # abbreviations
    ("Dr. Smith and Mrs. Jones", "Doctor Smith and Missus Jones"),
    ("fruit, e.g. apples, etc.", "fruit, for example apples, et cetera."),
    ("cats vs. dogs", "cats versus dogs"),
    ("No. 5 in the U.S. today", "number five in the U S today"),
    ("made in the U.S.", "made in the U S."),
    ("w/ milk, w/o sugar", "with milk, without sugar"),
    ("St. Paul", "Saint Paul"),
    ("C++, C# and .NET", "C plus plus, C sharp and dot net"),
    # signs, quotes and dashes
    ("a & b", "a and b"),
    ("2 + 2 = 4", "two plus two equals four"),
    ("3*4", "three times four"),
    ("x < y", "x less than y"),
    ("#1 and #tag", "number one and hashtag tag"),
    ("~5", "about five"),
    ("and/or", "and or"),
    ("home → work", "home to work"),
    ("“fine”, it’s…", '"fine", it\'s...'),
    ("wait — what - no", "wait, what, no"),
    ("well-known", "well-known"),
]  # fmt: skip

OTHER = [
    ("Es kostet **5,50 €** 🎉.", "de", "Es kostet 5,50 €."),
    ("12 % & 5 km/h = 3 × 4", "fr", "12 % & 5 km/h = 3 × 4"),
    ("- यह है\n- वह है", "hi", "यह है. वह है"),
    ("# สวัสดี\n- ครับ 👍", "th", "สวัสดี. ครับ"),
    ("**مرحبا** بك! 🎉", "ar", "مرحبا بك!"),
    ("Т. е. `5 %`", "ru", "Т. е. 5 %"),
    ("Это №５", "ru", "Это №5"),
    ("Siehe https://www.beispiel.de/pfad?x=1", "de", "Siehe beispiel.de"),
    ("# Titre\n- un\n- deux", "fr-FR", "Titre. un. deux"),
    ("今日は**いい**天気です🌞。", "ja", "今日はいい天気です。"),
    ("10:30 & 3 km", "es", "10:30 & 3 km"),
    ("Voir [ici](http://a.fr).", "fr", "Voir ici."),
]


@pytest.mark.parametrize(("text", "spoken"), ENGLISH, ids=[text for text, _ in ENGLISH])
def test_english_is_read_as_a_person_would(text: str, spoken: str) -> None:
    assert speakable(text).text == spoken.strip()


@pytest.mark.parametrize(("text", "language", "spoken"), OTHER)
def test_other_languages_are_only_cleaned(text: str, language: str, spoken: str) -> None:
    assert speakable(text, language).text == spoken


@pytest.mark.parametrize(
    ("text", "word", "written"),
    [
        ("Hello **big** world", "big", "big"),
        ("It costs $5.50 today", "five", "$5.50"),
        ("It costs $5.50 today", "fifty", "$5.50"),
        ("It costs $5.50 today", "today", "today"),
        ("  leading 🎉 space", "space", "space"),
        ("See [the docs](https://a.com) now", "now", "now"),
        ("one\n- two\n- three", "three", "three"),
        ("GPT4 speaks", "speaks", "speaks"),
    ],
)
def test_a_spoken_word_is_found_where_it_was_written(text: str, word: str, written: str) -> None:
    spoken = speakable(text)
    assert spoken.origin(spoken.text.index(word)) == text.index(written)


def test_nothing_to_speak_has_no_origin_but_the_beginning() -> None:
    assert speakable("🎉").origin(0) == 0


HOSTILE = [
    *("[", "](", "[a](", "*", "_a", "`", "```", "<", "<a", "<!--", "&", "(", "|-", "- ", "\n", " "),
    *("1", "1,", "1-", "1.1", "1/", "1:", "$1", "10:", "a.", "a@", "A.", "a-b.", "a.com", "www."),
    *(
        "https://",
        "etc. ",
        "🎉",
        "\u202e",
        "é",
        "-a",
        "'",
        ">",
        "#",
        "1 1",
        "a b ",
        "=",
        "~",
        "5 p.",
    ),
    *("\t", "a" * 63 + ".", "etc.\n"),
]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("seed", HOSTILE)
def test_hostile_text_takes_linear_time(seed: str) -> None:
    """About half a second each; a pattern of quadratic cost runs into the time limit."""
    text = seed * (50_000 // len(seed))
    assert len(speakable(text).text) < 60 * len(text)
