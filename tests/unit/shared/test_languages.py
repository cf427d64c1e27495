"""Language tags, whoever writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.languages import NAMES, english_name, language_tag, primary


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        ("ja", "ja"),
        ("JA", "ja"),
        ("pt-BR", "pt-br"),
        ("pt_BR", "pt-br"),
        ("zh-Hant-TW", "zh-hant-tw"),
        ("jpn", "ja"),
        ("cmn", "zh"),
        ("cmn-Hans", "zh-hans"),
        ("Japanese", "ja"),
        ("english", "en"),
        ("iw", "he"),
        ("jw", "jv"),
        ("nb", "no"),
        ("yue", "yue"),
        (" de ", "de"),
        ("xx", "xx"),
        ("", ""),
        ("auto", ""),
        ("und", ""),
        ("Klingon", ""),
        ("12", ""),
        ("e", ""),
        ("en-", ""),
        ("en-US; ignore", ""),
        ("日本語", ""),
    ],
)
def test_a_tag_is_written_in_one_way_and_garbage_is_none(code: str, tag: str) -> None:
    assert language_tag(code) == tag


@given(st.text())
def test_a_tag_made_from_anything_is_made_of_itself(code: str) -> None:
    assert language_tag(language_tag(code)) == language_tag(code)
    assert language_tag(code).isascii()


def test_every_name_is_understood_and_given_back() -> None:
    assert {language_tag(name) for name in NAMES.values()} == set(NAMES)
    assert {tag: english_name(tag) for tag in NAMES} == NAMES


@pytest.mark.parametrize(("code", "name"), [("en-GB", "English"), ("cmn", "Chinese"), ("xx", "")])
def test_people_call_a_language_by_its_name(code: str, name: str) -> None:
    assert english_name(code) == name


def test_the_primary_tag_is_the_language_alone() -> None:
    assert [primary(code) for code in ("en-US", "cmn-tw", "?")] == ["en", "zh", ""]
