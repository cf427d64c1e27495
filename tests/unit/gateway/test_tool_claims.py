"""Clients that ask for the reply to the gateway's own calls, though it comes by itself.

OpenAI's servers wait to be asked, and its libraries ask at the end of each call.
"""

import pytest
from talk import WRITTEN, Talk, said
from test_conversation_tools import output
from test_tool_rounds import BELL, FILLER, answer, calling, question, wait

from gateway.events import ItemAdded, ReplyCancelled, ReplyRequested, SessionConfigured
from gateway.notices import Notice, Problem, ReplyFinished, ReplyStarted
from shared.messages import ReplyOptions, UserTurn, WorkFailed


def configured(talk: Talk, options: ReplyOptions = WRITTEN) -> Talk:
    """The session wishes what its replies so far were asked to be."""
    talk.hear(SessionConfigured(options=options))
    return talk


def answered(calls: int = 1) -> Talk:
    """So many calls have run, and what follows them has begun as turn 2."""
    talk = configured(question())
    for index in range(calls):
        talk.call(1, index)
    talk.ended(1, 0, calls=calls)
    for index in range(calls):
        answer(talk, f"call_1_{index}")
    return talk


def finish(talk: Talk, turn: int = 2) -> None:
    talk.sentence(turn, 0, "It is noon.")
    talk.ended(turn, 1)


def is_nothing(told: list[Notice]) -> bool:
    """Whether just that was told: a reply without anything in it."""
    match told:
        case [ReplyStarted(is_aside=True), ReplyFinished(status="completed", text="")]:
            return True
        case _:
            return False


def test_what_comes_by_itself_may_be_asked_for_while_it_is_given() -> None:
    talk = answered()
    assert talk.ask() == []
    finish(talk)
    assert len(talk.published(UserTurn)) == 2
    assert talk.told(Problem) == []


def test_it_may_be_asked_for_while_another_tool_still_runs() -> None:
    talk = configured(question())
    talk.call(1, 0)
    talk.call(1, 1)
    talk.ended(1, 0, calls=2)
    answer(talk, "call_1_0")
    assert talk.ask() == []
    assert [type(notice) for notice in answer(talk, "call_1_1")][-1] is ReplyStarted
    assert [item.text for item in talk.published(UserTurn)[-1].history if item.call_id] == [
        "noon",
        "noon",
    ]


def test_it_may_be_asked_for_while_the_reply_that_called_is_still_heard() -> None:
    talk = configured(question(options=ReplyOptions()), ReplyOptions())
    talk.sentence(1, 0, "Let me see.")
    talk.call(1)
    answer(talk)
    assert talk.ask() == []
    talk.ended(1, 1, calls=1)
    talk.chunk(1, 0)
    assert len(talk.told(ReplyStarted)) == 2


def test_who_asks_when_it_has_been_given_gets_a_reply_with_nothing_in_it() -> None:
    talk = answered()
    finish(talk)
    assert is_nothing(talk.ask())
    assert len(talk.published(UserTurn)) == 2


def test_it_may_be_asked_for_as_often_as_there_were_calls() -> None:
    talk = answered(calls=2)
    assert talk.ask() == []
    finish(talk)
    assert is_nothing(talk.ask())
    talk.ask()
    assert len(talk.published(UserTurn)) == 3


def test_what_is_left_to_ask_for_counts_for_the_calls_that_follow() -> None:
    talk = answered()
    talk.call(2)
    talk.ended(2, 0, calls=1)
    assert talk.ask() == []
    answer(talk, "call_2_0")
    assert talk.ask() == []
    finish(talk, 3)
    assert len(talk.published(UserTurn)) == 3


def test_a_request_before_any_call_has_run_is_a_wish_for_a_reply_at_once() -> None:
    talk = configured(calling())
    assert any(isinstance(notice, ReplyStarted) for notice in talk.ask())


def test_a_request_after_something_else_was_said_is_answered() -> None:
    talk = answered()
    finish(talk)
    talk.hear(ItemAdded(said=said("user", "And tomorrow?")))
    talk.ask()
    assert talk.published(UserTurn)[-1].text == "And tomorrow?"


@pytest.mark.parametrize(
    "request_",
    [
        ReplyRequested(options=ReplyOptions(is_spoken=False, instructions="Rhyme.")),
        ReplyRequested(options=WRITTEN, metadata={"topic": "more"}),
        ReplyRequested(options=WRITTEN, context=(said("user", "Time?"),)),
    ],
    ids=["options", "metadata", "context"],
)
def test_a_request_with_wishes_of_its_own_is_answered(request_: ReplyRequested) -> None:
    talk = answered()
    finish(talk)
    talk.hear(request_)
    assert len(talk.published(UserTurn)) == 3


def test_a_reply_that_was_stopped_can_be_asked_for_again() -> None:
    talk = answered()
    talk.hear(ReplyCancelled())
    talk.ask()
    assert len(talk.published(UserTurn)) == 3


def test_a_reply_that_was_called_off_can_be_asked_for() -> None:
    talk = configured(question())
    talk.call(1, 0)
    talk.call(1, 1)
    talk.ended(1, 0, calls=2)
    answer(talk, "call_1_0")
    talk.hear(ReplyCancelled())
    talk.ask()
    assert len(talk.published(UserTurn)) == 2


def test_a_reply_that_failed_can_be_asked_for_again() -> None:
    talk = answered()
    talk.hear(WorkFailed(session="s", turn=2, stage="llm", code="engine_failed", detail="Ill."))
    talk.ask()
    assert len(talk.published(UserTurn)) == 3


def test_where_the_client_runs_a_call_too_its_request_is_answered() -> None:
    options = ReplyOptions(is_spoken=False, tools=(BELL,))
    talk = configured(question(options=options), options)
    talk.call(1, 0, "clock")
    talk.call(1, 1, "bell")
    talk.ended(1, 0, calls=2)
    answer(talk)
    talk.hear(output("call_1_1"))
    talk.ask()
    assert len(talk.published(UserTurn)) == 2


def test_a_filler_is_not_cut_by_who_asks_for_what_comes_by_itself() -> None:
    talk = configured(question(FILLER, ReplyOptions()), ReplyOptions())
    talk.call(1, 0)
    talk.call(1, 1)
    talk.ended(1, 0, calls=2)
    answer(talk, "call_1_0")
    wait(talk, 0.6)
    talk.chunk(2, 0, packets=100)
    assert talk.ask() == []
    assert talk.told(ReplyFinished)[-1].reply == 1
