"""Replies that call tools of the session: told as they come, answered when the client asks."""

import msgspec
from talk import WRITTEN, Talk, said

from gateway.events import ItemAdded, ReplyCancelled, ReplyRequested, SessionConfigured
from gateway.items import Placement
from gateway.notices import (
    CallArguments,
    CallEnded,
    CallStarted,
    ItemKnown,
    Problem,
    ReplyFinished,
    ReplyStarted,
)
from shared.messages import (
    FunctionCall,
    HistoryItem,
    ReplyEnded,
    ReplyOptions,
    Tool,
    ToolCall,
    UserTurn,
)

CLOCK = Tool(name="clock")
OPTIONS = msgspec.structs.replace(WRITTEN, tools=(CLOCK,))
SPOKEN = ReplyOptions(tools=(CLOCK,))


def question(options: ReplyOptions = OPTIONS) -> Talk:
    """A conversation in which a question was asked, that turn 1 answers."""
    talk = Talk()
    talk.hear(ItemAdded(said=said("user", "Time?")))
    talk.ask(options)
    return talk


def output(call_id: str, text: str = "noon") -> ItemAdded:
    return ItemAdded(said=HistoryItem(role="tool", text=text, call_id=call_id))


def made(call_id: str, name: str = "clock", arguments: str = "{}") -> HistoryItem:
    call = FunctionCall(call_id=call_id, name=name, arguments=arguments)
    return HistoryItem(role="assistant", text="", calls=(call,))


def test_the_tools_reach_the_language_model() -> None:
    [turn] = question().published(UserTurn)
    assert turn.options.tools == (CLOCK,)


def test_a_call_is_told_in_pieces_as_they_come() -> None:
    talk = question()
    first = talk.call(1, arguments='{"zone":', is_last=False)
    assert [type(notice) for notice in first] == [CallStarted, CallArguments]
    last = talk.call(1, arguments='"UTC"}', offset=8)
    assert [type(notice) for notice in last] == [CallArguments, CallEnded]
    assert [notice.delta for notice in talk.told(CallArguments)] == ['{"zone":', '"UTC"}']
    [ended] = talk.told(CallEnded)
    assert (ended.arguments, ended.is_whole) == ('{"zone":"UTC"}', True)


def test_a_reply_may_be_nothing_but_calls() -> None:
    talk = question()
    talk.call(1)
    talk.ended(1, 0, calls=1)
    [started], [finished] = talk.told(CallStarted), talk.told(ReplyFinished)
    assert (finished.status, finished.text) == ("completed", "")
    assert (started.place, started.previous) == (0, 1)


def test_a_call_stands_behind_what_was_said_before_it() -> None:
    talk = question()
    talk.sentence(1, 0, "Let me see.")
    talk.call(1)
    talk.ended(1, 1, calls=1)
    [reply], [started] = talk.told(ReplyStarted), talk.told(CallStarted)
    assert (started.previous, started.place) == (reply.item, 1)
    assert talk.told(ReplyFinished)[0].text == "Let me see."


def test_calls_side_by_side_are_items_of_their_own() -> None:
    talk = question()
    talk.call(1, 0)
    talk.call(1, 1, "bell")
    talk.ended(1, 0, calls=2)
    first, second = talk.told(CallStarted)
    assert (first.place, second.place) == (0, 1)
    assert second.previous == first.item < second.item
    assert (first.name, second.name) == ("clock", "bell")


def test_a_call_does_not_wait_until_what_was_said_before_it_was_heard() -> None:
    talk = question(SPOKEN)
    talk.sentence(1, 0, "Let me see.")
    assert [type(notice) for notice in talk.call(1)] == [CallStarted, CallArguments, CallEnded]
    talk.ended(1, 1, calls=1)
    assert talk.told(ReplyFinished) == []
    talk.chunk(1, 0)
    assert talk.told(ReplyFinished)[0].status == "completed"


def test_a_reply_is_not_over_before_all_its_calls_have_come() -> None:
    talk = question()
    talk.ended(1, 0, calls=1)
    assert talk.told(ReplyFinished) == []
    talk.call(1)
    assert talk.told(ReplyFinished)[0].status == "completed"


def test_the_output_of_a_call_goes_into_the_next_prompt() -> None:
    talk = question()
    talk.call(1)
    talk.ended(1, 0, calls=1)
    talk.hear(output("call_1_0"))
    talk.ask(OPTIONS)
    assert talk.published(UserTurn)[-1].text == ""
    assert talk.published(UserTurn)[-1].history == (
        said("user", "Time?"),
        made("call_1_0"),
        HistoryItem(role="tool", text="noon", call_id="call_1_0"),
    )
    talk.sentence(2, 0, "It is noon.")
    talk.ended(2, 1)
    assert talk.told(ReplyFinished)[-1].text == "It is noon."


def test_nothing_follows_a_call_of_the_sessions_until_the_client_asks() -> None:
    talk = question()
    talk.call(1)
    talk.ended(1, 0, calls=1)
    talk.hear(output("call_1_0"))
    assert len(talk.told(ReplyStarted)) == 1
    assert talk.runs == []


def test_an_output_may_be_empty() -> None:
    talk = question()
    talk.call(1)
    talk.ended(1, 0, calls=1)
    talk.hear(output("call_1_0", ""))
    assert talk.told(ItemKnown)[-1].item.said.call_id == "call_1_0"


def test_the_output_of_an_unknown_call_is_refused() -> None:
    talk = question()
    [problem] = talk.hear(output("call_9"))
    assert isinstance(problem, Problem)
    assert (problem.code, problem.param) == ("call_not_found", "item.call_id")


def test_an_output_may_come_before_its_reply_is_over() -> None:
    talk = question()
    talk.call(1)
    talk.hear(output("call_1_0"))
    assert talk.told(Problem) == []


def test_a_client_may_bring_calls_and_outputs_of_an_earlier_conversation() -> None:
    talk = Talk()
    for item in (said("user", "Time?"), made("old"), output("old").said):
        talk.hear(ItemAdded(said=item, place=Placement()))
    talk.ask(OPTIONS)
    assert len(talk.published(UserTurn)[-1].history) == 3


def test_a_call_that_is_made_again_after_a_crash_replaces_what_had_come() -> None:
    talk = question()
    talk.call(1, arguments='{"zone": "U', is_last=False)
    talk.call(1, arguments='{"zone": "CET"}')
    [started], [ended] = talk.told(CallStarted), talk.told(CallEnded)
    assert (ended.item, ended.arguments) == (started.item, '{"zone": "CET"}')


def test_repeats_of_a_call_are_told_once() -> None:
    talk = question()
    talk.call(1)
    assert talk.call(1) == []


def test_a_call_that_is_cut_in_its_midst_does_not_stand() -> None:
    talk = question()
    talk.sentence(1, 0, "Well.")
    talk.call(1, arguments='{"zone":', is_last=False)
    talk.hear(ReplyCancelled())
    [ended] = talk.told(CallEnded)
    assert not ended.is_whole
    talk.ask(OPTIONS)
    assert talk.published(UserTurn)[-1].history[-1] == said("assistant", "Well.")


def test_a_whole_call_stands_though_its_reply_was_stopped() -> None:
    talk = question()
    talk.call(1)
    talk.hear(ReplyCancelled())
    talk.hear(output("call_1_0"))
    assert talk.told(Problem) == []


def test_what_the_person_says_while_an_output_is_owed_is_answered_with_the_call_known() -> None:
    talk = question()
    talk.call(1)
    talk.ended(1, 0, calls=1)
    talk.hear(SessionConfigured(options=OPTIONS))
    talk.speak()
    talk.ask()
    talk.transcript(2, "Hello?")
    talk.sentence(2, 0, "Yes?")
    talk.ended(2, 1)
    assert talk.told(ReplyFinished)[-1].text == "Yes?"
    talk.hear(output("call_1_0"))
    talk.hear(ReplyRequested(options=OPTIONS))
    roles = [item.role for item in talk.published(UserTurn)[-1].history]
    assert roles == ["user", "assistant", "user", "assistant", "tool"]


def test_calls_beside_the_conversation_are_told_and_forgotten() -> None:
    talk = question()
    talk.hear(ReplyRequested(options=OPTIONS, is_aside=True))
    [aside] = [turn for turn in talk.published(UserTurn) if turn.session != "s"]
    session, number = aside.session, aside.turn
    told = talk.hear(
        ToolCall(
            session=session,
            turn=number,
            index=0,
            call_id="1",
            name="clock",
            arguments="{}",
            is_last=True,
        )
    )
    told += talk.hear(ReplyEnded(session=session, turn=number, sentences=0, calls=1))
    assert [type(notice) for notice in told] == [
        *(CallStarted, CallArguments, CallEnded),
        ReplyFinished,
    ]
    [problem] = talk.hear(output("1"))
    assert isinstance(problem, Problem)
