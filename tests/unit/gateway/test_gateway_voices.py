"""Names of voices, and what they stand for."""

import pytest

from gateway.voices import find_voice, no_such_voice

VOICES = ("en-us", "ja")


@pytest.mark.parametrize(
    ("wished", "found"),
    [("JA", "ja"), ("", ""), ("default", ""), ("Alloy", ""), ("nobody", None)],
)
def test_a_voice_is_found_by_its_name(wished: str, found: str | None) -> None:
    assert find_voice(wished, VOICES) == found


def test_a_voice_that_is_there_is_meant_by_its_name_whatever_that_stands_for_elsewhere() -> None:
    assert find_voice("alloy", ("alloy", "ja")) == "alloy"


def test_any_name_is_passed_on_while_nobody_offers_a_voice() -> None:
    assert find_voice("nobody", ()) == "nobody"


def test_who_wishes_for_another_is_told_some() -> None:
    told = no_such_voice("nobody", tuple(f"v{number}" for number in range(41)))
    assert "'nobody'" in told
    assert "v39 and 1 more" in told
