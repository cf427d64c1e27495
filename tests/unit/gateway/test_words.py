"""How a text falls into words."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.words import split_words


@given(st.text(max_size=40))
def test_words_joined_are_their_text(text: str) -> None:
    words = split_words(text)
    assert "".join(words) == text.rstrip()
    assert all(word.strip() for word in words)
