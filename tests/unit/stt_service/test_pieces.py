"""What was heard in several pieces, made one."""

import pytest

from stt_service.engine import Recognition
from stt_service.pieces import joined, recognised


@pytest.mark.parametrize(
    ("texts", "whole"),
    [
        ((), ""),
        ((" One. ", "Two."), "One. Two."),
        (("今日は", "いい天気。", "はい"), "今日はいい天気。はい"),
        (("네.", "좋아요."), "네. 좋아요."),
        (("これは", "Python"), "これは Python"),
        (("", " ", "One."), "One."),
    ],
)
def test_pieces_are_joined_as_their_script_is_written(texts: tuple[str, ...], whole: str) -> None:
    assert joined(texts) == whole


@pytest.mark.parametrize(
    ("heard", "language"),
    [
        ((), ""),
        ((("はい。", ""), ("そうです。", "ja")), "ja"),
        ((("Oui.", "fr"), ("今日はいい天気ですね。", "Japanese"), ("Non.", "fr")), "ja"),
        ((("Hm.", "auto"),), ""),
    ],
)
def test_the_language_of_most_of_the_text_counts(
    heard: tuple[tuple[str, str], ...], language: str
) -> None:
    assert recognised(Recognition(text=text, language=tag) for text, tag in heard) == language
