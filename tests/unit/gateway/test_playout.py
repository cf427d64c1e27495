"""Order, repeats and pace of released audio."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talk import speech

from gateway.playout import RELEASE_STEP_S, Playout, Released
from shared.messages import SpeechChunk


def packets(released: list[Released]) -> list[str]:
    return [packet.decode() for piece in released for packet in piece.packets]


def playout(ahead_s: float = 1.0, most_packets: int = 1000) -> Playout:
    return Playout(ahead_s, most_packets)


def test_the_first_audio_is_released_at_once() -> None:
    player = playout()
    player.add(speech(1, 0, 0))
    assert packets(player.release(now=50.0)) == ["0.0.0", "0.0.1"]


def test_chunks_that_come_out_of_order_are_released_in_order() -> None:
    player = playout()
    player.add(speech(1, 1, 0, is_last=True))
    player.add(speech(1, 0, 1, is_last=True))
    assert player.release(now=0) == []
    assert player.next_release_at() is None
    player.add(speech(1, 0, 0))
    assert packets(player.release(now=0)) == ["0.0.0", "0.0.1", "0.1.0", "0.1.1", "1.0.0", "1.0.1"]


def test_repeated_chunks_are_heard_once() -> None:
    player = playout()
    for _ in range(2):
        player.add(speech(1, 0, 0))
        player.add(speech(1, 0, 1, is_last=True))
    first = packets(player.release(now=0))
    player.add(speech(1, 0, 0))
    assert packets(player.release(now=0)) == []
    assert first == ["0.0.0", "0.0.1", "0.1.0", "0.1.1"]


def test_audio_is_released_only_so_far_ahead_of_real_time() -> None:
    player = playout(ahead_s=0.2)
    player.add(speech(1, 0, 0, packets=100, is_last=True))
    assert len(packets(player.release(now=10.0))) == 10
    assert len(packets(player.release(now=10.0))) == 0
    assert len(packets(player.release(now=10.1))) == 5
    assert not player.is_done


def test_however_often_it_is_asked_it_releases_in_steps() -> None:
    player = playout(ahead_s=0.2)
    player.add(speech(1, 0, 0, packets=100, is_last=True))
    sizes = [len(packets(player.release(now=10 + at * 0.01))) for at in range(51)]
    assert [size for size in sizes if size] == [10, 5, 5, 5, 5, 5]


@pytest.mark.parametrize("ahead_s", [0.02, 0.05])
def test_a_client_that_is_given_little_in_advance_never_waits(ahead_s: float) -> None:
    player = playout(ahead_s)
    player.add(speech(1, 0, 0, packets=100, is_last=True))
    now, sent = 10.0, 0
    while sent < 100:
        sent += len(packets(player.release(now)))
        now = player.next_release_at() or now
        assert now < 10.001 + 0.02 * sent


def test_it_wants_to_be_woken_in_steps() -> None:
    player = playout(ahead_s=1.0)
    player.add(speech(1, 0, 0, packets=100, is_last=True))
    player.release(now=10.0)
    assert player.next_release_at() == pytest.approx(10.0 + RELEASE_STEP_S)


def test_a_client_that_has_run_dry_is_not_flooded_afterwards() -> None:
    player = playout(ahead_s=0.2)
    player.add(speech(1, 0, 0, packets=2))
    player.release(now=10.0)
    player.add(speech(1, 0, 1, packets=100))
    assert len(packets(player.release(now=20.0))) == 10


def test_the_first_packets_do_not_wait_for_a_step_behind_another_reply() -> None:
    player = playout(ahead_s=1.0)
    player.start_at(10.97)
    player.add(speech(1, 0, 0, packets=5, is_last=True))
    assert len(packets(player.release(now=10.0))) == 2


def test_what_was_played_is_kept_for_a_while() -> None:
    player = playout(ahead_s=1.0)
    player.add(speech(1, 0, 0, packets=500, is_last=True))
    for at in range(200):
        player.release(now=10 + at * 0.1)
    assert player.released_s == 10.0
    assert [packet.decode() for packet in player.between(9.96, 99.0)] == ["0.0.498", "0.0.499"]
    assert len(player.between(8.0, 9.0)) == 50
    assert player.between(0.0, 3.9) == ()


def test_packets_are_numbered_within_their_sentence() -> None:
    player = playout(ahead_s=0.04)
    player.add(speech(1, 0, 0, packets=3))
    player.add(speech(1, 0, 1, packets=1, is_last=True))
    player.add(speech(1, 1, 0, packets=1, is_last=True))
    released = list(itertools.chain.from_iterable(player.release(now) for now in (0, 0.04, 0.08)))
    numbers = [(piece.sentence, piece.first_packet, len(piece.packets)) for piece in released]
    assert numbers == [(0, 0, 2), (0, 2, 1), (0, 3, 1), (1, 0, 1)]
    assert [piece.is_last for piece in released] == [False, False, True, True]


def test_the_end_of_a_sentence_is_told_even_without_sound() -> None:
    player = playout()
    player.add(speech(1, 0, 0))
    player.release(now=0)
    player.add(speech(1, 0, 1, packets=0, is_last=True))
    assert player.release(now=0) == [Released(sentence=0, first_packet=2, packets=(), is_last=True)]


def test_a_chunk_without_sound_is_passed_over() -> None:
    player = playout()
    player.add(speech(1, 0, 0, packets=0))
    player.add(speech(1, 0, 1, packets=1, is_last=True))
    assert packets(player.release(now=0)) == ["0.1.0"]


def test_it_is_done_when_all_sentences_were_released() -> None:
    player = playout()
    player.add(speech(1, 0, 0, is_last=True))
    assert not player.has_all
    player.end(sentences=1)
    assert player.has_all
    assert not player.is_done
    player.release(now=0)
    assert player.is_done
    assert player.whole_sentences == 1


def test_a_reply_without_sentences_is_done() -> None:
    player = playout()
    player.end(sentences=0)
    assert player.is_done


def test_what_does_not_fit_is_refused_until_there_is_room() -> None:
    player = playout(ahead_s=0.04, most_packets=4)
    assert player.add(speech(1, 0, 0, packets=3))
    assert not player.add(speech(1, 0, 1, packets=2))
    player.release(now=0)
    assert player.add(speech(1, 0, 1, packets=2))


@given(
    order=st.permutations([speech(1, s, i, 3, is_last=i == 2) for s in range(3) for i in range(3)])
)
def test_whatever_the_order_of_arrival_all_is_heard_once_and_in_order(
    order: list[SpeechChunk],
) -> None:
    player = playout(ahead_s=0.1)
    player.end(sentences=3)
    heard: list[str] = []
    for tick, chunk in enumerate(order):
        player.add(chunk)
        heard += packets(player.release(now=tick * 0.02))
    now = 1.0
    while not player.is_done:
        now += 0.05
        heard += packets(player.release(now))
    assert heard == [f"{s}.{i}.{p}" for s in range(3) for i in range(3) for p in range(3)]


# Whole sentences


def by_sentence(ahead_s: float = 1.0) -> Playout:
    return Playout(ahead_s, 1000, by_sentence=True)


def test_a_sentence_is_released_when_all_of_it_is_there() -> None:
    player = by_sentence()
    player.add(speech(1, 0, 0))
    assert player.release(now=0) == []
    assert player.next_release_at() is None
    player.add(speech(1, 0, 1, is_last=True))
    assert player.next_release_at() is not None
    released = player.release(now=0)
    assert packets(released) == ["0.0.0", "0.0.1", "0.1.0", "0.1.1"]
    assert [piece.is_last for piece in released] == [False, True]


def test_a_sentence_is_released_whole_however_long_it_is() -> None:
    player = by_sentence(ahead_s=0.5)
    player.add(speech(1, 0, 0, packets=500, is_last=True))
    assert len(packets(player.release(now=0))) == 500


def test_the_next_sentence_waits_until_the_one_before_is_almost_over() -> None:
    player = by_sentence(ahead_s=1.0)
    player.add(speech(1, 0, 0, packets=150, is_last=True))
    player.add(speech(1, 1, 0, packets=100, is_last=True))
    player.end(2)
    assert len(packets(player.release(now=10.0))) == 150
    due_at = player.next_release_at()
    assert due_at is not None
    assert due_at == pytest.approx(12.0 + RELEASE_STEP_S)
    assert player.release(now=due_at - 0.01) == []
    assert len(packets(player.release(now=due_at))) == 100
    assert player.is_done
    assert player.played_s(now=14.0) == pytest.approx(4.0)


def test_short_sentences_are_released_together() -> None:
    player = by_sentence(ahead_s=1.0)
    for sentence in range(4):
        player.add(speech(1, sentence, 0, packets=20, is_last=True))
    assert len(packets(player.release(now=0))) == 60


def test_a_sentence_without_sound_holds_nothing_up() -> None:
    player = by_sentence()
    player.add(speech(1, 0, 0, packets=0, is_last=True))
    player.add(speech(1, 1, 0, is_last=True))
    assert packets(player.release(now=0)) == ["1.0.0", "1.0.1"]
