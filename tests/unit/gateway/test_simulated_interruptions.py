"""Sound over a reply, and behind a turn that was taken to be over, in virtual time."""

import pytest
from simulated_parties import ANSWER, Services, Sound
from simulated_questions import (
    ANSWERED,
    COMPLETED,
    FRANCE,
    GERMANY,
    OFF,
    QUESTION,
    REPLY,
    asked_again,
    assistant,
    user,
)
from simulation import Setup, World

from gateway.events import ItemAdded, ReplyCancelled, ReplyRequested, SessionConfigured
from gateway.notices import (
    ItemWasDeleted,
    ReplyAudio,
    ReplyPaused,
    ReplyResumed,
    ReplyStarted,
    TranscriptKnown,
)
from gateway.turn_detection import TurnDetection
from shared.messages import ReplyOptions, Utterance


@pytest.mark.parametrize("text", ["", "Mhm.", "Yeah."], ids=["cough", "mhm", "yeah"])
def test_what_is_no_interruption_only_holds_the_reply(text: str) -> None:
    world = World(QUESTION, Sound(3.5, 3.85, text)).run(10)
    assert world.shown == [*ANSWERED, "ReplyPaused 2", "ReplyResumed 2", COMPLETED]
    assert world.listener.got == World(QUESTION).run(10).listener.got
    assert world.heard == [REPLY]
    assert world.cancelled == []
    assert world.remembered() == (user(FRANCE), assistant())


def test_a_short_backchannel_holds_the_reply_for_less_than_a_second() -> None:
    world = World(QUESTION, Sound(3.5, 3.85, "Mhm.")).run(10)
    assert world.times(ReplyResumed)[0] - world.times(ReplyPaused)[0] < 0.6


def test_a_click_does_not_even_hold_the_reply() -> None:
    world = World(QUESTION, Sound(3.5, 3.6)).run(10)
    assert world.shown == [*ANSWERED, COMPLETED]


def test_an_interruption_ends_the_reply_where_it_was_heard() -> None:
    world = World(QUESTION, Sound(3.6, 4.8, GERMANY)).run(12)
    assert world.shown == [
        *ANSWERED,
        "ReplyPaused 2",
        "ReplyFinished cancelled turn_detected Paris, of",
        *asked_again(3),
    ]
    assert world.heard == ["Paris, of", REPLY]
    assert world.times(ReplyPaused)[0] - 3.6 < 0.2 + 0.1
    interrupted = assistant("Paris, of", is_interrupted=True)
    assert world.published(Utterance)[-1].history == (user(FRANCE), interrupted)
    assert world.remembered() == (user(FRANCE), interrupted, user(GERMANY), assistant())


def test_an_interruption_stops_the_services_that_are_still_at_it() -> None:
    services = Services(answers={FRANCE: ANSWER * 5}, llm_s=0.5)
    world = World(QUESTION, Sound(4.0, 5.2, GERMANY), setup=Setup(services=services)).run(12)
    turn = world.told(ReplyAudio)[0].turn
    assert world.cancelled == [turn]


def test_an_interruption_after_everything_was_released_still_counts() -> None:
    world = World(QUESTION, Sound(4.9, 5.9, GERMANY)).run(12)
    assert world.shown == [
        *ANSWERED,
        COMPLETED,
        "ReplyPaused 2",
        "ItemWasTruncated 2 Paris, of course. You may",
        *asked_again(3),
    ]
    assert world.heard == ["Paris, of course. You may", REPLY]
    interrupted = assistant("Paris, of course. You may", is_interrupted=True)
    assert world.published(Utterance)[-1].history == (user(FRANCE), interrupted)


@pytest.mark.parametrize("reports", [False, True])
def test_a_client_that_truncates_as_well_says_the_same(reports: bool) -> None:
    setup = Setup(truncates=True, reports=reports)
    world = World(QUESTION, Sound(3.6, 4.8, GERMANY), setup=setup).run(12)
    assert "ItemWasTruncated 2 Paris, of" in world.shown
    assert world.published(Utterance)[-1].history[-1].text == "Paris, of"


def test_the_reply_that_comes_back_from_the_loudspeaker_does_not_interrupt_it() -> None:
    echoes = Sound(3.3, 4.1, "Paris, of course"), Sound(4.4, 5.1, "You may know it")
    world = World(QUESTION, *echoes, setup=Setup(likeness=(0.9,))).run(10)
    assert world.shown == [*ANSWERED, "ReplyPaused 2", "ReplyResumed 2", COMPLETED]
    assert world.times(ReplyResumed)[0] - world.times(ReplyPaused)[0] < 0.05
    assert world.heard == [REPLY]


def test_whoever_goes_on_within_a_second_had_not_finished() -> None:
    whole = f"{FRANCE} {GERMANY}"
    world = World(QUESTION, Sound(3.2, 4.2, GERMANY)).run(12)
    assert world.shown == [
        *ANSWERED,
        "ReplyPaused 2",
        "ReplyFinished cancelled turn_detected Paris,",
        "ItemWasDeleted 1",
        *asked_again(3, whole),
    ]
    assert world.utterances[-1] == whole
    heard = assistant("Paris,", is_interrupted=True)
    assert world.published(Utterance)[-1].history == (heard,)
    assert world.remembered() == (heard, user(whole), assistant())


def test_few_words_within_a_second_are_no_backchannel_misheard() -> None:
    world = World(QUESTION, Sound(3.1, 3.4, "in Europe")).run(12)
    assert user(f"{FRANCE} in Europe") in world.remembered()


def test_whoever_goes_on_before_anything_was_understood_is_transcribed_as_a_whole() -> None:
    vague, rest = Sound(1.0, 2.4, "it is for my sister"), Sound(3.36, 4.2, "in Paris")
    setup = Setup(services=Services(stt_s=0.8), endpointing=OFF)
    world = World(vague, rest, setup=setup).run(12)
    assert world.shown[:5] == [
        "SpeechStarted 1",
        "SpeechStopped 1",
        "InputWasCommitted 1",
        "ItemKnown 1",
        "ItemWasDeleted 1",
    ]
    assert len(world.told(ReplyStarted)) == 1
    assert world.remembered() == (user("it is for my sister in Paris"), assistant())


def test_a_fixed_silence_ends_an_utterance_for_good() -> None:
    setup = Setup(detection=TurnDetection(mode="server_vad", silence_s=0.5))
    world = World(QUESTION, Sound(3.2, 4.2, GERMANY), setup=setup).run(12)
    assert "ItemWasDeleted 1" not in world.shown


def test_what_was_typed_in_between_keeps_the_parts_of_an_utterance_apart() -> None:
    world = World(QUESTION, Sound(3.3, 4.2, GERMANY))
    world.at(2.9, ItemAdded(said=user("In one word.")))
    world.run(12)
    assert "ItemWasDeleted 1" not in world.shown


def test_whoever_goes_on_while_the_model_thinks_is_answered_to_all_of_it() -> None:
    setup = Setup(services=Services(llm_s=2.0))
    world = World(QUESTION, Sound(3.5, 4.5, GERMANY), setup=setup).run(14)
    assert world.heard == ["", REPLY]
    assert world.shown[6:8] == ["ReplyPaused 2", "ReplyFinished cancelled turn_detected"]
    assert world.shown[8:] == asked_again(3)
    assert world.cancelled == [2]
    assert world.remembered() == (user(FRANCE), user(GERMANY), assistant())


ANSWERS_AT_LENGTH = Services(answers={FRANCE: ANSWER * 12})


def test_sound_time_that_stands_still_brings_no_utterance_back() -> None:
    setup = Setup(services=ANSWERS_AT_LENGTH, muted=((2.85, 22.0),))
    world = World(QUESTION, Sound(22.1, 23.3, GERMANY), setup=setup).run(32)
    assert world.told(ItemWasDeleted) == []
    assert world.utterances[-1] == GERMANY


def test_what_was_asked_before_an_idle_reply_stands() -> None:
    detection = TurnDetection(idle_timeout_s=5.0)
    setup = Setup(services=ANSWERS_AT_LENGTH, detection=detection, muted=((2.85, 40.0),))
    world = World(QUESTION, Sound(40.1, 41.3, GERMANY), setup=setup).run(60)
    assert world.told(ItemWasDeleted) == []


def test_a_reply_to_what_was_typed_takes_no_question_back() -> None:
    world = World(QUESTION, Sound(3.3, 4.2, GERMANY))
    world.at(2.85, ReplyCancelled())
    world.at(2.86, ItemAdded(said=user("Spain?")))
    world.at(2.87, ReplyRequested())
    world.run(12)
    assert world.told(ItemWasDeleted) == []


def test_a_question_that_was_understood_outlives_a_change_of_the_session() -> None:
    world = World(QUESTION, Sound(3.2, 6.2, f"{GERMANY} Or Spain, or Italy, or Portugal?"))
    world.at(5.0, SessionConfigured(options=ReplyOptions(), turn_detection=None))
    world.run(12)
    assert world.told(ItemWasDeleted) != []
    assert world.told(TranscriptKnown)[-1].text.startswith(f"{FRANCE} No,")
    assert world.heard[-1] == REPLY


def test_whoever_goes_on_twice_is_heard_whole() -> None:
    first, second = Sound(1.0, 2.0, "What is it?"), Sound(2.7, 3.6, "Who was it?")
    world = World(first, second, Sound(4.5, 5.4, "Where is it?")).run(14)
    assert world.utterances[-1] == "What is it? Who was it? Where is it?"
    assert user("What is it? Who was it? Where is it?") in world.remembered()
