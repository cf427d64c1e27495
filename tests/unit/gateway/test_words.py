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


@pytest.mark.parametrize("text", ["Shall I?", 'He asked: "Shall I?" ', "行きますか？", "هل أذهب؟"])
def test_a_question_ends_in_its_mark(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize("text", ["", "  ", "Shall I? No.", "Stop!"])
def test_anything_else_is_none(text: str) -> None:
    assert not is_question(text)
