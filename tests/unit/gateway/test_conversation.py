"""Turns, replies and history of one session."""

import pytest
from talk import BROKER_AHEAD_S, PACKET, Talk, speech

from gateway.events import (
    AudioReceived,
    ClientLeft,
    InputCleared,
    InputCommitted,
    InputWasCleared,
    InputWasCommitted,
    ItemAdded,
    ItemKnown,
    Problem,
    ReplyAudio,
    ReplyCancelled,
    ReplyFinished,
    ReplyRequested,
    ReplyStarted,
    ReplyText,
    SessionConfigured,
    SessionWasConfigured,
    Tick,
    TranscriptFailed,
    TranscriptKnown,
)
from gateway.settings import GatewaySettings
from shared.messages import (
    HistoryItem,
    PartialTranscript,
    ReplyEnded,
    ReplyOptions,
    SessionEnded,
    Transcript,
    TurnCancelled,
    UserTurn,
    Utterance,
)

WRITTEN = ReplyOptions(is_spoken=False)


@pytest.fixture
def talk() -> Talk:
    return Talk()


def said(role: str, text: str) -> HistoryItem:
    return HistoryItem(role=role, text=text)  # type: ignore[arg-type]  # one of the roles


# Eager turns


def test_a_commit_publishes_the_utterance_before_anybody_asks_for_a_reply(talk: Talk) -> None:
    told = talk.speak(packets=3)
    assert told == [
        InputWasCommitted(item=1, previous=None),
        ItemKnown(item=1, previous=None, role="user", text=None),
    ]
    (utterance,) = talk.published(Utterance)
    assert utterance.packets == (PACKET,) * 3
    assert utterance.wants_reply
    assert (utterance.turn, utterance.gateway) == (1, "g")
    assert utterance.deadline_s == talk.now + BROKER_AHEAD_S + 30


def test_nothing_of_an_eager_reply_is_told_until_it_is_asked_for(talk: Talk) -> None:
    talk.speak()
    talk.transcript(1, "Hello?")
    assert talk.answer(1) == []
    told = talk.ask()
    assert [type(notice) for notice in told] == [ReplyStarted, ReplyText, ReplyAudio, ReplyFinished]
    assert talk.published(UserTurn) == []


def test_a_reply_asked_for_early_flows_as_it_comes(talk: Talk) -> None:
    talk.speak()
    assert [type(notice) for notice in talk.ask()] == [ReplyStarted]
    assert talk.transcript(1, "Hello?") == [TranscriptKnown(item=1, text="Hello?", audio_s=0.1)]
    assert talk.sentence(1, 0, "Yes.") == [ReplyText(delta="Yes.")]
    (audio,) = talk.chunk(1, 0)
    assert audio == ReplyAudio(
        turn=1, sentence=0, first_packet=0, packets=(b"0.0.0", b"0.0.1"), is_last=True
    )
    (finished,) = talk.ended(1, 1)
    assert isinstance(finished, ReplyFinished)
    assert (finished.status, finished.text) == ("completed", "Yes.")
    assert (finished.usage.input_tokens, finished.usage.output_tokens) == (9, 4)


def test_a_reply_with_its_own_instructions_is_a_new_turn(talk: Talk) -> None:
    talk.speak()
    talk.transcript(1, "Hello?")
    talk.ask(ReplyOptions(instructions="Be brief."))
    (turn,) = talk.published(UserTurn)
    assert (turn.turn, turn.text, turn.history) == (2, "Hello?", ())
    assert turn.options.instructions == "Be brief."
    assert [message.turn for message in talk.published(TurnCancelled)] == [1]


def test_a_reply_with_its_own_instructions_waits_for_the_transcript(talk: Talk) -> None:
    talk.speak()
    talk.ask(ReplyOptions(instructions="Be brief."))
    assert talk.published(UserTurn) == []
    talk.transcript(1, "Hello?")
    (turn,) = talk.published(UserTurn)
    assert (turn.turn, turn.text) == (2, "Hello?")


def test_text_added_after_the_commit_makes_the_eager_reply_void(talk: Talk) -> None:
    talk.speak()
    talk.transcript(1, "Hello?")
    talk.answer(1)
    talk.hear(ItemAdded(role="system", text="Answer in French."))
    talk.ask()
    (turn,) = talk.published(UserTurn)
    assert turn.text == ""
    assert turn.history == (said("user", "Hello?"), said("system", "Answer in French."))
    assert talk.published(TurnCancelled) == []


def test_session_options_changed_after_the_commit_hold_for_the_reply(talk: Talk) -> None:
    talk.speak()
    talk.transcript(1, "Hello?")
    assert talk.hear(SessionConfigured(options=WRITTEN)) == [SessionWasConfigured()]
    talk.ask()
    assert talk.published(UserTurn)[0].options == WRITTEN


# The newest turn wins


def test_results_of_another_turn_are_ignored(talk: Talk) -> None:
    talk.speak()
    talk.transcript(1, "One.")
    talk.speak()
    talk.ask()
    assert talk.answer(1) == []
    assert talk.hear(PartialTranscript(session="s", turn=2, text="T")) == []
    talk.transcript(2, "Two.")
    assert [type(notice) for notice in talk.answer(2)] == [ReplyText, ReplyAudio, ReplyFinished]


def test_a_newer_utterance_ends_the_reply_and_stops_the_workers(talk: Talk) -> None:
    talk.speak()
    talk.ask()
    talk.transcript(1, "One.")
    talk.sentence(1, 0, "Well,")
    talk.speak()
    (finished,) = talk.told(ReplyFinished)
    assert (finished.status, finished.reason) == ("cancelled", "turn_detected")
    assert [message.turn for message in talk.published(TurnCancelled)] == [1]
    assert [message.turn for message in talk.published(Utterance)] == [1, 2]


def test_an_utterance_waits_for_the_transcript_of_the_one_before(talk: Talk) -> None:
    talk.speak()
    talk.speak()
    talk.ask()
    assert len(talk.published(Utterance)) == 1
    talk.transcript(1, "One.")
    second = talk.published(Utterance)[1]
    assert (second.turn, second.history) == (2, (said("user", "One."),))
    assert talk.published(UserTurn) == []
    talk.transcript(2, "Two.")
    talk.answer(2)
    assert talk.told(ReplyFinished)[0].status == "completed"


def test_of_several_waiting_utterances_only_the_last_is_answered(talk: Talk) -> None:
    for _ in range(3):
        talk.speak()
    talk.transcript(1, "One.")
    talk.transcript(2, "Two.")
    assert [utterance.wants_reply for utterance in talk.published(Utterance)] == [True, False, True]
    assert talk.published(Utterance)[2].history == (said("user", "One."), said("user", "Two."))


def test_the_history_of_a_waiting_utterance_ends_before_it(talk: Talk) -> None:
    talk.speak()
    talk.speak()
    talk.hear(ItemAdded(role="user", text="typed later"))
    talk.transcript(1, "One.")
    assert talk.published(Utterance)[1].history == (said("user", "One."),)


def test_a_waiting_utterance_takes_the_options_of_the_reply_that_waits_for_it(talk: Talk) -> None:
    talk.speak()
    talk.speak()
    talk.ask(WRITTEN)
    talk.transcript(1, "One.")
    assert talk.published(Utterance)[1].options == WRITTEN


def test_only_so_many_utterances_wait() -> None:
    talk = Talk(GatewaySettings(most_waiting_commits=1))
    talk.speak()
    talk.speak()
    (problem,) = talk.speak()
    assert isinstance(problem, Problem)
    assert problem.code == "too_many_commits"
    talk.transcript(1, "One.")
    assert isinstance(talk.hear(InputCommitted())[0], InputWasCommitted)


# Typed text


def test_typed_text_is_a_turn_of_its_own(talk: Talk) -> None:
    talk.hear(ItemAdded(role="system", text="Be kind."))
    told = talk.hear(ItemAdded(role="user", text="Hi."))
    assert told == [ItemKnown(item=2, previous=1, role="user", text="Hi.")]
    talk.ask()
    (turn,) = talk.published(UserTurn)
    assert (turn.turn, turn.text, turn.history) == (1, "Hi.", (said("system", "Be kind."),))
    assert turn.deadline_s == talk.now + BROKER_AHEAD_S + 30


@pytest.mark.parametrize("instructions", ["", "Greet."])
def test_the_model_does_not_talk_to_itself(talk: Talk, instructions: str) -> None:
    talk.hear(ItemAdded(role="system", text="Be kind."))
    options = ReplyOptions(instructions=instructions)
    (problem,) = talk.hear(ReplyRequested(options=options, event_id="e"))
    assert isinstance(problem, Problem)
    assert (problem.code, problem.event_id) == ("conversation_empty", "e")
    assert talk.messages == []
    assert isinstance(talk.write()[0], ReplyStarted)


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
    assert text == ReplyText(delta=" sir.")
    assert isinstance(finished, ReplyFinished)
    assert finished.text == "Yes, sir."
    assert (finished.latency.response_time_s, finished.latency.reply_s) == (0.0, 0.5)


def test_sentences_are_told_in_order_and_once(talk: Talk) -> None:
    talk.write()
    assert talk.sentence(1, 1, " two") == []
    assert talk.sentence(1, 0, "one") == [ReplyText(delta="one"), ReplyText(delta=" two")]
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


# What goes wrong


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
    (problem,) = talk.ask()
    assert isinstance(problem, Problem)
    assert problem.code == "conversation_empty"


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
