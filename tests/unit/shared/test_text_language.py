"""In which language a text is, told by the text itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.text_language import language_of, writes_in_script_of

BY_SCRIPT = [
    ("こんにちは", "ja"),
    ("カタカナ", "ja"),
    ("ｶﾀｶﾅ", "ja"),
    ("今日は天気がいいですね。", "ja"),
    ("AWS Lambdaを使う", "ja"),
    ("今天天气很好。", "zh"),
    ("안녕하세요", "ko"),
    ("한국어(韓國語)", "ko"),
    ("Привет, как дела?", "ru"),
    ("Καλημέρα", "el"),
    ("مرحبا", "ar"),
    ("שלום", "he"),
    ("สวัสดีครับ", "th"),
    ("नमस्ते", "hi"),
    ("გამარჯობა", "ka"),
    ("Բարեւ", "hy"),
    ("ሰላም", "am"),
    ("বাংলা", "bn"),
    ("தமிழ்", "ta"),
]


@pytest.mark.parametrize(("text", "language"), BY_SCRIPT)
def test_a_script_tells_the_language(text: str, language: str) -> None:
    assert language_of(text) == language
    assert language_of(text, "en") == language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Привіт", "uk"),
        ("東京", "ja"),
        ("سلام", "fa"),
        ("मराठी", "mr"),
        ("12.5 %", "ja"),
        ("", "ja"),
        ("😀!", "en-gb"),
        ("Berlin.", "de"),
        ("Здраво", "sr"),
        ("Zdravo", "sr"),
        ("Hyvää huomenta, mitä kuuluu?", "fi"),
    ],
)
def test_the_expected_language_stays_where_the_text_can_be_in_it(text: str, expected: str) -> None:
    assert language_of(text, expected) == expected


BY_WORDS = [
    ("What is the capital of France?", "en"),
    ("Was ist die Hauptstadt von Frankreich?", "de"),
    ("Quelle est la capitale de la France ?", "fr"),
    ("¿Cuál es la capital de Francia?", "es"),
    ("Qual è la capitale della Francia?", "it"),
    ("Qual é a capital da França?", "pt"),
    ("Wat is de hoofdstad van Frankrijk?", "nl"),
    ("Vad är huvudstaden i Frankrike?", "sv"),
    ("Czy możesz mi pomóc?", "pl"),
    ("Bana yardım eder misin, lütfen?", "tr"),
    ("I’m sure that it’s so.", "en"),
]


@pytest.mark.parametrize(("text", "language"), BY_WORDS)
def test_common_words_tell_a_language_in_latin_script(text: str, language: str) -> None:
    assert language_of(text) == language
    assert language_of(text, "ja") == language


@pytest.mark.parametrize("text", ["OK.", "Berlin.", "Taxi!", "No, Anna."])
def test_nobody_can_tell_what_is_a_word_of_many_languages(text: str) -> None:
    assert language_of(text) == ""


@pytest.mark.parametrize("text", ["OK.", "Windows 11."])
def test_latin_letters_amid_another_script_are_english(text: str) -> None:
    assert language_of(text, "ja") == "en"


@pytest.mark.parametrize(
    ("text", "expected", "language"),
    [
        ("Yes, of course I can help you.", "de", "en"),
        ("Das ist gut, aber teuer.", "en", "de"),
        ("Die Band heißt The Who.", "de", "de"),
        ("It is called Das Boot.", "en", "en"),
        ("No.", "de", "de"),
        ("In Paris.", "fr", "fr"),
    ],
)
def test_several_words_show_another_language_than_the_expected(
    text: str, expected: str, language: str
) -> None:
    assert language_of(text, expected) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Tokyo is just written 東京 in Japanese.", "en"),
        ("In Japanese you say ありがとう.", "en"),
        ("それはReactのuseStateです。", "ja"),
    ],
)
def test_the_script_of_most_of_a_mixed_text_counts(text: str, language: str) -> None:
    assert language_of(text) == language


@given(st.text(), st.sampled_from(["", "ja", "en", "xx"]))
def test_any_text_has_a_language_or_the_expected_one_or_none(text: str, expected: str) -> None:
    language = language_of(text, expected)
    assert language == expected or language.isalpha()


@pytest.mark.parametrize(
    ("language", "other", "shares"),
    [
        ("en-gb", "de", True),
        ("ru", "uk", True),
        ("sr", "en", True),
        ("ja", "en", False),
        ("en", "th", False),
        ("ja", "zh", False),
        ("zh", "cmn-tw", True),
    ],
)
def test_who_shares_a_script_can_be_read(language: str, other: str, shares: bool) -> None:
    assert writes_in_script_of(language, other) == shares
