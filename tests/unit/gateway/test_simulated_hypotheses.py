"""Hypotheses of speech that goes on: how often they are asked for, and what is shown of them."""

from itertools import pairwise

from simulated_parties import Services, Sound
from simulation import Setup, World

from gateway.notices import HypothesisKnown
from shared.messages import Utterance

LONG = Sound(1.0, 9.0, " ".join(f"w{place}" for place in range(20)))


def test_hypotheses_come_at_a_bounded_rate_that_falls_with_their_cost() -> None:
    quick = World(LONG, setup=Setup(services=Services(stt_s=0.1))).run(9)
    slow = World(LONG, setup=Setup(services=Services(stt_s=0.5))).run(9)
    assert len(quick.published(Utterance)) == 7
    assert len(slow.published(Utterance)) == 4


def test_without_room_there_are_no_hypotheses() -> None:
    world = World(LONG, setup=Setup(has_room=(False,))).run(9)
    assert world.published(Utterance) == []
    assert world.told(HypothesisKnown) == []


def test_the_stable_words_are_never_taken_back() -> None:
    world = World(LONG).run(9)
    deltas = [notice.delta for notice in world.told(HypothesisKnown)]
    assert LONG.text.startswith("".join(deltas))
    assert len("".join(deltas)) > len(LONG.text) / 2


def test_hypotheses_go_on_after_a_guess_that_has_made_one_stale() -> None:
    first, rest = Sound(1.0, 2.2, "one two three four"), Sound(2.5, 8.0, "five six seven eight")
    world = World(first, rest, setup=Setup(services=Services(stt_s=0.6))).run(7.5)
    times = world.times(HypothesisKnown)
    assert len(times) >= 2
    assert max(after - before for before, after in pairwise(times)) < 2.6
