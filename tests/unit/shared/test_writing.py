"""What a script is, and where it may be cut."""

import pytest

from shared.writing import belong_together, is_unspaced, is_wide, joined, script, space_between


@pytest.mark.parametrize(
    ("char", "name"),
    [
        ("a", "LATIN"),
        ("é", "LATIN"),
        ("Ａ", "LATIN"),
        ("я", "CYRILLIC"),
        ("あ", "HIRAGANA"),
        ("カ", "KATAKANA"),
        ("ｶ", "KATAKANA"),
        ("ー", "KATAKANA"),
        ("漢", "CJK"),
        ("々", "IDEOGRAPHIC"),
        ("한", "HANGUL"),
        ("ก", "THAI"),
        ("ह", "DEVANAGARI"),
        ("1", ""),
        ("。", ""),
        ("😀", ""),
        (" ", ""),
    ],
)
def test_a_letter_is_of_the_script_that_unicode_names(char: str, name: str) -> None:
    assert script(char) == name


@pytest.mark.parametrize(
    "pair",
    ["シャ", "がっ", "ラー", "ｶﾞ", "人々", "ดี", "นา", "เก", "e\u0301", "है", "👍🏽", "a\u200d"],
)
def test_some_characters_are_never_parted(pair: str) -> None:
    assert belong_together(*pair)


@pytest.mark.parametrize("pair", ["日本", "かな", "กข", "ab", "中。"])
def test_others_can_be(pair: str) -> None:
    assert not belong_together(*pair)


def test_scripts_without_spaces_are_known() -> None:
    assert all(map(is_unspaced, "あカ漢กລမខ"))
    assert not any(map(is_unspaced, "a한яह1。"))
    assert all(map(is_wide, "あカ漢한。Ａ"))
    assert not any(map(is_wide, "aกยｶ"))


@pytest.mark.parametrize(
    ("texts", "whole"),
    [
        ((), ""),
        ((" One. ", "Two."), "One. Two."),
        (("今日は", "いい天気。", "はい"), "今日はいい天気。はい"),
        (("네.", "좋아요."), "네. 좋아요."),
        (("これは", "Python"), "これは Python"),
        (("本当？", "はい！", "（多分）", "好。"), "本当？はい！（多分）好。"),
        (("", " ", "One."), "One."),
    ],
)
def test_texts_are_joined_as_their_script_is_written(texts: tuple[str, ...], whole: str) -> None:
    assert joined(texts) == whole


@pytest.mark.parametrize(
    ("before", "text", "space"),
    [
        ("Hi.", "Bye.", " "),
        ("はい。", "そう", ""),
        ("はい。", "OK", " "),
        ("", "OK", ""),
        ("OK", "", ""),
    ],
)
def test_a_space_is_where_the_script_has_one(before: str, text: str, space: str) -> None:
    assert space_between(before, text) == space
