"""How calls and their outputs stand in a prompt."""

import msgspec
import pytest

from llm_service.pairs import NO_RESULT
from llm_service.prompt import Beginning, build_prompt
from llm_service.settings import LlmSettings
from shared.messages import FunctionCall, HistoryItem, ReplyOptions, Tool, UserTurn

SETTINGS = LlmSettings(instructions="Be brief.", prompt_bytes=200, tool_output_bytes=40)
CLOCK = Tool(name="clock", description="Tells the time.", parameters='{"type": "object"}')


def user(text: str) -> HistoryItem:
    return HistoryItem(role="user", text=text)


def says(text: str) -> HistoryItem:
    return HistoryItem(role="assistant", text=text)


def call(call_id: str, arguments: str = "{}") -> HistoryItem:
    made = FunctionCall(call_id=call_id, name="clock", arguments=arguments)
    return HistoryItem(role="assistant", text="", calls=(made,))


def output(call_id: str, text: str = "noon") -> HistoryItem:
    return HistoryItem(role="tool", text=text, call_id=call_id)


def turn(*history: HistoryItem, text: str = "", **options: object) -> UserTurn:
    return UserTurn(
        session="s",
        turn=3,
        gateway="g",
        deadline_s=9.0,
        text=text,
        history=history,
        options=msgspec.convert(options, ReplyOptions),
    )


def shape(job: UserTurn, settings: LlmSettings = SETTINGS, **beginning: object) -> list[str]:
    """The prompt's messages: first letter of the role, text, and the ids of its calls."""
    begun = msgspec.convert(beginning, Beginning)
    return [
        f"{item.role[0]}:{item.text}{''.join(f'({made.call_id})' for made in item.calls)}"
        for item in build_prompt(job, settings, begun).messages[1:]
    ]


def test_an_output_stands_behind_its_call() -> None:
    job = turn(user("Time?"), call("1"), output("1"))
    assert shape(job) == ["u:Time?", "a:(1)", "t:noon"]


def test_what_was_said_before_a_call_is_one_message_with_it() -> None:
    job = turn(user("Time?"), says("Let me see."), call("1"), output("1"))
    assert shape(job) == ["u:Time?", "a:Let me see.(1)", "t:noon"]


def test_calls_side_by_side_are_one_message_and_their_outputs_follow_in_their_order() -> None:
    job = turn(user("Time?"), call("1"), call("2"), output("2", "dusk"), output("1"))
    assert shape(job) == ["u:Time?", "a:(1)(2)", "t:noon", "t:dusk"]


def test_calls_one_after_the_other_stay_apart() -> None:
    job = turn(user("Time?"), call("1"), output("1"), call("2"), output("2"))
    assert shape(job) == ["u:Time?", "a:(1)", "t:noon", "a:(2)", "t:noon"]


def test_a_call_that_has_no_output_yet_says_so() -> None:
    job = turn(user("Time?"), call("1"), text="Hello?")
    assert shape(job) == ["u:Time?", "a:(1)", f"t:{NO_RESULT}", "u:Hello?"]


def test_an_output_that_comes_late_stands_behind_its_call_all_the_same() -> None:
    job = turn(user("Time?"), call("1"), user("Hello?"), says("Yes?"), output("1"))
    assert shape(job) == ["u:Time?", "a:(1)", "t:noon", "u:Hello?", "a:Yes?"]


def test_an_output_without_its_call_is_left_out() -> None:
    assert shape(turn(output("1"), user("Time?"))) == ["u:Time?"]


def test_an_output_without_text_is_still_one() -> None:
    assert shape(turn(user("Go."), call("1"), output("1", ""))) == ["u:Go.", "a:(1)", "t:"]


def test_a_long_output_is_cut() -> None:
    job = turn(user("Go."), call("1"), output("1", "é" * 30))
    assert shape(job)[-1] == "t:" + "é" * 20 + "…"


@pytest.mark.parametrize("arguments", ["", "{", "[]", '"x"', "[" * 9000])
def test_arguments_that_a_template_could_not_read_are_shown_as_none(arguments: str) -> None:
    [_, _, said, _] = build_prompt(turn(user("Go."), call("1", arguments)), SETTINGS).messages
    assert [made.arguments for made in said.calls] == ["{}"]


@pytest.mark.parametrize("rounds", range(30))
def test_no_cut_parts_a_call_from_its_output(rounds: int) -> None:
    history = [
        item
        for number in range(rounds)
        for item in (user(f"q{number}"), call(str(number)), output(str(number)), says("Noon."))
    ]
    messages = build_prompt(turn(*history, text="Why?"), SETTINGS).messages[1:]
    assert messages[0].role == "user"
    assert messages[-1].text == "Why?"
    size = sum(len(m.text) + sum(len(c.name + c.arguments) for c in m.calls) for m in messages)
    assert size <= 200
    made = [made.call_id for item in messages for made in item.calls]
    assert [item.call_id for item in messages if item.role == "tool"] == made


def test_the_question_stays_with_calls_that_fill_all_the_room() -> None:
    calls = [item for n in range(9) for item in (call(str(n)), output(str(n), "x" * 40))]
    job = turn(user("Before."), says("Yes."), user("Time?"), *calls)
    messages = shape(job)
    assert messages[0] == "u:Time?"
    assert len(messages) == 19


def test_tools_take_of_the_room() -> None:
    history = [item for n in range(9) for item in (user(f"question {n}"), says("Answer."))]
    bare = shape(turn(*history, text="Why?"))
    offered = shape(turn(*history, text="Why?", tools=(CLOCK,)))
    assert len(offered) < len(bare)
    assert offered[-1] == "u:Why?"


def test_the_prompt_offers_what_the_session_offers() -> None:
    prompt = build_prompt(turn(user("Go."), tools=(CLOCK,), tool_choice="required"), SETTINGS)
    assert (prompt.tools, prompt.tool_choice) == ((CLOCK,), "required")


def test_an_unfinished_call_is_asked_for_by_its_name() -> None:
    begun = Beginning(text="Let me see.", unfinished="clock")
    prompt = build_prompt(turn(user("Go."), tools=(CLOCK,)), SETTINGS, begun)
    assert (prompt.tool_choice, prompt.reply_so_far) == ("clock", "Let me see.")


def test_whole_calls_of_the_reply_stand_in_the_prompt_when_a_further_one_is_asked_for() -> None:
    done = (FunctionCall(call_id="1", name="clock", arguments="{}"),)
    job = turn(user("Go."), tools=(CLOCK,))
    begun = Beginning(text="Let me see.", calls=done, unfinished="clock")
    prompt = build_prompt(job, SETTINGS, begun)
    assert (prompt.tool_choice, prompt.reply_so_far) == ("clock", "")
    shown = shape(job, text="Let me see.", calls=done, unfinished="clock")
    assert shown == ["u:Go.", "a:Let me see.(1)", f"t:{NO_RESULT}"]


def test_what_was_interrupted_before_a_call_is_still_marked() -> None:
    cut = HistoryItem(role="assistant", text="It is", is_interrupted=True)
    job = turn(user("Time?"), cut, user("No."), call("1"), output("1"))
    assert shape(job) == [
        "u:Time?",
        "a:It is…",
        "u:(I interrupted you there.) No.",
        "a:(1)",
        "t:noon",
    ]
