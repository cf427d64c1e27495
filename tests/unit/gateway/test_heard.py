"""The text heard of a reply, by how far its sound was played."""

import itertools
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from talk import speech

from gateway.heard import SpokenReply
from gateway.words import split_words
from shared.messages import SpeechChunk, SpokenWord


def timed(text: str, word_s: float) -> tuple[SpokenWord, ...]:
    """The words of a text, all of the same length."""
    words = split_words(text)
    ends = itertools.accumulate(map(len, words))
    return tuple(
        SpokenWord(offset=end - len(word.lstrip()), start_s=number * word_s)
        for number, (end, word) in enumerate(zip(ends, words, strict=True))
    )


def chunk(
    sentence: int,
    length_s: float,
    words: Sequence[SpokenWord] = (),
    *,
    index: int = 0,
    is_last: bool = True,
) -> SpeechChunk:
    sound = speech(1, sentence, index, round(length_s * 50), is_last=is_last)
    return msgspec.structs.replace(sound, words=tuple(words))


def reply(*chunks: SpeechChunk, speed: float = 1.0) -> SpokenReply:
    spoken = SpokenReply(speed)
    for piece in chunks:
        spoken.note(piece)
    return spoken


FIRST, SECOND = "One two three four.", " Five six seven eight."
BOTH = (FIRST, SECOND)


def two_sentences() -> SpokenReply:
    """Two sentences of four words, half a second each."""
    return reply(chunk(0, 2.0, timed(FIRST, 0.5)), chunk(1, 2.0, timed(SECOND, 0.5)))


TIMED = [
    (-1.0, ""),
    (0.0, ""),
    (0.2, ""),
    (0.4, "One"),
    (0.5, "One"),
    (0.9, "One two"),
    (1.9, FIRST),
    (2.0, FIRST),
    (2.2, FIRST),
    (2.4, FIRST + " Five"),
    (3.2, FIRST + " Five six"),
    (4.0, FIRST + SECOND),
    (99.0, FIRST + SECOND),
]


@pytest.mark.parametrize(("position_s", "text"), TIMED)
def test_a_word_was_heard_once_most_of_it_has_sounded(position_s: float, text: str) -> None:
    assert two_sentences().heard(BOTH, position_s) == text


def test_the_pause_behind_a_word_is_not_needed_to_have_heard_it() -> None:
    words = (SpokenWord(offset=0, start_s=0.0), SpokenWord(offset=4, start_s=0.3))
    spoken = reply(chunk(0, 2.0, words))
    assert spoken.heard(["One two."], 0.3) == "One"
    assert spoken.heard(["One two."], 1.4) == "One two."


UNTIMED = [
    (0.2, ""),
    (0.4, "One"),
    (1.2, "One two"),
    (1.3, "One two three"),
    (1.9, "One two three four."),
]


@pytest.mark.parametrize(("position_s", "text"), UNTIMED)
def test_without_word_times_the_letters_tell(position_s: float, text: str) -> None:
    assert reply(chunk(0, 2.0)).heard([FIRST], position_s) == text


def test_digits_take_longer_than_letters() -> None:
    spoken = reply(chunk(0, 2.0))
    assert spoken.heard(["In 1999 it rained."], 0.8) == "In"
    assert spoken.heard(["In ninx it rained."], 0.8) == "In ninx"


@pytest.mark.parametrize(
    ("text", "half"),
    [
        ("今日は天気がいい", "今日は天"),
        ("你好，世界你好", "你好，世"),
        ("ที่นี่ที่นี่", "ที่นี่"),
        ("か\u3099か\u3099か\u3099か\u3099", "か\u3099か\u3099"),
    ],
)
def test_scripts_without_spaces_are_cut_between_characters(text: str, half: str) -> None:
    assert reply(chunk(0, 2.0)).heard([text], 1.05) == half


def test_no_emoji_and_no_accented_letter_is_torn() -> None:
    text = "Cafe\u0301 👩‍👩‍👧‍👦👍🏽 été."
    spoken = reply(chunk(0, 2.0))
    heard = {spoken.heard([text], step / 50) for step in range(101)}
    assert heard <= {"", "Cafe\u0301", "Cafe\u0301 👩‍👩‍👧‍👦👍🏽", text}


def test_word_times_within_a_written_word_do_not_tear_it() -> None:
    words = (
        SpokenWord(offset=0, start_s=0.0),
        SpokenWord(offset=6, start_s=0.4),
        SpokenWord(offset=6, start_s=0.8),
        SpokenWord(offset=9, start_s=1.2),
    )
    spoken = reply(chunk(0, 2.0, words))
    heard = [spoken.heard(["voice-4200 rest"], step / 10) for step in range(21)]
    assert set(heard) == {"", "voice-4200", "voice-4200 rest"}


@pytest.mark.parametrize("offset", [-5, 2, 900])
def test_impossible_word_times_are_passed_over(offset: int) -> None:
    words = (
        SpokenWord(offset=4, start_s=1.0),
        SpokenWord(offset=offset, start_s=1.5),
        SpokenWord(offset=8, start_s=0.5),
        SpokenWord(offset=8, start_s=7.0),
    )
    assert reply(chunk(0, 2.0, words)).heard([FIRST], 0.9) == "One"
    assert reply(chunk(0, 2.0, words)).heard([FIRST], 2.0) == FIRST


def test_sentences_without_sound_are_heard_with_what_is_around_them() -> None:
    spoken = reply(chunk(0, 0.0), chunk(1, 1.0), chunk(2, 0.0), chunk(3, 1.0))
    sentences = ["👍", " One.", " 👍", " Two."]
    assert spoken.heard(sentences, 0.0) == ""
    assert spoken.heard(sentences, 1.02) == "👍 One. 👍"
    assert spoken.heard(sentences, 2.0) == "👍 One. 👍 Two."


def test_white_space_at_the_end_is_left_out() -> None:
    assert reply(chunk(0, 1.0)).heard(["One. \n"], 1.0) == "One."
    assert reply(chunk(0, 1.0)).heard(["One. \n"], 0.9) == "One."


def test_nothing_is_heard_of_what_has_no_sound_yet() -> None:
    assert SpokenReply().heard(BOTH, 5.0) == ""
    assert reply(chunk(0, 1.0)).heard(BOTH, 5.0) == FIRST
    assert reply(chunk(0, 1.0)).heard([], 5.0) == ""


# While a sentence's sound is still coming


def test_words_that_the_engine_has_not_told_of_were_not_heard() -> None:
    spoken = reply(chunk(0, 1.0, timed(FIRST, 0.5)[:2], is_last=False))
    assert spoken.heard([FIRST], 0.6) == "One"
    assert spoken.heard([FIRST], 1.0) == "One two"
    assert spoken.heard([FIRST], 9.0) == "One two"


def test_without_words_the_length_is_estimated_from_a_usual_pace() -> None:
    text = "word " * 30
    spoken = reply(chunk(0, 2.0, is_last=False))
    assert spoken.heard([text], 2.0) == " ".join(["word"] * 6)


def test_the_speed_asked_for_counts() -> None:
    text = "word " * 30
    spoken = reply(chunk(0, 2.0, is_last=False), speed=2.0)
    assert spoken.heard([text], 2.0) == " ".join(["word"] * 12)


def test_the_pace_of_the_sentences_before_counts() -> None:
    text = "word " * 60
    spoken = reply(chunk(0, 40.0), chunk(1, 4.0, is_last=False))
    slow = spoken.heard([text, text], 44.0).removeprefix(text)
    assert slow == " ".join(["word"] * 6)


def test_more_sound_than_estimated_is_believed() -> None:
    assert reply(chunk(0, 30.0, is_last=False)).heard([FIRST], 15.0) == "One two"


# Chunks


def test_chunks_count_in_any_order_and_once() -> None:
    words = timed(FIRST, 0.5)
    pieces = [
        chunk(0, 1.0, words[:2], is_last=False),
        chunk(0, 1.0, words[2:], index=1),
        chunk(1, 2.0, timed(SECOND, 0.5)),
    ]
    for order in itertools.permutations([*pieces, pieces[1]]):
        spoken = reply(*order)
        assert spoken.length_s == pytest.approx(4.0)
        assert spoken.heard(BOTH, 3.3) == FIRST + " Five six"


def test_sound_behind_a_gap_is_not_counted() -> None:
    spoken = reply(chunk(0, 1.0, is_last=False), chunk(0, 1.0, index=2), chunk(1, 3.0))
    assert spoken.length_s == pytest.approx(1.0)
    spoken.note(chunk(0, 1.0, index=1, is_last=False))
    assert spoken.length_s == pytest.approx(6.0)


def test_a_new_reply_has_no_length() -> None:
    assert SpokenReply().length_s == 0


# For any text and position

TEXTS = st.lists(
    st.text(st.sampled_from("ab1 .,\n今がé\u0301👍🏽ที่"), max_size=12), min_size=1, max_size=4
)


@given(TEXTS, st.lists(st.floats(0, 20), min_size=2, max_size=8), st.booleans(), st.booleans())
def test_more_sound_never_means_less_text(
    sentences: list[str], positions: list[float], is_timed: bool, is_whole: bool
) -> None:
    spoken = SpokenReply()
    for number, text in enumerate(sentences):
        words = timed(text, 0.1) if is_timed else ()
        is_last = is_whole or number < len(sentences) - 1
        spoken.note(chunk(number, len(words) * 0.1 + 0.2, words, is_last=is_last))
    whole = "".join(sentences)
    heard = [spoken.heard(sentences, position) for position in sorted(positions)]
    for less, more in itertools.pairwise(heard):
        assert whole.startswith(more)
        assert more.startswith(less)
        assert more == more.rstrip()
    if is_whole:
        assert spoken.heard(sentences, spoken.length_s + 0.001) == whole.rstrip()
