"""Whole conversations in virtual time: what is heard, shown, cancelled and remembered."""

import pytest
from simulated_parties import Services, Sound
from simulated_questions import (
    ANSWERED,
    COMPLETED,
    FRANCE,
    GERMANY,
    OFF,
    QUESTION,
    REPLY,
    assistant,
    user,
)
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
    ReplyStarted,
    SpeechStopped,
)
from gateway.settings import GatewaySettings
from gateway.turn_detection import TurnDetection
from shared.messages import ReplyOptions, UserTurn, Utterance

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


# What clients ask for


def test_text_typed_while_somebody_speaks_is_answered_with_it() -> None:
    world = World(QUESTION)
    world.at(1.5, ItemAdded(said=user("In one word.")))
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
    world.at(5.0, ItemAdded(said=user("And?")))
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
