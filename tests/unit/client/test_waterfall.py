"""Bars of a turn's latency."""

import itertools

import pytest

from client.waterfall import bars, draw

SPOKEN = {
    "stt_queue_s": 0.001,
    "stt_work_s": 0.1,
    "llm_queue_s": 0.001,
    "llm_first_token_s": 0.03,
    "llm_first_sentence_s": 0.08,
    "tts_queue_s": 0.001,
    "tts_first_chunk_s": 0.002,
    "response_time_s": 0.2,
    "reply_s": 2.5,
}


def test_each_stage_begins_where_the_one_before_ended() -> None:
    drawn = bars(SPOKEN)
    for before, after in itertools.pairwise(drawn):
        assert after.start_s == pytest.approx(before.start_s + before.length_s)


def test_the_bars_add_up_to_the_response_time() -> None:
    assert sum(bar.length_s for bar in bars(SPOKEN)) == pytest.approx(0.2)


def test_the_first_sentence_does_not_count_the_first_token_again() -> None:
    lengths = {bar.label: bar.length_s for bar in bars(SPOKEN)}
    assert lengths["llm: first sentence"] == pytest.approx(0.05)


def test_a_typed_turn_has_no_bars_of_speech_to_text() -> None:
    typed = {name: value for name, value in SPOKEN.items() if not name.startswith("stt")}
    assert not any("stt" in bar.label or "speech" in bar.label for bar in bars(typed))


def test_a_stage_that_was_measured_longer_than_the_whole_is_drawn_all_the_same() -> None:
    assert bars({"stt_work_s": 0.3, "response_time_s": 0.2})[-1].length_s == 0.3


def test_nothing_known_is_nothing_drawn() -> None:
    assert draw({}, 80) == ""


@pytest.mark.parametrize("is_plain", [True, False], ids=["ascii", "blocks"])
@pytest.mark.parametrize("width", [20, 72, 100, 200])
def test_no_line_is_wider_than_the_terminal(width: int, is_plain: bool) -> None:
    lines = draw(SPOKEN, width, is_plain=is_plain).splitlines()
    assert max(map(len, lines)) <= max(width, 48)


def test_plain_bars_are_ascii() -> None:
    assert draw(SPOKEN, 80, is_plain=True).isascii()


@pytest.mark.parametrize("is_plain", [True, False], ids=["ascii", "blocks"])
def test_the_shortest_stage_still_has_a_mark(is_plain: bool) -> None:
    first = draw(SPOKEN, 80, is_plain=is_plain).splitlines()[0]
    label_and_bar = first.rstrip("0123456789. ms")
    assert label_and_bar != "  waiting for stt"


def test_the_totals_stand_below_in_milliseconds() -> None:
    assert draw(SPOKEN, 80).splitlines()[-2:] == [
        "  first answer after: 200 ms",
        "  whole answer after: 2500 ms",
    ]


def test_a_turn_that_took_no_time_can_be_drawn() -> None:
    assert "0.0 ms" in draw({"stt_work_s": 0.0}, 80)
