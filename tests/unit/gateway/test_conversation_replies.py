"""Replies of one session: to typed text, one at a time, in their time."""

import pytest
from talk import BROKER_AHEAD_S, WRITTEN, Talk, said

from gateway.events import (
    ClientLeft,
    ItemAdded,
    OutputCleared,
    ReplyCancelled,
    ReplyRequested,
    SessionConfigured,
    Tick,
)
from gateway.items import Item
from gateway.notices import (
    ItemKnown,
    ItemWasTruncated,
    Problem,
    ReplyAudio,
    ReplyFinished,
    ReplyStarted,
    ReplyText,
    TranscriptFailed,
    TranscriptKnown,
)
from gateway.settings import GatewaySettings
from gateway.turns import OPENING_WORDS
from shared.messages import (
    HistoryItem,
    ReplyEnded,
    ReplyOptions,
    SessionEnded,
    TurnCancelled,
    UserTurn,
    Utterance,
)


@pytest.fixture
def talk() -> Talk:
    return Talk()


# Typed text


def test_typed_text_is_a_turn_of_its_own(talk: Talk) -> None:
    talk.hear(ItemAdded(said=said("system", "Be kind.")))
    told = talk.hear(ItemAdded(said=said("user", "Hi.")))
    assert told == [ItemKnown(item=Item(number=2, said=said("user", "Hi.")), previous=1)]
    talk.ask()
    (turn,) = talk.published(UserTurn)
    assert (turn.turn, turn.text, turn.history) == (1, "Hi.", (said("system", "Be kind."),))
    assert turn.deadline_s == talk.now + BROKER_AHEAD_S + 30


@pytest.mark.parametrize("instructions", ["", "Greet."])
def test_the_assistant_may_be_asked_to_begin(talk: Talk, instructions: str) -> None:
    talk.hear(ItemAdded(said=said("system", "Be kind.")))
    talk.ask(ReplyOptions(instructions=instructions))
    (turn,) = talk.published(UserTurn)
    assert (turn.text, turn.history) == (OPENING_WORDS, (said("system", "Be kind."),))
    assert turn.options.instructions == instructions


def test_a_reply_may_answer_something_else_than_the_conversation(talk: Talk) -> None:
    talk.write("Hi.")
    talk.answer(1)
    context = (said("system", "Rhyme."), 1)
    talk.hear(ReplyRequested(context=context, metadata={"a": "b"}))
    turn = talk.published(UserTurn)[-1]
    assert (turn.text, turn.history) == ("Hi.", (said("system", "Rhyme."),))
    assert talk.told(ReplyStarted)[-1].metadata == {"a": "b"}


def test_a_reply_cannot_answer_an_item_that_does_not_stand(talk: Talk) -> None:
    (problem,) = talk.hear(ReplyRequested(context=(3,), event_id="e"))
    assert isinstance(problem, Problem)
    assert (problem.code, problem.param, problem.event_id) == (
        "item_not_found",
        "response.input",
        "e",
    )


def test_only_the_reply_that_is_named_is_cancelled(talk: Talk) -> None:
    talk.write()
    (problem,) = talk.hear(ReplyCancelled(reply=7))
    assert isinstance(problem, Problem)
    assert problem.code == "response_cancel_not_active"
    (finished,) = talk.hear(ReplyCancelled(reply=1))
    assert isinstance(finished, ReplyFinished)


def test_the_sound_of_a_reply_can_be_cleared_while_it_is_given_and_after(talk: Talk) -> None:
    talk.write()
    talk.sentence(1, 0, "One.")
    talk.chunk(1, 0, packets=100)
    (finished,) = talk.hear(OutputCleared())
    assert isinstance(finished, ReplyFinished)
    assert (finished.status, finished.reason) == ("cancelled", "client_cancelled")
    talk.write()
    talk.answer(2)
    (truncated,) = talk.hear(OutputCleared())
    assert isinstance(truncated, ItemWasTruncated)
    assert talk.hear(OutputCleared()) == []


def test_a_typed_text_longer_than_the_history_is_answered() -> None:
    talk = Talk(GatewaySettings(history_characters=100))
    talk.write("x" * 120)
    (turn,) = talk.published(UserTurn)
    assert turn.text == "x" * 120


def test_replies_are_remembered(talk: Talk) -> None:
    talk.write("Hi.")
    talk.answer(1, "Hello.")
    talk.write("How are you?")
    turn = talk.published(UserTurn)[1]
    assert turn.history == (said("user", "Hi."), said("assistant", "Hello."))


def test_a_written_reply_needs_no_sound(talk: Talk) -> None:
    talk.hear(SessionConfigured(options=WRITTEN))
    talk.write()
    talk.sentence(1, 0, "Yes,")
    talk.now += 0.5
    (text, finished) = [*talk.sentence(1, 1, " sir."), *talk.ended(1, 2)]
    assert text == ReplyText(reply=1, delta=" sir.")
    assert isinstance(finished, ReplyFinished)
    assert finished.text == "Yes, sir."
    assert (finished.latency.response_time_s, finished.latency.reply_s) == (0.0, 0.5)


def test_sentences_are_told_in_order_and_once(talk: Talk) -> None:
    talk.write()
    assert talk.sentence(1, 1, " two") == []
    assert talk.sentence(1, 0, "one") == [
        ReplyText(reply=1, delta="one"),
        ReplyText(reply=1, delta=" two"),
    ]
    assert talk.sentence(1, 0, "one") == []


def test_a_reply_cut_at_its_token_limit_is_incomplete(talk: Talk) -> None:
    talk.hear(SessionConfigured(options=WRITTEN))
    talk.write()
    talk.sentence(1, 0, "Once upon")
    (finished,) = talk.hear(ReplyEnded(session="s", turn=1, sentences=1, reason="length"))
    assert isinstance(finished, ReplyFinished)
    assert (finished.status, finished.reason) == ("incomplete", "max_output_tokens")


# One reply at a time, and stopping it


def test_a_second_reply_is_refused_while_one_is_active(talk: Talk) -> None:
    talk.write()
    (problem,) = talk.ask()
    assert isinstance(problem, Problem)
    assert problem.code == "conversation_already_has_active_response"
    talk.answer(1)
    assert isinstance(talk.ask()[0], ReplyStarted)


def test_cancel_without_a_reply_is_an_error_and_no_more(talk: Talk) -> None:
    (problem,) = talk.hear(ReplyCancelled(event_id="e1"))
    assert isinstance(problem, Problem)
    assert (problem.code, problem.event_id) == ("response_cancel_not_active", "e1")
    assert isinstance(talk.write()[0], ReplyStarted)


def test_cancel_ends_the_reply_and_keeps_what_was_heard() -> None:
    talk = Talk(GatewaySettings(playout_ahead_s=0.1))
    talk.write()
    talk.sentence(1, 0, "One.")
    talk.sentence(1, 1, " Two.")
    talk.chunk(1, 0, packets=2)
    talk.chunk(1, 1, packets=100)
    talk.now += 0.05
    (finished,) = talk.hear(ReplyCancelled())
    assert isinstance(finished, ReplyFinished)
    assert (finished.status, finished.reason) == ("cancelled", "client_cancelled")
    assert finished.text == "One."
    assert [message.turn for message in talk.published(TurnCancelled)] == [1]
    assert talk.ended(1, 2) == []
    talk.write("Go on.")
    heard = HistoryItem(role="assistant", text="One.", is_interrupted=True)
    assert talk.published(UserTurn)[1].history[-1] == heard


def test_cancelling_before_the_transcript_still_yields_the_transcript(talk: Talk) -> None:
    talk.speak()
    talk.ask()
    talk.hear(ReplyCancelled())
    assert talk.published(TurnCancelled) == []
    assert talk.transcript(1, "Hello?") == [TranscriptKnown(item=1, text="Hello?", audio_s=0.1)]
    assert [message.turn for message in talk.published(TurnCancelled)] == [1]
    talk.ask()
    assert talk.published(UserTurn)[0].text == "Hello?"


def test_a_reply_that_waits_for_its_turn_can_be_cancelled(talk: Talk) -> None:
    talk.speak()
    talk.speak()
    talk.ask()
    (finished,) = talk.hear(ReplyCancelled())
    assert isinstance(finished, ReplyFinished)
    assert (finished.status, finished.text) == ("cancelled", "")


def test_a_client_that_leaves_ends_its_session(talk: Talk) -> None:
    talk.write()
    talk.hear(ClientLeft())
    assert talk.messages[-1] == SessionEnded(session="s", turn=1)


# Time


def test_long_audio_is_released_step_by_step_when_the_clock_ticks() -> None:
    talk = Talk(GatewaySettings(playout_ahead_s=0.2))
    talk.write()
    talk.sentence(1, 0, "One.")
    talk.chunk(1, 0, packets=20)
    talk.ended(1, 1)
    sent = sum(len(audio.packets) for audio in talk.told(ReplyAudio))
    assert sent == 10
    while talk.wake_at is not None:
        talk.now = talk.wake_at
        talk.hear(Tick())
    assert sum(len(audio.packets) for audio in talk.told(ReplyAudio)) == 20
    assert talk.told(ReplyFinished)[0].status == "completed"


def test_a_turn_without_news_fails_in_the_end(talk: Talk) -> None:
    talk.write()
    assert talk.wake_at == talk.now + 30
    talk.now += 30
    problem, finished = talk.hear(Tick())
    assert isinstance(problem, Problem)
    assert (problem.code, problem.is_fault) == ("timed_out", True)
    assert isinstance(finished, ReplyFinished)
    assert (finished.status, finished.reason) == ("failed", "timed_out")
    assert [message.turn for message in talk.published(TurnCancelled)] == [1]
    assert talk.wake_at is None


def test_news_of_a_turn_give_it_time_again(talk: Talk) -> None:
    talk.write()
    talk.now += 20
    talk.sentence(1, 0, "One.")
    talk.now += 20
    assert talk.hear(Tick()) == []
    assert talk.wake_at == talk.now + 10


def test_a_transcript_that_never_comes_is_told_and_lets_the_next_utterance_go(talk: Talk) -> None:
    talk.speak()
    talk.speak()
    talk.now += 30
    (failed,) = talk.hear(Tick())
    assert isinstance(failed, TranscriptFailed)
    assert (failed.item, failed.code) == (1, "timed_out")
    assert talk.published(Utterance)[1].history == ()


def test_an_unwanted_transcript_that_never_comes_frees_the_turn(talk: Talk) -> None:
    talk.speak()
    talk.ask()
    talk.hear(ReplyCancelled())
    talk.now += 30
    assert isinstance(talk.hear(Tick())[0], TranscriptFailed)
    assert talk.wake_at is None


def test_where_the_time_went_is_told_at_the_end(talk: Talk) -> None:
    talk.speak()
    talk.now += 0.1
    talk.transcript(1, "Hello?")
    talk.now += 0.1
    talk.ask()
    talk.now += 0.2
    talk.answer(1)
    latency = talk.told(ReplyFinished)[0].latency
    assert latency.transcript_s == pytest.approx(0.1)
    assert latency.requested_s == pytest.approx(0.2)
    assert latency.response_time_s == pytest.approx(0.4)
    assert latency.tts_first_chunk_s == 0.04
