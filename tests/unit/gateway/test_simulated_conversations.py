"""Whole conversations in virtual time: what is heard, shown, cancelled and remembered."""

import pytest
from simulated_parties import ANSWER, Services, Sound
from simulation import Setup, World

from gateway.endpointing_settings import EndpointingSettings
from gateway.events import (
    InputCleared,
    InputCommitted,
    ItemAdded,
    ReplyCancelled,
    ReplyRequested,
    SessionConfigured,
)
from gateway.idleness import IDLE_WORDS
from gateway.notices import (
    IdleNoticed,
    Problem,
    ReplyAudio,
    ReplyFinished,
    ReplyPaused,
    ReplyResumed,
    ReplyStarted,
    SpeechStopped,
)
from gateway.settings import GatewaySettings
from gateway.turn_detection import TurnDetection
from shared.messages import HistoryItem, ReplyOptions, UserTurn, Utterance

FRANCE = "What is the capital of France?"
QUESTION = Sound(1.0, 2.4, FRANCE)
GERMANY = "No, what about Germany?"
REPLY = "".join(ANSWER)
"""Sounds from 2.95 s to 5.67 s if nothing holds it; all is released at 4.69 s."""
ANSWERED = [
    "SpeechStarted 1",
    "SpeechStopped 1",
    "InputWasCommitted 1",
    "ItemKnown 1",
    f"TranscriptKnown 1 {FRANCE}",
    "ReplyStarted 2",
    *(f"ReplyText {text}" for text in ANSWER),
]
"""What is shown of a question and its reply before the reply is over."""
COMPLETED = f"ReplyFinished completed {REPLY}"
OFF = EndpointingSettings(eager="off")


def user(text: str) -> HistoryItem:
    return HistoryItem(role="user", text=text)


def assistant(text: str = REPLY, *, is_interrupted: bool = False) -> HistoryItem:
    return HistoryItem(role="assistant", text=text, is_interrupted=is_interrupted)


def asked_again(item: int, text: str = GERMANY) -> list[str]:
    """What is shown of a further question."""
    return [
        f"SpeechStarted {item}",
        f"SpeechStopped {item}",
        f"InputWasCommitted {item}",
        f"ItemKnown {item}",
        f"TranscriptKnown {item} {text}",
        f"ReplyStarted {item + 1}",
        *(f"ReplyText {text}" for text in ANSWER),
        COMPLETED,
    ]


# A question


def test_a_question_is_answered() -> None:
    world = World(QUESTION).run(10)
    assert world.shown == [*ANSWERED, COMPLETED]
    assert world.heard == [REPLY]
    assert world.cancelled == []
    assert world.remembered() == (user(FRANCE), assistant())


def test_a_pause_inside_makes_no_second_turn() -> None:
    world = World(Sound(1.0, 1.6, "What is the"), Sound(1.95, 2.8, "capital of France?")).run(10)
    assert world.shown == [*ANSWERED, COMPLETED]
    assert world.utterances == ["What is the", FRANCE]
    assert world.guesses == [False, True]
    assert world.cancelled == [1]
    assert world.remembered() == (user(FRANCE), assistant())


def test_nothing_of_a_guess_is_told_before_the_end() -> None:
    services = Services(stt_s=0.02, llm_s=0.02, tts_s=0.02)
    world = World(Sound(1.0, 2.4, "I went home and"), setup=Setup(services=services))
    assert world.run(4.4).shown == ["SpeechStarted 1"]
    assert world.heard == []
    assert world.utterances == ["I went home and"]


def test_what_a_right_guess_has_made_is_released_in_the_instant_of_the_end() -> None:
    services = Services(stt_s=0.02, llm_s=0.02, tts_s=0.02)
    setup = Setup(services=services, detection=TurnDetection(mode="server_vad"))
    world = World(QUESTION, setup=setup).run(10)
    assert world.times(ReplyAudio)[0] == world.times(SpeechStopped)[0]
    assert world.guesses == [True]
    assert len(world.published(Utterance)) == 2  # a hypothesis, and the guess


def test_without_eager_turns_the_work_begins_when_the_person_has_finished() -> None:
    world = World(QUESTION, setup=Setup(endpointing=OFF)).run(10)
    began = [time_s for time_s, job in world.messages if job == world.published(Utterance)[-1]]
    assert began == [pytest.approx(world.times(SpeechStopped)[0], abs=0.001)]
    assert world.guesses == []
    assert world.heard == [REPLY]


@pytest.mark.parametrize(("has_room", "guesses"), [(True, [True]), (False, [])])
def test_auto_guesses_only_while_there_is_room(has_room: bool, guesses: list[bool]) -> None:
    setup = Setup(endpointing=EndpointingSettings(eager="auto"), has_room=(has_room,))
    world = World(QUESTION, setup=setup).run(10)
    assert world.guesses == guesses
    assert world.heard == [REPLY]


def test_speech_without_words_is_not_answered() -> None:
    world = World(Sound(1.0, 1.6)).run(10)
    assert world.shown[-1] == "TranscriptKnown 1"
    assert world.told(ReplyStarted) == []
    assert world.remembered() == ()


WAITS = {
    "server_vad": (FRANCE, TurnDetection(mode="server_vad", silence_s=0.5), 0.5),
    "server_vad, unfinished": ("I went to", TurnDetection(mode="server_vad", silence_s=0.9), 0.9),
    "finished": (FRANCE, TurnDetection(), 0.35),
    "finished, low": (FRANCE, TurnDetection(eagerness="low"), 0.56),
    "open": ("tell me what it is", TurnDetection(), 0.9),
    "open, high": ("tell me what it is", TurnDetection(eagerness="high"), 0.54),
    "unfinished": ("I would like to", TurnDetection(), 2.0),
    "unfinished, high": ("I would like to", TurnDetection(eagerness="high"), 1.2),
}


SECOND_OPINION = EndpointingSettings(eager="on", turn_model="smart_turn")
OPINIONS = {
    "finished by its words and its sound": (FRANCE, 0.9, 0.35),
    "finished by its words alone": (FRANCE, 0.1, 0.9),
    "open, and finished by its sound": ("it is for my sister", 0.9, 0.35),
    "open, and unfinished by its sound": ("it is for my sister", 0.1, 2.0),
    "unfinished by its words alone": ("I would like to", 0.9, 0.9),
    "unfinished by its words and its sound": ("I would like to", 0.1, 2.0),
}


@pytest.mark.parametrize(("text", "probability", "wait_s"), OPINIONS.values(), ids=OPINIONS)
def test_the_sound_of_a_pause_makes_the_wait_a_step_shorter_or_longer(
    text: str, probability: float, wait_s: float
) -> None:
    setup = Setup(
        services=Services(stt_s=0.01),
        endpointing=SECOND_OPINION,
        sounds_finished=(probability,),
        turn_model_s=0.01,
    )
    world = World(Sound(1.0, 2.4, text), setup=setup).run(6)
    assert 2.4 + wait_s <= world.times(SpeechStopped)[0] <= 2.4 + wait_s + 0.032 + 0.02 + 0.011


def test_a_verdict_on_an_earlier_pause_ends_nothing() -> None:
    # The first pause is judged when the second has begun; the verdict on that comes much later.
    setup = Setup(endpointing=SECOND_OPINION, sounds_finished=(0.9,), turn_model_s=0.9)
    first, second = Sound(1.0, 2.0, "it is for my sister"), Sound(2.4, 2.7, "in Paris")
    world = World(first, second, setup=setup).run(6)
    assert world.times(SpeechStopped)[0] >= 2.7 + 0.9


def test_a_fixed_silence_is_not_judged() -> None:
    vad = TurnDetection(mode="server_vad", silence_s=0.5)
    setup = Setup(endpointing=SECOND_OPINION, detection=vad)
    assert World(Sound(1.0, 2.4, FRANCE), setup=setup).run(6).times(SpeechStopped)


@pytest.mark.parametrize(("text", "detection", "wait_s"), WAITS.values(), ids=WAITS.keys())
def test_the_wait_after_the_last_word_is_as_documented(
    text: str, detection: TurnDetection, wait_s: float
) -> None:
    setup = Setup(services=Services(stt_s=0.01), detection=detection)
    world = World(Sound(1.0, 2.4, text), setup=setup).run(6)
    # Up to one window, one packet and the detector's own time come on top.
    assert 2.4 + wait_s <= world.times(SpeechStopped)[0] <= 2.4 + wait_s + 0.032 + 0.02 + 0.011


# Sound over a reply


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
    world.at(2.9, ItemAdded(role="user", text="In one word."))
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


# What clients ask for


def test_text_typed_while_somebody_speaks_is_answered_with_it() -> None:
    world = World(QUESTION)
    world.at(1.5, ItemAdded(role="user", text="In one word."))
    world.run(10)
    assert world.shown[:2] == ["SpeechStarted 1", "ItemKnown 2 In one word."]
    assert world.heard == [REPLY]
    answered = world.published(UserTurn)[-1]
    assert (answered.history, answered.text) == ((user(FRANCE),), "In one word.")
    assert len(world.told(ReplyStarted)) == 1


def test_a_reply_to_the_first_words_cannot_begin_while_they_are_being_said() -> None:
    world = World(QUESTION)
    world.at(1.5, ReplyRequested())
    world.run(10)
    assert world.shown[1] == "Problem conversation_empty"
    assert world.heard == [REPLY]


def test_a_reply_asked_for_in_a_pause_waits_for_the_end() -> None:
    world = World(Sound(1.0, 2.4, "I would like to"))
    world.at(3.0, ReplyRequested())
    assert world.run(4.3).told(ReplyAudio) == []
    assert world.run(12).heard == [REPLY]


@pytest.mark.parametrize("stt_s", [0.5, 1.5], ids=["during", "after"])
def test_a_question_is_answered_though_a_cough_follows_before_its_words_are_known(
    stt_s: float,
) -> None:
    setup = Setup(services=Services(stt_s=stt_s), endpointing=OFF)
    world = World(QUESTION, Sound(3.3, 3.6), setup=setup).run(14)
    assert world.heard == [REPLY]
    assert world.remembered() == (user(FRANCE), assistant())


def test_a_cancelled_reply_keeps_what_was_heard() -> None:
    world = World(QUESTION)
    world.at(4.0, ReplyCancelled())
    world.run(10)
    assert world.shown == [*ANSWERED, "ReplyFinished cancelled client_cancelled Paris, of"]
    assert world.heard == ["Paris, of"]
    assert world.remembered() == (user(FRANCE), assistant("Paris, of", is_interrupted=True))


def test_a_client_that_does_not_wish_replies_gets_none_before_it_asks() -> None:
    world = World(QUESTION, setup=Setup(detection=TurnDetection(create_response=False))).run(6)
    assert world.shown == ANSWERED[:5]
    assert world.published(UserTurn) == []
    world.hear(ReplyRequested())
    assert world.run(12).heard == [REPLY]


def test_a_client_that_does_not_wish_interruptions_hears_both_replies() -> None:
    setup = Setup(detection=TurnDetection(interrupt_response=False))
    world = World(QUESTION, Sound(3.5, 4.5, GERMANY), setup=setup).run(14)
    assert world.told(ReplyPaused) == []
    assert world.heard == [REPLY, REPLY]
    assert [reply.status for reply in world.told(ReplyFinished)] == ["completed"] * 2
    assert world.remembered() == (user(FRANCE), assistant(), user(GERMANY), assistant())


def test_a_reply_that_waits_for_the_sound_of_another_is_cut_where_it_was_heard() -> None:
    world = World(QUESTION, Sound(6.3, 7.3, GERMANY))
    world.at(5.0, ItemAdded(role="user", text="And?"))
    world.at(5.0, ReplyRequested())
    world.run(14)
    cut = [reply for reply in world.told(ReplyFinished) if reply.status == "cancelled"]
    assert [reply.text for reply in cut] == [world.heard[1]]
    assert world.heard[0] == REPLY


def test_into_silence_the_assistant_speaks_at_most_twice() -> None:
    detection = TurnDetection(mode="server_vad", idle_timeout_s=5.0)
    world = World(QUESTION, setup=Setup(detection=detection)).run(60)
    assert len(world.told(IdleNoticed)) == 2
    assert world.heard == [REPLY] * 3
    assert world.times(IdleNoticed)[0] == pytest.approx(5.67 + 5.0, abs=0.1)
    assert world.remembered() == (user(FRANCE), assistant(), *(user(IDLE_WORDS), assistant()) * 2)


def test_a_client_that_sends_nothing_while_it_listens_is_spoken_to_all_the_same() -> None:
    detection = TurnDetection(mode="server_vad", idle_timeout_s=5.0)
    world = World(QUESTION, setup=Setup(detection=detection, muted=((3.2, 99.0),))).run(60)
    assert world.heard == [REPLY] * 3
    assert not world.conversation.is_speaking


def test_a_client_that_stops_sending_ends_the_utterance() -> None:
    world = World(QUESTION, setup=Setup(muted=((2.0, 99.0),))).run(10)
    assert world.utterances == ["What is the capital"]
    assert world.times(SpeechStopped)[0] < 2.0 + 0.9 + 0.2
    assert world.heard == [REPLY]


def test_a_client_that_sends_again_is_heard_where_it_is() -> None:
    later = Sound(12.0, 13.2, GERMANY)
    world = World(QUESTION, later, setup=Setup(muted=((2.0, 11.0),))).run(20)
    assert world.utterances == ["What is the capital", GERMANY]
    assert world.heard == [REPLY, REPLY]


def test_cleared_speech_is_forgotten_and_the_rest_is_an_utterance() -> None:
    world = World(QUESTION)
    world.at(1.8, InputCleared())
    world.run(10)
    assert world.shown[:3] == ["SpeechStarted 1", "InputWasCleared", "SpeechStarted 2"]
    assert world.utterances == ["capital of France?"]
    assert world.remembered() == (user("capital of France?"), assistant())


def test_speech_that_is_too_long_ends_there_and_the_rest_is_not_lost() -> None:
    speech = Sound(1.0, 4.0, "one two three four five six")
    setup = Setup(settings=GatewaySettings(longest_utterance_s=2.0))
    world = World(speech, setup=setup).run(12)
    assert world.utterances == ["one two three", "four five six"]
    assert world.heard[-1] == REPLY
    assert world.told(Problem) == []


def test_listening_can_be_given_up_in_mid_utterance() -> None:
    world = World(QUESTION)
    world.at(1.8, SessionConfigured(options=ReplyOptions(), turn_detection=None))
    world.run(6)
    assert world.shown == ["SpeechStarted 1", "SessionWasConfigured"]
    assert world.published(Utterance) == []
    world.hear(InputCommitted())
    world.hear(ReplyRequested())
    assert world.run(12).heard == [REPLY]
    assert world.utterances == ["capital of France?"]
