"""What goes wrong in a session, and what the client is told of it."""

import pytest
from talk import PACKET, Talk, speech

from gateway.events import AudioReceived, InputCleared, InputCommitted, ReplyCancelled
from gateway.notices import (
    InputWasCleared,
    Problem,
    ReplyFinished,
    ReplyStarted,
    TranscriptFailed,
    TranscriptKnown,
)
from gateway.settings import GatewaySettings
from shared.messages import ReplyOptions, Transcript, TurnCancelled, UserTurn, Utterance


@pytest.fixture
def talk() -> Talk:
    return Talk()


def test_a_failed_stage_fails_the_reply_and_stops_the_others(talk: Talk) -> None:
    talk.write()
    talk.sentence(1, 0, "One.")
    problem, finished = talk.failed(1)
    assert isinstance(problem, Problem)
    assert (problem.code, problem.message) == ("engine_failed", "why")
    assert isinstance(finished, ReplyFinished)
    assert (finished.status, finished.reason, finished.detail) == ("failed", "engine_failed", "why")
    assert [message.turn for message in talk.published(TurnCancelled)] == [1]


def test_a_failure_of_an_eager_turn_is_told_when_its_reply_is_asked_for(talk: Talk) -> None:
    talk.speak()
    talk.transcript(1, "Hello?")
    assert talk.failed(1) == []
    talk.failed(1, "another")
    assert [type(notice) for notice in talk.ask()] == [ReplyStarted, Problem, ReplyFinished]
    talk.ask()
    assert talk.published(UserTurn)[0].text == "Hello?"


def test_speech_that_cannot_be_transcribed_is_told(talk: Talk) -> None:
    talk.speak()
    (failed,) = talk.failed(1, "bad_audio")
    assert failed == TranscriptFailed(item=1, code="bad_audio", detail="why")


def test_a_reply_to_no_words_fails_without_an_error(talk: Talk) -> None:
    talk.speak()
    talk.ask()
    transcript, finished = talk.transcript(1, "")
    assert transcript == TranscriptKnown(item=1, text="", audio_s=0.1)
    assert isinstance(finished, ReplyFinished)
    assert (finished.status, finished.reason) == ("failed", "no_speech")
    assert talk.told(Problem) == []
    (started,) = talk.ask()
    assert isinstance(started, ReplyStarted)


def test_a_reply_asked_for_after_no_words_were_heard_fails_alike(talk: Talk) -> None:
    talk.speak()
    talk.transcript(1, "")
    _, finished = talk.ask()
    assert isinstance(finished, ReplyFinished)
    assert (finished.status, finished.reason) == ("failed", "no_speech")


def test_a_reply_with_its_own_instructions_to_no_words_fails(talk: Talk) -> None:
    talk.speak()
    talk.ask(ReplyOptions(instructions="Be brief."))
    _, finished = talk.transcript(1, "")
    assert isinstance(finished, ReplyFinished)
    assert (finished.status, finished.reason) == ("failed", "no_speech")
    assert talk.published(UserTurn) == []


def test_a_reply_with_its_own_instructions_to_lost_words_says_why(talk: Talk) -> None:
    talk.speak()
    talk.ask(ReplyOptions(instructions="Be brief."))
    finished = talk.failed(1, "bad_audio")[-1]
    assert isinstance(finished, ReplyFinished)
    assert (finished.status, finished.reason) == ("failed", "bad_audio")
    assert talk.published(UserTurn) == []


def test_a_reply_asked_for_again_while_no_words_are_heard_fails(talk: Talk) -> None:
    talk.speak()
    talk.ask()
    talk.hear(ReplyCancelled())
    talk.ask()
    finished = talk.transcript(1, "")[-1]
    assert isinstance(finished, ReplyFinished)
    assert (finished.status, finished.reason) == ("failed", "no_speech")


def test_a_repeated_transcript_is_told_once(talk: Talk) -> None:
    talk.speak()
    talk.transcript(1, "Hello?")
    assert talk.hear(Transcript(session="s", turn=1, text="Hello!")) == []


def test_more_audio_than_may_wait_fails_the_turn() -> None:
    talk = Talk(GatewaySettings(longest_reply_s=0.1))
    talk.speak()
    talk.transcript(1, "Hello?")
    talk.sentence(1, 0, "One.")
    talk.hear(speech(1, 0, 0, packets=6))
    talk.ask()
    assert talk.told(ReplyFinished)[0].reason == "reply_too_long"
    assert [message.turn for message in talk.published(TurnCancelled)] == [1]


def test_an_empty_commit_is_refused(talk: Talk) -> None:
    (problem,) = talk.hear(InputCommitted(event_id="e"))
    assert isinstance(problem, Problem)
    assert (problem.code, problem.event_id) == ("input_audio_buffer_commit_empty", "e")
    assert talk.messages == []


def test_cleared_speech_is_forgotten(talk: Talk) -> None:
    talk.hear(AudioReceived(packets=(PACKET,)))
    assert talk.hear(InputCleared()) == [InputWasCleared()]
    assert isinstance(talk.hear(InputCommitted())[0], Problem)


def test_an_utterance_that_is_too_long_is_told_once_and_kept_so_far() -> None:
    talk = Talk(GatewaySettings(longest_utterance_s=0.1))
    for _ in range(8):
        talk.hear(AudioReceived(packets=(PACKET,)))
    (problem,) = talk.told(Problem)
    assert problem.code == "input_audio_buffer_full"
    talk.hear(InputCommitted())
    assert len(talk.published(Utterance)[0].packets) == 5


def test_what_is_not_opus_is_refused_by_name(talk: Talk) -> None:
    (problem,) = talk.hear(AudioReceived(packets=(b"",), event_id="e"))
    assert isinstance(problem, Problem)
    assert (problem.code, problem.event_id) == ("invalid_audio", "e")
