"""When a person has begun, paused, gone on and finished, window by window."""

from collections.abc import Sequence
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.endpointing import Began, Ended, Endpointing, Paused, Sign, WentOn
from gateway.endpointing_settings import EndpointingSettings
from gateway.turn_detection import TurnDetection
from shared.voice_stream import WINDOW_S

PROBABILITY = {"#": 0.9, "+": 0.4, "-": 0.25, ".": 0.02}
"""Windows of a script: speech, speech if there was speech before, doubtful, silence."""
SETTINGS = EndpointingSettings(eager_pause_s=0.192, wait_s=0.64)
"""Pauses are told at the 6th silent window, utterances without a transcript end at the 20th."""

SERVER_VAD = TurnDetection(mode="server_vad", silence_s=0.32)
Eagerness = Literal["low", "medium", "high", "auto"]


class Listener:
    """Hears a script; signs are noted with the windows they name, and when they were told."""

    def __init__(self, detection: TurnDetection | None = None) -> None:
        self.endpointing = Endpointing(detection or TurnDetection(), SETTINGS)
        self.windows = 0

    def hear(self, script: str) -> list[str]:
        """Each sign as "name window @ number of windows heard when it was told"."""
        told = []
        for kind in script:
            self.windows += 1
            signs = self.endpointing.hear(PROBABILITY[kind], self.windows * WINDOW_S)
            told += [f"{shown(sign)} @{self.windows}" for sign in signs]
        return told

    def be_silent_until(self, end_s: float) -> list[str]:
        """Each sign as "name window"."""
        return [shown(sign) for sign in self.endpointing.pass_silence(end_s)]


def time_of(sign: Sign) -> float:
    match sign:
        case Began(start_s=time_s) | WentOn(at_s=time_s):
            return time_s
        case Paused(speech_end_s=time_s) | Ended(speech_end_s=time_s):
            return time_s


def shown(sign: Sign) -> str:
    windows = time_of(sign) / WINDOW_S
    assert windows == pytest.approx(round(windows))
    return f"{type(sign).__name__} {round(windows)}"


SCRIPTS = {
    "silence": ("." * 100, []),
    "a click": ("..#" + "." * 100, []),
    "two clicks far apart": ("##....##" + "." * 50, []),
    "clicks that add up within a gap": ("##..#.", ["Began 0 @5"]),
    "speech": ("..###", ["Began 2 @5"]),
    "doubtful windows right before speech belong to it": ("..--###", ["Began 2 @7"]),
    "doubtful windows before silence do not": ("--.###", ["Began 3 @6"]),
    "but no more than two of them": ("-" * 20 + "###", ["Began 18 @23"]),
    "unsure windows begin nothing": ("+++++++", []),
    "unsure windows keep speech up": ("#++" + "+" * 50, ["Began 0 @3"]),
    "unsure windows after silence do not go on": ("###.+++++", ["Began 0 @3", "Paused 3 @9"]),
    "a short gap is no pause": ("###.....#.....#", ["Began 0 @3"]),
    "a pause is told once": ("####" + "." * 19, ["Began 0 @3", "Paused 4 @10"]),
    "the end": ("####" + "." * 20, ["Began 0 @3", "Paused 4 @10", "Ended 4 @24"]),
    "all is quiet afterwards": (
        "####" + "." * 100,
        ["Began 0 @3", "Paused 4 @10", "Ended 4 @24"],
    ),
    "speech again": (
        "####......####......",
        ["Began 0 @3", "Paused 4 @10", "WentOn 10 @12", "Paused 14 @20"],
    ),
    "a click in a pause": (
        "####......#" + "." * 13,
        ["Began 0 @3", "Paused 4 @10", "Ended 4 @24"],
    ),
    "a click when the wait is over": (
        "####" + "." * 19 + "#" + "." * 4,
        ["Began 0 @3", "Paused 4 @10", "Ended 4 @28"],
    ),
    "speech when the wait is over": (
        "####" + "." * 19 + "##.",
        ["Began 0 @3", "Paused 4 @10", "WentOn 23 @25"],
    ),
    "another utterance": (
        "####" + "." * 20 + "###",
        ["Began 0 @3", "Paused 4 @10", "Ended 4 @24", "Began 24 @27"],
    ),
}


@pytest.mark.parametrize(("script", "expected"), SCRIPTS.values(), ids=SCRIPTS.keys())
def test_speech_and_silence_give_these_signs(script: str, expected: list[str]) -> None:
    assert Listener().hear(script) == expected


def test_server_vad_waits_for_its_own_silence_whatever_was_said() -> None:
    listener = Listener(SERVER_VAD)
    assert listener.hear("####......") == ["Began 0 @3", "Paused 4 @10"]
    listener.endpointing.understand("I would like to, um,")
    assert listener.hear("....") == ["Ended 4 @14"]


def test_a_silence_shorter_than_the_eager_pause_ends_with_the_pause() -> None:
    listener = Listener(TurnDetection(mode="server_vad", silence_s=0.1))
    assert listener.hear("###....") == ["Began 0 @3", "Paused 3 @7", "Ended 3 @7"]


def test_even_a_wait_of_nothing_needs_a_silent_window() -> None:
    listener = Listener(TurnDetection(mode="server_vad", silence_s=0.0))
    assert listener.hear("#####.") == ["Began 0 @3", "Paused 5 @6", "Ended 5 @6"]


TRANSCRIPTS: dict[str, dict[Eagerness, float]] = {
    "What time is it?": {"high": 0.21, "medium": 0.35, "low": 0.56},
    "what time is it": {"high": 0.384, "medium": 0.64, "low": 1.024},
    "What time is it in the": {"high": 1.2, "medium": 2.0, "low": 3.2},
}
WAITS = [
    (text, eagerness, wait_s)
    for text, waits in TRANSCRIPTS.items()
    for eagerness, wait_s in waits.items()
]


@pytest.mark.parametrize(("text", "eagerness", "wait_s"), WAITS)
def test_the_wait_depends_on_what_was_said_and_on_eagerness(
    text: str, eagerness: Eagerness, wait_s: float
) -> None:
    listener = Listener(TurnDetection(eagerness=eagerness))
    listener.hear("###......")
    listener.endpointing.understand(text)
    assert listener.endpointing.ends_at_s == pytest.approx(3 * WINDOW_S + wait_s)


def test_auto_is_medium() -> None:
    ends = []
    for eagerness in ("auto", "medium"):
        listener = Listener(TurnDetection(eagerness=eagerness))
        listener.hear("###......")
        ends.append(listener.endpointing.ends_at_s)
    assert ends[0] == ends[1]


def test_a_wait_that_is_over_already_ends_the_utterance_with_the_next_window() -> None:
    listener = Listener()
    listener.hear("###" + "." * 12)
    listener.endpointing.understand("What time is it?")
    ends_at_s = listener.endpointing.ends_at_s
    assert ends_at_s is not None
    assert ends_at_s < listener.windows * WINDOW_S
    assert listener.hear("#") == ["Ended 3 @16"]


def test_a_wait_that_is_over_already_can_be_ended_at_once() -> None:
    listener = Listener()
    listener.hear("###" + "." * 12)
    listener.endpointing.understand("What time is it?")
    assert listener.be_silent_until(listener.windows * WINDOW_S) == ["Ended 3"]
    assert listener.hear("...") == []


def test_what_was_understood_is_forgotten_when_speech_goes_on() -> None:
    listener = Listener()
    listener.hear("###......")
    listener.endpointing.understand("Ask him to.")
    listener.hear("##")
    assert listener.endpointing.ends_at_s == pytest.approx(11 * WINDOW_S + SETTINGS.wait_s)


def test_a_click_does_not_make_it_forget_what_was_understood() -> None:
    listener = Listener()
    listener.hear("###......")
    listener.endpointing.understand("Ask him to.")
    listener.hear("#....")
    assert listener.endpointing.ends_at_s == pytest.approx(3 * WINDOW_S + 2.0)


def test_a_transcript_that_comes_before_the_pause_is_passed_over() -> None:
    listener = Listener()
    listener.hear("###.")
    before = listener.endpointing.ends_at_s
    listener.endpointing.understand("What time is it?")
    assert listener.endpointing.ends_at_s == before


def test_it_tells_the_state_of_the_utterance() -> None:
    listener = Listener()
    endpointing = listener.endpointing
    listener.hear("..##")
    assert not endpointing.is_speaking
    assert (endpointing.start_s, endpointing.ends_at_s) == (None, None)
    assert (endpointing.speech_s, endpointing.pause_s) == (0, 0)
    listener.hear("###..##....")
    assert endpointing.is_speaking
    assert endpointing.start_s == pytest.approx(2 * WINDOW_S)
    assert endpointing.ends_at_s == pytest.approx(11 * WINDOW_S + SETTINGS.wait_s)
    assert endpointing.speech_s == pytest.approx(7 * WINDOW_S)
    assert endpointing.pause_s == pytest.approx(4 * WINDOW_S)


def test_a_click_late_in_a_pause_defers_the_end_until_it_is_known_for_one() -> None:
    listener = Listener()
    listener.hear("####" + "." * 19 + "#")
    assert listener.endpointing.ends_at_s == pytest.approx(24 * WINDOW_S + 0.1)


def test_silence_passes_without_windows() -> None:
    listener = Listener()
    listener.hear("####.")
    assert listener.be_silent_until(0.3) == []
    assert listener.be_silent_until(0.33) == ["Paused 4"]
    assert listener.be_silent_until(9.0) == ["Ended 4"]
    assert listener.be_silent_until(99.0) == []


def test_a_long_silence_at_once_is_a_pause_and_the_end() -> None:
    listener = Listener()
    listener.hear("####")
    assert listener.be_silent_until(9.0) == ["Paused 4", "Ended 4"]


def test_windows_that_come_after_all_are_heard_where_they_are() -> None:
    listener = Listener()
    listener.hear("####")
    listener.endpointing.pass_silence(0.5)
    assert listener.hear("##") == ["WentOn 4 @6"]
    assert listener.hear("." * 19) == ["Paused 6 @12"]


def test_windows_left_out_are_silence() -> None:
    listener = Listener()
    listener.hear("####")
    listener.windows = 100
    assert listener.hear("###") == ["Paused 4 @101", "Ended 4 @101", "Began 100 @103"]


def test_what_is_reset_is_forgotten() -> None:
    listener = Listener()
    listener.hear("####......")
    listener.endpointing.reset()
    assert not listener.endpointing.is_speaking
    assert listener.hear("." * 50 + "##") == []
    listener.endpointing.reset()
    assert listener.hear("##") == []


def test_a_low_threshold_still_lets_speech_end() -> None:
    endpointing = Endpointing(TurnDetection(mode="server_vad", threshold=0.1), SETTINGS)
    for window in range(1, 10):
        endpointing.hear(0.5, window * WINDOW_S)
    for window in range(10, 40):
        endpointing.hear(0.001, window * WINDOW_S)
    assert not endpointing.is_speaking


Step = tuple[Literal["hear", "skip", "understand"], float, str]
STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(
        st.sampled_from(["hear"] * 12 + ["skip", "understand"]),
        st.one_of(st.sampled_from([0.0, 0.9]), st.floats(0, 1)),
        st.sampled_from(["Yes.", "yes and", "I mean", "What?"]),
    ),
    max_size=200,
)
DETECTIONS = st.builds(
    TurnDetection,
    mode=st.sampled_from(["server_vad", "semantic_vad"]),
    threshold=st.floats(0, 1),
    silence_s=st.floats(0, 2),
    eagerness=st.sampled_from(["low", "medium", "high", "auto"]),
)
NEXT: dict[type[Sign] | None, set[type[Sign]]] = {
    None: {Began},
    Began: {Paused},
    Paused: {WentOn, Ended},
    WentOn: {Paused},
    Ended: {Began},
}


def play(detection: TurnDetection, steps: Sequence[Step]) -> list[tuple[Sign, float]]:
    """Signs of any sequence of windows, silences and transcripts, and when they were told."""
    endpointing = Endpointing(detection, SETTINGS)
    now_s = 0.0
    told: list[tuple[Sign, float]] = []
    for kind, number, text in steps:
        signs: list[Sign] = []
        match kind:
            case "hear":
                now_s += WINDOW_S
                signs = endpointing.hear(number, now_s)
            case "skip":
                now_s += number
                signs = endpointing.pass_silence(now_s)
            case "understand":
                endpointing.understand(text)
        told += [(sign, now_s) for sign in signs]
    return told


@given(DETECTIONS, STEPS)
def test_signs_follow_one_another_as_they_must(
    detection: TurnDetection, steps: Sequence[Step]
) -> None:
    last: type[Sign] | None = None
    for sign, _ in play(detection, steps):
        assert type(sign) in NEXT[last]
        last = type(sign)


@given(DETECTIONS, STEPS)
def test_times_never_go_back_nor_lie_ahead(detection: TurnDetection, steps: Sequence[Step]) -> None:
    last_s = 0.0
    for sign, told_s in play(detection, steps):
        assert last_s <= time_of(sign) <= told_s
        last_s = time_of(sign)


@given(DETECTIONS, STEPS)
def test_nothing_ends_before_the_shortest_wait(
    detection: TurnDetection, steps: Sequence[Step]
) -> None:
    is_fixed = detection.mode == "server_vad"
    shortest_s = detection.silence_s if is_fixed else SETTINGS.shortest_wait_s
    for sign, told_s in play(detection, steps):
        assert not isinstance(sign, Ended) or told_s - time_of(sign) >= shortest_s - 0.002


@given(DETECTIONS, STEPS)
def test_what_goes_on_for_ever_in_silence_ends(
    detection: TurnDetection, steps: Sequence[Step]
) -> None:
    silence: Step = ("skip", 60.0, "")
    told = play(detection, [*steps, silence])
    assert not told or isinstance(told[-1][0], Ended)


@given(DETECTIONS, st.lists(st.floats(0, 1), max_size=100))
def test_the_state_fits_together_whatever_is_heard(
    detection: TurnDetection, probabilities: Sequence[float]
) -> None:
    endpointing = Endpointing(detection, SETTINGS)
    for window, probability in enumerate(probabilities, start=1):
        endpointing.hear(probability, window * WINDOW_S)
        heard_s = window * WINDOW_S
        assert 0 <= endpointing.speech_s <= heard_s + 0.001
        assert 0 <= endpointing.pause_s <= heard_s
        assert endpointing.is_speaking == (endpointing.start_s is not None)
        assert endpointing.ends_at_s is None or endpointing.ends_at_s >= heard_s - 0.001
