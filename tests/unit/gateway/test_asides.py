"""Replies beside the conversation: several at a time, and nobody else hears of them."""

from typing import Any

import msgspec
import pytest
from talk import WRITTEN, Talk, said, speech

from gateway.asides import FIRST_TURN
from gateway.events import ClientLeft, ReplyCancelled, ReplyRequested, Tick
from gateway.notices import (
    Problem,
    ReplyAudio,
    ReplyFinished,
    ReplyStarted,
    ReplyText,
)
from gateway.settings import GatewaySettings
from gateway.turns import OPENING_WORDS
from shared.messages import (
    AnyReply,
    ReplyEnded,
    ReplyOptions,
    Sentence,
    SessionEnded,
    TurnCancelled,
    UserTurn,
    WorkFailed,
)


@pytest.fixture
def talk() -> Talk:
    talk = Talk(GatewaySettings(most_asides=2))
    talk.write("Hi.")
    return talk


def ask(talk: Talk, options: ReplyOptions = WRITTEN, **fields: Any) -> UserTurn:
    """Ask for a reply beside the conversation; the turn that is to make it."""
    talk.hear(ReplyRequested(options=options, is_aside=True, **fields))
    return talk.published(UserTurn)[-1]


def sentence(turn: UserTurn, text: str) -> AnyReply:
    """The llm stage has made the only sentence of a reply."""
    return Sentence(
        session=turn.session, turn=turn.turn, gateway="g", deadline_s=0, index=0, text=text
    )


def ended(turn: UserTurn) -> AnyReply:
    """The llm stage is done."""
    return ReplyEnded(session=turn.session, turn=turn.turn, sentences=1)


def test_it_runs_beside_the_reply_that_is_being_given(talk: Talk) -> None:
    aside = ask(talk)
    assert (aside.session, aside.turn) == ("s.2", FIRST_TURN + 2)
    assert talk.hear(sentence(aside, "Aside.")) == [ReplyText(reply=2, delta="Aside.")]
    assert talk.sentence(1, 0, "Yes.") == [ReplyText(reply=1, delta="Yes.")]
    (finished,) = talk.hear(ended(aside))
    assert isinstance(finished, ReplyFinished)
    assert (finished.reply, finished.status, finished.text) == (2, "completed", "Aside.")
    assert talk.published(TurnCancelled) == []


def test_the_conversation_does_not_hear_of_it(talk: Talk) -> None:
    aside = ask(talk)
    talk.hear(sentence(aside, "Aside."))
    talk.hear(ended(aside))
    talk.answer(1)
    talk.now += 10
    talk.hear(Tick())
    talk.write("And?")
    turn = talk.published(UserTurn)[-1]
    assert (turn.session, turn.turn) == ("s", 2)
    assert turn.history == (said("user", "Hi."), said("assistant", "Yes."))


def test_it_answers_the_conversation_or_what_it_is_given(talk: Talk) -> None:
    whole = ask(talk)
    assert (whole.text, whole.history) == ("Hi.", ())
    nothing = ask(talk, context=())
    assert (nothing.text, nothing.history) == (OPENING_WORDS, ())


def test_an_eager_reply_is_not_lost_by_it() -> None:
    talk = Talk()
    talk.speak()
    talk.transcript(1, "Hello?")
    ask(talk, context=(said("user", "Which language?"),))
    talk.answer(1)
    assert ReplyFinished in [type(notice) for notice in talk.ask()]


def test_it_is_spoken_with_turn_numbers_of_its_own(talk: Talk) -> None:
    aside = ask(talk, ReplyOptions())
    talk.hear(sentence(aside, "Aside."))
    chunk = speech(aside.turn, 0, 0, is_last=True)
    (sound,) = talk.hear(msgspec.structs.replace(chunk, session=aside.session))
    assert isinstance(sound, ReplyAudio)
    assert (sound.reply, sound.turn) == (2, FIRST_TURN + 2)


def test_there_may_be_only_so_many_at_a_time(talk: Talk) -> None:
    first = ask(talk)
    ask(talk)
    (problem,) = talk.hear(ReplyRequested(is_aside=True, event_id="e"))
    assert isinstance(problem, Problem)
    assert (problem.code, problem.event_id) == ("too_many_responses", "e")
    talk.hear(sentence(first, "Aside."))
    talk.hear(ended(first))
    ask(talk)
    assert [started.reply for started in talk.told(ReplyStarted)] == [1, 2, 3, 4]


def test_it_can_be_cancelled_by_its_number(talk: Talk) -> None:
    aside = ask(talk)
    (finished,) = talk.hear(ReplyCancelled(reply=2))
    assert isinstance(finished, ReplyFinished)
    assert (finished.reply, finished.status) == (2, "cancelled")
    assert talk.published(TurnCancelled) == [TurnCancelled(session="s.2", turn=aside.turn)]
    (problem,) = talk.hear(ReplyCancelled(reply=2))
    assert isinstance(problem, Problem)


def test_speech_does_not_end_it(talk: Talk) -> None:
    aside = ask(talk)
    talk.speak()
    assert [finished.reply for finished in talk.told(ReplyFinished)] == [1]
    assert talk.hear(sentence(aside, "Aside.")) == [ReplyText(reply=2, delta="Aside.")]


def test_it_fails_when_a_stage_does(talk: Talk) -> None:
    aside = ask(talk)
    failed = WorkFailed(
        session=aside.session, turn=aside.turn, stage="llm", code="engine_failed", detail="why"
    )
    problem, finished = talk.hear(failed)
    assert isinstance(problem, Problem)
    assert isinstance(finished, ReplyFinished)
    assert (finished.status, finished.reason) == ("failed", "engine_failed")


def test_it_fails_when_nothing_is_heard_of_it(talk: Talk) -> None:
    ask(talk)
    talk.answer(1)
    talk.now += 31
    talk.hear(Tick())
    finished = talk.told(ReplyFinished)[-1]
    assert (finished.reply, finished.reason) == (2, "timed_out")


def test_it_fails_when_it_is_longer_than_what_is_kept() -> None:
    talk = Talk(GatewaySettings(longest_reply_s=0.1))
    aside = ask(talk, ReplyOptions(), context=())
    chunk = speech(aside.turn, 0, 0, packets=9)
    talk.hear(msgspec.structs.replace(chunk, session=aside.session))
    assert talk.told(ReplyFinished)[-1].reason == "reply_too_long"


def test_its_work_ends_with_the_session(talk: Talk) -> None:
    aside = ask(talk)
    talk.hear(ClientLeft())
    assert talk.published(SessionEnded) == [
        SessionEnded(session="s", turn=1),
        SessionEnded(session="s.2", turn=aside.turn),
    ]


def test_what_comes_for_one_that_is_over_is_dropped(talk: Talk) -> None:
    aside = ask(talk)
    talk.hear(ReplyCancelled(reply=2))
    assert talk.hear(sentence(aside, "Aside.")) == []
