"""What sound means while nobody speaks, while somebody does, and over a reply."""

import msgspec
import pytest

from gateway.decisions import (
    AskHypothesis,
    Begin,
    CompareEcho,
    Decision,
    Finish,
    GoOn,
    Guess,
    PauseReply,
    ResumeReply,
)
from gateway.endpointing_settings import EndpointingSettings
from gateway.listening import Listening
from gateway.suspicion import Overheard
from gateway.turn_detection import TurnDetection
from shared.voice_stream import WINDOW_S

PROBABILITY = {"#": 0.9, ".": 0.02}
SETTINGS = EndpointingSettings(
    eager_pause_s=6 * WINDOW_S,
    wait_s=20 * WINDOW_S,
    hypothesis_every_s=40 * WINDOW_S,
    least_interruption_s=6 * WINDOW_S,
    brief_interruption_s=0,
    certain_interruption_s=30 * WINDOW_S,
)
"""Over a reply: held at the 6th window with speech, certain at the 30th."""
PLAYING = "Paris is the capital of France, and of fashion too."


class Ear:
    """Hears a script; decisions are noted with the number of windows heard when they were told."""

    def __init__(
        self,
        detection: TurnDetection | None = None,
        settings: EndpointingSettings = SETTINGS,
        *,
        is_audible: bool = False,
    ) -> None:
        self.listening = Listening(detection or TurnDetection(), settings)
        self.is_audible = is_audible
        self.likeness: float | None = 0.1
        self.compared_s = 0.0
        self.windows = 0
        self.told: list[str] = []

    @property
    def heard_s(self) -> float:
        return self.windows * WINDOW_S

    def hear(self, script: str) -> list[str]:
        before = len(self.told)
        for kind in script:
            self.windows += 1
            probabilities = (PROBABILITY[kind],)
            self.note(
                self.listening.listen(probabilities, self.heard_s, is_audible=self.is_audible)
            )
        return self.told[before:]

    def learn(self, text: str) -> list[str]:
        decisions = self.listening.learn(Overheard(text, PLAYING, "en"), self.heard_s)
        return [type(decision).__name__ for decision in decisions]

    def note(self, decisions: list[Decision]) -> None:
        """Whatever is asked to be compared sounds like nothing, unless a likeness was set."""
        told = [decision for decision in decisions if not isinstance(decision, CompareEcho)]
        self.told += [f"{shown(decision)} @{self.windows}" for decision in told]
        for decision in decisions:
            if isinstance(decision, CompareEcho):
                self.compared_s = decision.end_s
        if len(told) < len(decisions) and self.likeness is not None:
            self.note(self.compare(self.likeness, 1.0))

    def compare(self, likeness: float, heard_s: float) -> list[Decision]:
        """The answer to the last comparison asked for."""
        return self.listening.compare(likeness, heard_s, self.compared_s)


def shown(decision: Decision) -> str:
    match decision:
        case Begin(start_s=at_s) | Guess(speech_end_s=at_s) | Finish(speech_end_s=at_s):
            return f"{type(decision).__name__} {round(at_s / WINDOW_S)}"
        case _:
            return type(decision).__name__


ALONE = {
    "silence": ("." * 60, []),
    "a click": ("#" + "." * 60, []),
    "an utterance": ("..####" + "." * 20, ["Begin 2 @5", "Guess 6 @12", "Finish 6 @26"]),
    "a pause inside": (
        "####......####......",
        ["Begin 0 @3", "Guess 4 @10", "GoOn @12", "Guess 14 @20"],
    ),
    "long speech": ("#" * 45, ["Begin 0 @3", "AskHypothesis @40"]),
}


@pytest.mark.parametrize(("script", "expected"), ALONE.values(), ids=ALONE.keys())
def test_sound_while_no_reply_is_given_means_this(script: str, expected: list[str]) -> None:
    assert Ear().hear(script) == expected


OVER_A_REPLY = {
    "a click": ("##" + "." * 60, []),
    "too short to matter": ("####" + "." * 6, []),
    "speech": ("######", ["PauseReply @6", "AskHypothesis @6"]),
    "speech with a stop consonant in it": ("####.#", ["PauseReply @6", "AskHypothesis @6"]),
    "speech that ended before it was long enough": ("####..", []),
    "long speech": ("#" * 30, ["PauseReply @6", "AskHypothesis @6", "Begin 0 @30"]),
}


@pytest.mark.parametrize(("script", "expected"), OVER_A_REPLY.values(), ids=OVER_A_REPLY.keys())
def test_sound_over_a_reply_is_at_first_a_suspicion(script: str, expected: list[str]) -> None:
    assert Ear(is_audible=True).hear(script) == expected


WORDS = {
    "words": ("No, tell me about Spain", ["Begin"]),
    "nothing yet": ("", []),
    "a backchannel that may go on": ("Yeah", []),
    "an echo": ("the capital of France and", ["ResumeReply"]),
}


@pytest.mark.parametrize(("text", "expected"), WORDS.values(), ids=WORDS.keys())
def test_words_decide_about_a_suspicion_while_it_lasts(text: str, expected: list[str]) -> None:
    ear = Ear(is_audible=True)
    ear.hear("######")
    assert ear.learn(text) == expected


IN_A_PAUSE = {
    "words": ("No, tell me about Spain", ["Begin", "Guess"]),
    "nothing": ("", ["ResumeReply"]),
    "a backchannel": ("Yeah", ["ResumeReply"]),
    "an echo": ("the capital of France and", ["ResumeReply"]),
}


@pytest.mark.parametrize(("text", "expected"), IN_A_PAUSE.values(), ids=IN_A_PAUSE.keys())
def test_words_that_cover_all_of_it_settle_a_suspicion(text: str, expected: list[str]) -> None:
    ear = Ear(is_audible=True)
    ear.hear("######")
    ear.learn("")
    assert ear.hear("......") == ["AskHypothesis @12"]
    assert ear.learn(text) == expected
    assert ear.listening.is_busy == ("Begin" in expected)


def test_a_hypothesis_asked_for_before_the_pause_is_followed_by_one_of_all_at_once() -> None:
    ear = Ear(is_audible=True)
    ear.hear("######......")
    assert ear.learn("Yeah") == []
    assert ear.hear(".") == ["AskHypothesis @13"]


def test_words_after_the_end_begin_and_finish_an_utterance() -> None:
    ear = Ear(is_audible=True)
    ear.hear("######")
    ear.learn("")
    ear.hear("." * 20)
    assert ear.learn("Stop it") == ["Begin", "Finish"]
    assert not ear.listening.is_busy


def kinds(told: list[str]) -> list[str]:
    return [decision.split()[0] for decision in told]


def test_the_first_echo_holds_the_reply_until_its_sound_is_compared_and_later_ones_not() -> None:
    ear = Ear(is_audible=True)
    ear.likeness = 0.9
    assert ear.hear("#" * 60) == ["PauseReply @6", "ResumeReply @6"]
    assert ear.listening.has_echo


def test_over_an_echo_only_what_is_unlike_the_reply_holds_it() -> None:
    ear = Ear(is_audible=True)
    ear.likeness = 0.9
    ear.hear("#" * 30 + "." * 10)
    ear.likeness = 0.6
    assert "PauseReply" not in kinds(ear.hear("#" * 12))
    ear.likeness = 0.2
    ear.learn("")
    assert "PauseReply" in kinds(ear.hear("#" * 12))
    assert ear.learn("No, tell me about Spain") == ["Begin"]


def test_an_answer_right_behind_a_reply_is_heard_though_there_were_echoes() -> None:
    ear = Ear(is_audible=True)
    ear.likeness = 0.9
    ear.hear("#" * 30 + "." * 10)
    ear.likeness = None
    ear.hear("#" * 9 + "." * 10)
    ear.note(ear.compare(0.55, 0.3))
    decisions = ear.listening.learn(Overheard("Yes.", "", "en"), ear.heard_s)
    assert [type(decision) for decision in decisions] == [Begin, Guess]


def test_echoes_are_forgotten_after_as_many_other_sounds() -> None:
    ear = Ear(is_audible=True)
    ear.likeness = 0.9
    ear.hear("#" * 12)
    ear.likeness = 0.2
    ear.hear("." * 10 + "#" * 12)
    ear.learn("")
    ear.hear("#" * 12)
    assert not ear.listening.has_echo


def test_words_of_a_sound_that_was_dismissed_say_nothing_of_the_next() -> None:
    ear = Ear(is_audible=True)
    assert "AskHypothesis" in kinds(ear.hear("#" * 12))
    ear.listening.forget()
    ear.hear("#" * 12)
    assert ear.learn("No, tell me about Spain") == []


def test_speech_behind_a_pause_is_transcribed_too() -> None:
    ear = Ear(is_audible=True)
    ear.hear("######" + "." * 20 + "####")
    assert ear.learn("") == []
    assert "AskHypothesis" in kinds(ear.hear("#" * 10))


def test_a_comparison_of_another_sound_says_nothing() -> None:
    ear = Ear(is_audible=True)
    ear.likeness = None
    ear.hear("#" * 12)
    assert ear.listening.compare(0.95, 0.6, ear.compared_s - 1) == []


def test_speech_that_nobody_can_transcribe_ends_the_reply_when_it_lasts() -> None:
    ear = Ear(is_audible=True)
    told = []
    for _ in range(40):
        told += ear.hear("#")
        ear.note(ear.listening.fail(ear.heard_s))
    assert "Begin" in kinds(told)


def test_words_of_a_script_without_spaces_end_the_reply_before_a_pause() -> None:
    ear = Ear(is_audible=True)
    ear.hear("#" * 12)
    assert ear.learn("不要告诉我西班牙") == ["Begin"]


def test_a_comparison_that_does_not_come_is_not_waited_for() -> None:
    ear = Ear(is_audible=True)
    ear.likeness = None
    assert kinds(ear.hear("#" * 12)) == ["PauseReply"]
    assert "AskHypothesis" in kinds(ear.hear("#" * 12))
    assert ear.learn("No, tell me about Spain") == []
    assert "Begin" in kinds(ear.hear("#" * 20))


def test_words_wait_for_the_comparison_of_their_sound() -> None:
    ear = Ear(is_audible=True)
    ear.hear("#" * 12)
    ear.learn("")
    ear.likeness = None
    ear.hear("#" * 12)
    assert ear.learn("No, tell me about Spain") == []
    assert [shown(decision) for decision in ear.compare(0.2, 0.6)] == ["Begin 0"]


def test_a_suspicion_is_confirmed_when_the_reply_is_over() -> None:
    ear = Ear(is_audible=True)
    ear.hear("####")
    ear.is_audible = False
    assert ear.hear("#") == ["Begin 0 @5"]


def test_a_hypothesis_that_fails_after_the_end_lets_the_reply_go_on() -> None:
    ear = Ear(is_audible=True)
    ear.hear("######" + "." * 20)
    assert ear.listening.fail(ear.heard_s) == [ResumeReply()]
    assert not ear.listening.is_busy


def test_a_hypothesis_that_never_comes_is_not_waited_for() -> None:
    ear = Ear(is_audible=True)
    told = ear.hear("######" + "." * 200)
    assert told[-1].startswith("ResumeReply")
    assert not ear.listening.is_busy


def test_without_interruptions_speech_over_a_reply_is_an_utterance() -> None:
    ear = Ear(TurnDetection(interrupt_response=False), is_audible=True)
    assert ear.hear("####......") == ["Begin 0 @3", "Guess 4 @10"]


def test_hypotheses_of_an_utterance_are_asked_for_at_a_bounded_rate() -> None:
    ear = Ear()
    ear.hear("#" * 50)  # asked for at the 40th window, and come after ten more
    ear.learn("one")
    assert ear.hear("#" * 35) == ["AskHypothesis @81"]
    ear.hear("#" * 15)  # this one takes 19: three times as long pass until the next
    ear.learn("one two")
    assert ear.hear("#" * 70) == ["AskHypothesis @158"]


def test_what_is_understood_in_a_pause_may_end_the_utterance_at_once() -> None:
    ear = Ear()
    ear.hear("####" + "." * 12)
    decisions = ear.listening.understand("What is it?", "en", is_audible=False)
    assert [shown(decision) for decision in decisions] == ["Finish 4"]


def test_what_is_forgotten_gives_a_held_reply_back() -> None:
    ear = Ear(is_audible=True)
    ear.hear("######")
    assert ear.listening.forget() == [ResumeReply()]
    assert not ear.listening.is_busy
    assert ear.listening.forget() == []


def test_silence_that_passes_without_sound_ends_an_utterance() -> None:
    ear = Ear()
    ear.hear("####")
    decisions = ear.listening.pass_silence(9.0, is_audible=False)
    assert [type(decision) for decision in decisions] == [Guess, Finish]


def test_it_tells_which_sound_it_needs() -> None:
    ear = Ear(is_audible=True)
    assert ear.listening.keeps_from_s is None
    ear.hear("..######")
    assert ear.listening.keeps_from_s == pytest.approx(2 * WINDOW_S - 0.3)
    assert ear.listening.awaits_hypothesis
    assert ear.listening.ends_at_s is not None


def test_a_word_in_a_pause_of_a_suspicion_reopens_it() -> None:
    ear = Ear(is_audible=True)
    ear.hear("######")
    ear.learn("")
    assert ear.hear("......####") == ["AskHypothesis @12"]
    assert ear.learn("Yeah") == []  # it did not cover what follows
    assert {GoOn.__name__, PauseReply.__name__, AskHypothesis.__name__}.isdisjoint(ear.told[3:])


BRIEF = msgspec.structs.replace(SETTINGS, brief_interruption_s=12 * WINDOW_S)
"""Speech over a reply counts whatever it says from the 12th window on."""


def test_speech_over_a_reply_is_transcribed_once_it_is_not_brief_or_pauses() -> None:
    ear = Ear(settings=BRIEF, is_audible=True)
    assert ear.hear("#" * 12) == ["PauseReply @6", "AskHypothesis @12"]
    ear = Ear(settings=BRIEF, is_audible=True)
    assert ear.hear("########......") == ["PauseReply @6", "AskHypothesis @14"]


@pytest.mark.parametrize(
    ("text", "expected"), [("Riot.", ["ResumeReply"]), ("Wait!", ["Begin", "Guess"])]
)
def test_brief_speech_interrupts_only_by_words_that_take_the_floor(
    text: str, expected: list[str]
) -> None:
    ear = Ear(settings=BRIEF, is_audible=True)
    ear.hear("########......")
    assert ear.learn(text) == expected


def test_brief_words_behind_a_turn_that_was_just_over_go_on_with_it() -> None:
    ear = Ear(settings=BRIEF)
    ear.hear("####" + "." * 20)
    ear.is_audible = True
    ear.hear("########......")
    decisions = ear.listening.learn(Overheard("in Europe", PLAYING, "en"), ear.heard_s)
    assert decisions[0] == Begin(24 * WINDOW_S, goes_on=True)
