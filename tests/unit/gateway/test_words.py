"""How a text falls into words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.words import is_question, split_words


@given(st.text(max_size=40))
def test_words_joined_are_their_text(text: str) -> None:
    words = split_words(text)
    assert "".join(words) == text.rstrip()
    assert all(word.strip() for word in words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("今日は、晴れ。", ["今", "日", "は、", "晴", "れ。"]),
        ("キャッチする", ["キャッ", "チ", "す", "る"]),
        ("コーヒー です", ["コー", "ヒー", " で", "す"]),
        ("AWSのS3", ["AWS", "の", "S3"]),
        ("เก้าอี้", ["เก้า", "อี้"]),
        ("안녕 하세요.", ["안녕", " 하세요."]),
        ("👍🏽 好", ["👍🏽", " 好"]),
    ],
)
def test_a_word_of_a_script_without_spaces_is_one_whole_character(
    text: str, words: list[str]
) -> None:
    assert split_words(text) == words


@pytest.mark.parametrize("text", ["Shall I?", 'He asked: "Shall I?" ', "行きますか？", "هل أذهب؟"])
def test_a_question_ends_in_its_mark(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize("text", ["", "  ", "Shall I? No.", "Stop!"])
def test_anything_else_is_none(text: str) -> None:
    assert not is_question(text)
