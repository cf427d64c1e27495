"""What words said over a reply come to."""

import pytest

from gateway.suspicion import Overheard, meaning

PLAYING = "Paris is the capital of France, and of fashion too."

IN_A_PAUSE = {
    "nothing": ("", "nothing", "nothing"),
    "a backchannel": ("Yeah.", "nothing", "nothing"),
    "an echo": ("the capital of France and", "echo", "echo"),
    "a backchannel misheard": ("Riot.", "nothing", "words"),
    "a refusal": ("No.", "words", "words"),
    "a question": ("What?", "words", "words"),
    "words": ("My sister lives there", "nothing", "words"),
}
"""Text, what it means if the speech was brief, and if it was not."""


@pytest.mark.parametrize(("text", "brief", "longer"), IN_A_PAUSE.values(), ids=IN_A_PAUSE)
def test_what_is_said_before_a_pause_means_this(text: str, brief: str, longer: str) -> None:
    heard = Overheard(text, PLAYING, "en")
    assert meaning(heard, covers_all=True, is_brief=True) == brief
    assert meaning(heard, covers_all=True, is_brief=False) == longer


GOING_ON = {
    "words": ("My sister lives there too", "words"),
    "few words": ("My sister lives", "nothing"),
    "a loop of a short sound": ("Though can't, though can't", "nothing"),
    "a longer loop": ("No, no, no, no, no", "nothing"),
    "a backchannel": ("Okay, okay, okay, okay,", "nothing"),
    "an echo": ("the capital of France and", "echo"),
}


@pytest.mark.parametrize(("text", "expected"), GOING_ON.values(), ids=GOING_ON)
def test_what_is_being_said_means_this(text: str, expected: str) -> None:
    heard = Overheard(text, PLAYING, "en")
    assert meaning(heard, covers_all=False, is_brief=False) == expected


def test_whatever_is_said_when_the_reply_is_over_counts() -> None:
    assert meaning(Overheard("Yeah.", "", "en"), covers_all=True, is_brief=True) == "words"


def test_whatever_is_said_when_the_reply_has_asked_answers_it() -> None:
    heard = Overheard("Coffee.", "Would you like tea or coffee, or none?", "en", is_asked_for=True)
    assert meaning(heard, covers_all=True, is_brief=True) == "echo"
    yes = Overheard("Yes.", "Would you like tea?", "en", is_asked_for=True)
    assert meaning(yes, covers_all=True, is_brief=True) == "words"
