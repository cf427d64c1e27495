"""What fails in a conversation is told, or tried again; nobody waits in silence."""

from simulated_parties import Services, Sound
from simulated_questions import ANSWERED, COMPLETED, FRANCE, OFF, QUESTION, user
from simulation import Setup, World

from gateway.notices import Problem, ReplyFinished, SpeechStopped, TranscriptFailed


def test_a_guess_that_fails_is_tried_again_and_nobody_is_told() -> None:
    world = World(QUESTION, setup=Setup(services=Services(failing=("", "stt")))).run(10)
    assert world.shown == [*ANSWERED, COMPLETED]
    assert world.utterances == [FRANCE] * 2
    assert world.guesses == [False]
    # Without a transcript the turn ends after the wait for what may be finished or not.
    assert world.times(SpeechStopped)[0] < 2.4 + 0.9 + 0.1


def test_a_hypothesis_that_fails_does_no_harm() -> None:
    world = World(QUESTION, setup=Setup(services=Services(failing=("stt",)))).run(10)
    assert world.shown == [*ANSWERED, COMPLETED]


def test_an_utterance_that_nobody_can_transcribe_is_told() -> None:
    setup = Setup(services=Services(failing=("", "stt")), endpointing=OFF)
    world = World(QUESTION, setup=setup).run(10)
    assert world.told(TranscriptFailed)[0].code == "engine_failed"
    assert world.told(Problem)[0].code == "engine_failed"
    assert world.told(ReplyFinished)[0].status == "failed"
    assert world.remembered() == ()


def test_a_model_that_fails_is_told() -> None:
    world = World(QUESTION, setup=Setup(services=Services(failing=("", "llm")))).run(10)
    assert world.shown[-2:] == ["Problem engine_failed", "ReplyFinished failed engine_failed"]
    assert world.remembered() == (user(FRANCE),)


def test_a_reply_that_fails_while_it_is_held_is_not_held_any_more() -> None:
    services = Services(failing=("", "llm"), llm_s=1.0)
    world = World(QUESTION, Sound(3.3, 4.2), setup=Setup(services=services)).run(12)
    failed = ["Problem engine_failed", "ReplyFinished failed engine_failed"]
    assert world.shown[6:10] == ["ReplyPaused 2", *failed, "ReplyResumed 2"]
