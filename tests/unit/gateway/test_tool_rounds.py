"""Replies that call the gateway's own tools: answered by themselves, the time filled meanwhile."""

import pytest
from talk import WRITTEN, Talk, said
from test_conversation_tools import made, output

from gateway.actions import RunTool
from gateway.events import (
    InputCommitted,
    ItemAdded,
    ReplyCancelled,
    Tick,
    ToolAnswered,
    ToolsOffered,
)
from gateway.items import Outcome
from gateway.notices import (
    CallStarted,
    Notice,
    Problem,
    ReplyFinished,
    ReplyStarted,
    ReplyText,
    ToolEnded,
    ToolStarted,
)
from gateway.settings import GatewaySettings
from shared.messages import HistoryItem, ReplyOptions, Sentence, Tool, TurnCancelled, UserTurn

CLOCK, BELL = Tool(name="clock"), Tool(name="bell")
FILLER = GatewaySettings(tool_filler="One moment, please.", tool_filler_after_s=0.5)


def question(settings: GatewaySettings | None = None, options: ReplyOptions = WRITTEN) -> Talk:
    """A gateway with a clock of its own, and a question that turn 1 answers."""
    talk = Talk(settings)
    talk.hear(ToolsOffered(tools=(CLOCK,)))
    talk.hear(ItemAdded(said=said("user", "Time?")))
    talk.ask(options)
    return talk


def calling(settings: GatewaySettings | None = None, options: ReplyOptions = WRITTEN) -> Talk:
    """The same, and turn 1 has called the clock."""
    talk = question(settings, options)
    talk.call(1)
    talk.ended(1, 0, calls=1)
    return talk


def answer(
    talk: Talk, call_id: str = "call_1_0", text: str = "noon", *, is_error: bool = False
) -> list[Notice]:
    return talk.hear(ToolAnswered(call_id=call_id, outcome=Outcome(text=text, is_error=is_error)))


def wait(talk: Talk, seconds: float) -> list[Notice]:
    """Time passes, with the ticks that were asked for."""
    until, notices = talk.now + seconds, list[Notice]()
    while talk.wake_at is not None and talk.wake_at <= until:
        talk.now = max(talk.now, talk.wake_at)
        notices += talk.hear(Tick())
    talk.now = until
    return notices


def test_the_gateways_tools_are_offered_besides_the_sessions() -> None:
    options = ReplyOptions(is_spoken=False, tools=(BELL,))
    [turn] = question(options=options).published(UserTurn)
    assert turn.options.tools == (BELL, CLOCK)


def test_a_tool_of_the_session_goes_before_one_of_the_same_name() -> None:
    theirs = Tool(name="clock", description="The client's.")
    talk = question(options=ReplyOptions(is_spoken=False, tools=(theirs,)))
    assert talk.published(UserTurn)[0].options.tools == (theirs,)
    talk.call(1)
    assert talk.runs == []
    assert not talk.told(CallStarted)[0].is_ours


def test_a_call_of_the_gateways_own_tool_is_run_as_soon_as_it_is_whole() -> None:
    talk = question()
    talk.call(1, arguments='{"zone":', is_last=False)
    assert talk.runs == []
    talk.call(1, arguments="0}", offset=8)
    assert talk.runs == [RunTool("call_1_0", "clock", '{"zone":0}')]
    assert talk.told(CallStarted)[0].is_ours
    assert talk.told(ToolStarted)[0].item == talk.told(CallStarted)[0].item


def test_its_outcome_is_told_and_answered_without_being_asked() -> None:
    talk = calling()
    assert len(talk.told(ReplyStarted)) == 1
    told = answer(talk)
    assert [type(notice) for notice in told] == [ToolEnded, ReplyStarted]
    assert talk.published(UserTurn)[-1].history == (
        said("user", "Time?"),
        made("call_1_0"),
        HistoryItem(role="tool", text="noon", call_id="call_1_0"),
    )
    talk.sentence(2, 0, "It is noon.")
    talk.ended(2, 1)
    assert talk.told(ReplyFinished)[-1].text == "It is noon."
    assert talk.runs == [RunTool("call_1_0", "clock", "{}")]


def test_what_was_wrong_is_answered_too() -> None:
    talk = calling()
    answer(talk, text="The clock is broken.", is_error=True)
    [ended] = talk.told(ToolEnded)
    assert ended.item.outcome == Outcome(text="The clock is broken.", is_error=True)
    assert talk.published(UserTurn)[-1].history[-1].text == "The clock is broken."


def test_the_next_reply_waits_for_all_outcomes() -> None:
    talk = question()
    talk.call(1, 0)
    talk.call(1, 1)
    talk.ended(1, 0, calls=2)
    answer(talk, "call_1_1")
    assert len(talk.told(ReplyStarted)) == 1
    answer(talk, "call_1_0")
    assert len(talk.told(ReplyStarted)) == 2


def test_the_next_reply_waits_for_the_end_of_the_one_that_called() -> None:
    talk = question(options=ReplyOptions())
    talk.sentence(1, 0, "Let me see.")
    talk.call(1)
    answer(talk)
    assert len(talk.told(ReplyStarted)) == 1
    talk.ended(1, 1, calls=1)
    talk.chunk(1, 0)
    assert len(talk.told(ReplyStarted)) == 2


def test_where_the_client_owes_an_output_too_it_asks_for_the_reply() -> None:
    talk = question(options=ReplyOptions(is_spoken=False, tools=(BELL,)))
    talk.call(1, 0, "clock")
    talk.call(1, 1, "bell")
    talk.ended(1, 0, calls=2)
    answer(talk)
    talk.hear(output("call_1_1"))
    assert len(talk.told(ReplyStarted)) == 1
    talk.ask(WRITTEN)
    assert [item.role for item in talk.published(UserTurn)[-1].history].count("tool") == 2


def test_a_client_cannot_answer_for_the_gateway() -> None:
    [problem] = calling().hear(output("call_1_0"))
    assert isinstance(problem, Problem)
    assert problem.code == "call_not_found"


def test_after_some_rounds_the_model_has_to_do_without() -> None:
    talk = calling(GatewaySettings(most_tool_rounds=3))
    for turn in (1, 2, 3):
        assert talk.published(UserTurn)[-1].options.tool_choice == "auto"
        answer(talk, f"call_{turn}_0")
        if turn < 3:
            talk.call(turn + 1)
            talk.ended(turn + 1, 0, calls=1)
    assert talk.published(UserTurn)[-1].options.tool_choice == "none"


def test_the_rounds_are_counted_anew_with_each_thing_that_is_said() -> None:
    talk = calling(GatewaySettings(most_tool_rounds=1))
    answer(talk)
    talk.sentence(2, 0, "Noon.")
    talk.ended(2, 1)
    talk.hear(ItemAdded(said=said("user", "And now?")))
    talk.ask(WRITTEN)
    assert talk.published(UserTurn)[-1].options.tool_choice == "auto"


def test_a_tool_that_had_to_be_called_is_not_called_for_ever() -> None:
    talk = calling(options=ReplyOptions(is_spoken=False, tool_choice="required"))
    answer(talk)
    assert talk.published(UserTurn)[-1].options.tool_choice == "auto"


def test_what_the_person_says_meanwhile_goes_before() -> None:
    talk = calling()
    talk.speak()
    told = answer(talk)
    assert [type(notice) for notice in told] == [ToolEnded]
    talk.transcript(2, "Never mind.")
    talk.ask()
    talk.sentence(2, 0, "All right.")
    talk.ended(2, 1)
    assert len(talk.told(ReplyStarted)) == 2


def test_a_late_outcome_stands_behind_its_call() -> None:
    talk = calling()
    talk.hear(ItemAdded(said=said("user", "Never mind.")))
    answer(talk)
    talk.ask(WRITTEN)
    turn = talk.published(UserTurn)[-1]
    assert [item.role for item in turn.history] == ["user", "assistant", "tool"]
    assert turn.text == "Never mind."


def test_a_stop_while_a_tool_runs_is_obeyed() -> None:
    talk = calling()
    assert talk.hear(ReplyCancelled()) == []
    answer(talk)
    assert len(talk.told(ReplyStarted)) == 1


def test_a_reply_that_was_stopped_is_not_gone_on_with() -> None:
    talk = question()
    talk.call(1)
    talk.hear(ReplyCancelled())
    answer(talk)
    assert len(talk.told(ReplyStarted)) == 1


def test_an_outcome_that_nobody_waits_for_does_no_harm() -> None:
    talk = calling()
    answer(talk)
    assert answer(talk) == []
    assert answer(talk, "call_9_9") == []


def test_tools_that_went_are_offered_no_more() -> None:
    talk = calling()
    talk.hear(ToolsOffered(tools=()))
    answer(talk)
    assert talk.published(UserTurn)[-1].options.tools == ()


# Fillers


SPOKEN = ReplyOptions()


def test_a_wait_is_filled_once() -> None:
    talk = calling(FILLER, SPOKEN)
    assert wait(talk, 0.4) == []
    wait(talk, 0.2)
    [sentence] = talk.published(Sentence)
    assert (sentence.text, sentence.turn, sentence.is_spoken) == ("One moment, please.", 2, True)
    assert [notice.delta for notice in talk.told(ReplyText)] == ["One moment, please."]
    talk.chunk(2, 0)
    wait(talk, 5)
    assert talk.told(ReplyFinished)[-1].status == "completed"
    assert len(talk.published(Sentence)) == 1


def test_a_short_wait_is_not_filled() -> None:
    talk = calling(FILLER, SPOKEN)
    wait(talk, 0.3)
    answer(talk)
    wait(talk, 3)
    assert talk.published(Sentence) == []


def test_what_was_said_before_the_call_is_heard_first() -> None:
    talk = question(FILLER, SPOKEN)
    talk.sentence(1, 0, "Let me see.")
    talk.call(1)
    talk.ended(1, 1, calls=1)
    talk.chunk(1, 0, packets=40)
    wait(talk, 1.2)
    assert talk.published(Sentence) == []
    wait(talk, 0.2)
    assert len(talk.published(Sentence)) == 1


def test_the_filler_is_heard_whole_before_the_reply() -> None:
    talk = calling(FILLER, SPOKEN)
    wait(talk, 0.6)
    talk.chunk(2, 0, packets=100)
    told = answer(talk)
    filler, reply = [notice for notice in told if isinstance(notice, ReplyFinished | ReplyStarted)]
    assert isinstance(filler, ReplyFinished)
    assert (filler.status, filler.text) == ("completed", "One moment, please.")
    assert isinstance(reply, ReplyStarted)


def test_a_filler_that_has_no_sound_yet_is_left_unsaid() -> None:
    talk = calling(FILLER, SPOKEN)
    wait(talk, 0.6)
    answer(talk)
    assert talk.told(ReplyFinished)[-1].status == "cancelled"
    assert [cancelled.turn for cancelled in talk.published(TurnCancelled)] == [2]
    assert talk.published(UserTurn)[-1].history[-1].role == "tool"


def test_the_model_is_told_of_the_filler_before_the_call() -> None:
    talk = calling(FILLER, SPOKEN)
    wait(talk, 0.6)
    talk.chunk(2, 0)
    answer(talk)
    texts = [(item.role, item.text) for item in talk.published(UserTurn)[-1].history]
    assert texts[1] == ("assistant", "One moment, please.")
    assert texts[-1] == ("tool", "noon")


def test_a_client_that_owes_an_output_is_waited_for_with_a_filler() -> None:
    talk = question(FILLER, ReplyOptions(tools=(BELL,)))
    talk.call(1, 0, "bell")
    talk.ended(1, 0, calls=1)
    wait(talk, 0.6)
    assert len(talk.published(Sentence)) == 1
    talk.chunk(2, 0, packets=100)
    talk.hear(output("call_1_0"))
    talk.ask(SPOKEN)
    assert talk.told(Problem) == []
    assert talk.told(ReplyFinished)[-1].status == "completed"
    assert len(talk.told(ReplyStarted)) == 3


def test_nothing_fills_the_time_once_the_person_speaks() -> None:
    talk = calling(FILLER, SPOKEN)
    talk.hear(ItemAdded(said=said("user", "Never mind.")))
    wait(talk, 3)
    assert talk.published(Sentence) == []


def test_a_commit_ends_a_filler() -> None:
    talk = calling(FILLER, SPOKEN)
    wait(talk, 0.6)
    talk.chunk(2, 0)
    talk.speak()
    assert talk.hear(InputCommitted()) != []
    answer(talk)
    assert len(talk.told(ReplyStarted)) == 2


def test_replies_in_text_have_no_fillers() -> None:
    talk = calling(FILLER)
    wait(talk, 3)
    assert talk.published(Sentence) == []


@pytest.mark.parametrize(
    ("language", "text"), [("de-AT", "Moment."), ("fr", "Wait."), ("", "Wait.")]
)
def test_the_filler_is_in_the_sessions_language(language: str, text: str) -> None:
    settings = GatewaySettings(tool_filler="en=Wait.|de=Moment.")
    talk = calling(settings, ReplyOptions(language=language))
    wait(talk, 2)
    assert [sentence.text for sentence in talk.published(Sentence)] == [text]
