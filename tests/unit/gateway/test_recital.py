"""A text read aloud: what is given out when, and in which order its sound is played."""

import random

import pytest

from gateway.endpoints.recital import AHEAD, Recital
from shared.messages import SpeechChunk

PIECES = [f"Sentence {number}." for number in range(AHEAD + 3)]


def chunk(sentence: int, index: int = 0, *, is_last: bool = True) -> SpeechChunk:
    packets = (f"{sentence}.{index}".encode(),)
    return SpeechChunk(
        session="s", turn=1, sentence=sentence, index=index, packets=packets, is_last=is_last
    )


def places(recital: Recital, given: SpeechChunk) -> list[tuple[int, int]]:
    return [(played.sentence, played.index) for played in recital.add(given)]


def test_a_few_sentences_are_given_out_at_first() -> None:
    assert list(Recital(PIECES).due()) == list(enumerate(PIECES))[:AHEAD]


def test_a_short_text_is_given_out_whole() -> None:
    assert list(Recital(["One."]).due()) == [(0, "One.")]


def test_another_sentence_is_given_out_when_one_was_played() -> None:
    recital = Recital(PIECES)
    assert len(list(recital.due())) == AHEAD
    assert list(recital.due()) == []
    assert places(recital, chunk(1)) == []
    assert list(recital.due()) == []
    assert places(recital, chunk(0)) == [(0, 0), (1, 0)]
    assert [index for index, _ in recital.due()] == [AHEAD, AHEAD + 1]


def test_repeats_are_dropped() -> None:
    recital = Recital(PIECES)
    list(recital.due())
    first = chunk(0, is_last=False)
    assert places(recital, first) == [(0, 0)]
    assert places(recital, first) == []
    assert places(recital, chunk(0, 1)) == [(0, 1)]
    assert places(recital, first) == []


def test_sound_of_a_sentence_that_was_never_given_out_is_dropped() -> None:
    recital = Recital(PIECES)
    list(recital.due())
    assert places(recital, chunk(AHEAD)) == []
    for sentence in range(AHEAD):
        places(recital, chunk(sentence))
    list(recital.due())
    assert not recital.is_done
    assert places(recital, chunk(AHEAD)) == [(AHEAD, 0)]


@pytest.mark.parametrize("seed", range(20))
def test_chunks_in_any_order_are_played_in_theirs(seed: int) -> None:
    recital, chance = Recital(PIECES), random.Random(seed)
    on_the_way: list[SpeechChunk] = []
    played: list[tuple[int, int]] = []
    while not recital.is_done:
        for index, _ in recital.due():
            on_the_way += [chunk(index, 0, is_last=False), chunk(index, 1)]
        played += places(recital, on_the_way.pop(chance.randrange(len(on_the_way))))
    assert played == [(sentence, index) for sentence in range(len(PIECES)) for index in (0, 1)]
