"""Which part of a growing transcript stands."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.hypothesis import Hypothesis


def add_all(texts: Iterable[str]) -> list[tuple[str, str]]:
    hypothesis = Hypothesis()
    return [hypothesis.add(text) for text in texts]


def test_nothing_of_the_first_hypothesis_is_stable() -> None:
    assert add_all(["what is the"]) == [("", "what is the")]


def test_words_that_two_hypotheses_agree_on_are_given_once() -> None:
    given = add_all(["what is", "what is the", "what is the cap", "what is the capital of"])
    assert given == [
        ("", "what is"),
        ("what is", " the"),
        (" the", " cap"),
        ("", " capital of"),
    ]


def test_case_and_punctuation_are_no_disagreement_and_the_newer_form_is_given() -> None:
    given = add_all(["well paris", "Well, Paris is", "Well, Paris is big"])
    assert given == [("", "well paris"), ("Well, Paris", " is"), (" is", " big")]


def test_a_full_stop_at_the_end_is_not_stable_before_a_word_follows() -> None:
    given = add_all(
        ["I want to.", "I want to.", "I want to go.", "I want to go. Now.", "I want to"]
    )
    assert given == [
        ("", "I want to."),
        ("I want to", "."),
        ("", " go."),
        (" go", ". Now."),
        ("", ""),
    ]


def test_punctuation_without_words_is_never_stable() -> None:
    assert add_all(["...", "...", "... well", "... well"])[1:] == [
        ("", "..."),
        ("", "... well"),
        ("... well", ""),
    ]


def test_scripts_without_spaces_agree_by_characters() -> None:
    given = add_all(["今日は", "今日は天気", "今日は天器がいい。"])
    assert given == [("", "今日は"), ("今日は", "天気"), ("天", "器がいい。")]


DISAGREEMENTS = [
    ("another word", "I saw a cat and then", " and then"),
    ("a word more", "I really saw a bat and then", " and then"),
    ("a word less", "saw a bat and then", " and then"),
    ("two words for one", "I saw a bad hat and then", " hat and then"),
    ("punctuation", "I saw: a bat, and then", ", and then"),
    ("all others", "You have an owl, haven't you", ", haven't you"),
    ("too short", "I saw", ""),
    ("nothing", "", ""),
]


@pytest.mark.parametrize(
    ("text", "rest"), [case[1:] for case in DISAGREEMENTS], ids=[case[0] for case in DISAGREEMENTS]
)
def test_a_hypothesis_that_disagrees_with_stable_words_adds_what_follows_them(
    text: str, rest: str
) -> None:
    before = ["I saw a bat", "I saw a bat"]
    delta, tail = add_all([*before, text])[-1]
    assert (delta, tail) == ("", rest)


def test_a_long_utterance_is_aligned_near_its_end() -> None:
    words = [f"w{number}" for number in range(200)]
    changed = ["oh", *words[1:150], "so", *words[151:], "and", "more"]
    given = add_all([" ".join(words), " ".join(words), " ".join(changed)])
    assert given[-1] == ("", " and more")


WORD = st.sampled_from(["a", "b", "c", "Dé", "e's", "f,", "g.", "今日", "も।"])
WORDS = st.lists(WORD, max_size=8).map(" ".join)


@given(st.lists(WORDS, max_size=6))
def test_stable_words_only_grow_and_hypotheses_that_agree_are_told_whole(texts: list[str]) -> None:
    hypothesis, stable = Hypothesis(), ""
    for text in texts:
        delta, _ = hypothesis.add(text)
        stable += delta
        again, rest = hypothesis.add(text)
        stable += again
        assert hypothesis.add(text) == ("", rest)
        assert not any(char.isalnum() for char in rest)


@given(WORDS)
def test_identical_hypotheses_give_back_their_text(text: str) -> None:
    (nothing, whole), (delta, rest) = add_all([text, text])
    assert (nothing, whole) == ("", text)
    assert delta + rest == text


@given(WORDS, WORDS)
def test_a_hypothesis_that_goes_on_where_the_last_ended_is_told_in_full(
    start: str, more: str
) -> None:
    longer = f"{start} {more}".strip()
    given = add_all([start, start, longer])
    assert "".join(delta for delta, _ in given) + given[-1][1] == longer
