"""Turns of one session: begun eagerly, numbered, the newest winning."""

import pytest
from talk import BROKER_AHEAD_S, PACKET, WRITTEN, Talk, said

from gateway.events import AudioReceived, InputCommitted, ItemAdded, SessionConfigured, Tick
from gateway.items import Item
from gateway.notices import (
    InputWasCommitted,
    ItemKnown,
    Problem,
    ReplyAudio,
    ReplyFinished,
    ReplyStarted,
    ReplyText,
    SessionWasConfigured,
    TranscriptKnown,
)
from gateway.settings import GatewaySettings
from shared.messages import PartialTranscript, ReplyOptions, TurnCancelled, UserTurn, Utterance


@pytest.fixture
def talk() -> Talk:
    return Talk()


# Eager turns


def test_a_commit_publishes_the_utterance_before_anybody_asks_for_a_reply(talk: Talk) -> None:
    told = talk.speak(packets=3)
    assert told == [
        InputWasCommitted(item=1, previous=None),
        ItemKnown(
            item=Item(number=1, said=said("user", ""), is_known=False, is_spoken=True),
            previous=None,
        ),
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
    assert talk.sentence(1, 0, "Yes.") == [ReplyText(reply=1, delta="Yes.")]
    (audio,) = talk.chunk(1, 0)
    assert audio == ReplyAudio(
        reply=1, turn=1, sentence=0, first_packet=0, packets=(b"0.0.0", b"0.0.1"), is_last=True
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
    talk.hear(ItemAdded(said=said("system", "Answer in French.")))
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


def test_in_a_session_that_only_listens_nothing_is_answered(talk: Talk) -> None:
    talk.hear(SessionConfigured(options=ReplyOptions(), wants_replies=False))
    talk.speak()
    (utterance,) = talk.published(Utterance)
    assert not utterance.wants_reply


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
    talk.hear(ItemAdded(said=said("user", "typed later")))
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


# Commits that ask for more


def test_a_commit_can_ask_for_its_reply(talk: Talk) -> None:
    talk.hear(AudioReceived(packets=(PACKET,)))
    talk.hear(InputCommitted(wants_reply=True))
    assert len(talk.told(ReplyStarted)) == 1
    talk.transcript(1, "Hello?")
    talk.answer(1, "Hi.")
    (finished,) = talk.told(ReplyFinished)
    assert (finished.status, finished.text) == ("completed", "Hi.")


def test_a_commit_that_is_refused_asks_for_nothing(talk: Talk) -> None:
    talk.speak()
    talk.ask()
    talk.transcript(1, "Hello?")
    talk.answer(1, "Hi.")
    assert talk.told(Problem) == []
    talk.hear(InputCommitted(wants_reply=True))
    assert [problem.code for problem in talk.told(Problem)] == ["input_audio_buffer_commit_empty"]
    assert len(talk.told(ReplyStarted)) == 1


def test_a_patient_commit_is_refused_only_once_no_speech_has_come_for_so_long(talk: Talk) -> None:
    talk.hear(InputCommitted(patience_s=0.5, event_id="e"))
    assert talk.wake_at == talk.now + 0.5
    talk.now += 0.4
    assert talk.hear(Tick()) == []
    talk.now += 0.1
    (problem,) = talk.hear(Tick())
    assert isinstance(problem, Problem)
    assert problem.event_id == "e"
    talk.now += 1.0
    assert talk.hear(Tick()) == []


def test_speech_that_comes_in_time_is_waited_for_no_longer(talk: Talk) -> None:
    talk.hear(InputCommitted(patience_s=0.5))
    talk.hear(AudioReceived(packets=(PACKET,)))
    talk.now += 1.0
    assert talk.hear(Tick()) == []
    assert talk.told(Problem) == []
