"""What was heard in several pieces, made one."""

import pytest

from stt_service.engine import Recognition
from stt_service.pieces import recognised


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
