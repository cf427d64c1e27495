"""Tools in a chat: what may be offered, and which calls and outputs the messages may hold."""

import msgspec
import pytest

from gateway.endpoints.chat_request import ChatRequest, Turn, read_turn
from gateway.endpoints.faults import Fault
from shared.messages import FunctionCall, HistoryItem, Tool

USER = {"role": "user", "content": "What time is it?"}
CLOCK = {"type": "function", "function": {"name": "clock"}}
BELL = {
    "type": "function",
    "function": {
        "name": "bell",
        "description": "Rings.",
        "parameters": {"type": "object"},
        "strict": True,
    },
}


def call(call_id: str = "call_1", arguments: str = "{}") -> dict[str, object]:
    return {
        "id": call_id,
        "type": "function",
        "function": {"name": "clock", "arguments": arguments},
    }


def calling(*calls: object, content: object = None) -> dict[str, object]:
    return {"role": "assistant", "content": content, "tool_calls": calls}


def output(call_id: str | None = "call_1", content: object = "noon") -> dict[str, object]:
    return {"role": "tool", "content": content, "tool_call_id": call_id}


def read(*messages: object, **fields: object) -> Turn:
    body = msgspec.json.encode({"messages": messages or (USER,), **fields})
    return read_turn(msgspec.json.decode(body, type=ChatRequest), longest=200)


def refusal(*messages: object, **fields: object) -> tuple[str, str]:
    with pytest.raises(Fault) as caught:
        read(*messages, **fields)
    assert caught.value.status == 400
    return caught.value.code, caught.value.param


def test_the_tools_of_a_request_are_offered() -> None:
    options = read(tools=[CLOCK, BELL]).options
    bell = Tool(name="bell", description="Rings.", parameters='{"type":"object"}')
    assert options.tools == (Tool(name="clock"), bell)
    assert options.tool_choice == "auto"


@pytest.mark.parametrize(
    ("wished", "choice"),
    [
        (None, "auto"),
        ("none", "none"),
        ("required", "required"),
        ({"type": "function", "function": {"name": "bell"}}, "bell"),
    ],
)
def test_a_request_says_whether_a_tool_is_to_be_called(wished: object, choice: str) -> None:
    assert read(tools=[CLOCK, BELL], tool_choice=wished).options.tool_choice == choice


@pytest.mark.parametrize(("wished", "most"), [(None, None), (True, None), (False, 1)])
def test_calls_side_by_side_can_be_unwanted(wished: bool | None, most: int | None) -> None:
    assert read(tools=[CLOCK], parallel_tool_calls=wished).most_calls == most


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"tools": [{"type": "custom"}]}, "unsupported_value", "tools[0].type"),
        ({"tools": [{"type": "function"}]}, "unsupported_value", "tools[0].type"),
        (
            {"tools": [CLOCK, {"type": "function", "function": {"name": "no name"}}]},
            "invalid_value",
            "tools[1].function.name",
        ),
        ({"tools": [CLOCK, CLOCK]}, "invalid_value", "tools"),
        (
            {"tools": [{"type": "function", "function": {"name": "c", "description": "d" * 200}}]},
            "string_above_max_length",
            "tools",
        ),
        (
            {"tools": [CLOCK], "tool_choice": {"type": "function", "function": {"name": "bell"}}},
            "invalid_value",
            "tool_choice",
        ),
        ({"tool_choice": "required"}, "invalid_value", "tool_choice"),
    ],
    ids=["type", "empty", "name", "twins", "too long", "unknown choice", "nothing to call"],
)
def test_tools_that_cannot_be_offered_are_refused(
    fields: dict[str, object], code: str, param: str
) -> None:
    assert refusal(**fields) == (code, param)


def test_calls_and_their_outputs_are_told_to_the_model() -> None:
    turn = read(
        USER,
        calling(call("call_1"), call("call_2", '{"zone":"Rome"}'), content="Let me see."),
        output("call_2", "one"),
        output("call_1", [{"type": "text", "text": "noon"}]),
    )
    calls = (
        FunctionCall(call_id="call_1", name="clock", arguments="{}"),
        FunctionCall(call_id="call_2", name="clock", arguments='{"zone":"Rome"}'),
    )
    assert turn.history == (
        HistoryItem(role="user", text="What time is it?"),
        HistoryItem(role="assistant", text="Let me see.", calls=calls),
        HistoryItem(role="tool", text="one", call_id="call_2"),
        HistoryItem(role="tool", text="noon", call_id="call_1"),
    )


@pytest.mark.parametrize(
    ("messages", "code", "param"),
    [
        ((output(),), "invalid_value", "messages[1].tool_call_id"),
        ((output(None),), "invalid_value", "messages[1].tool_call_id"),
        ((output(), calling(call())), "invalid_value", "messages[1].tool_call_id"),
        ((calling(call(), call()),), "invalid_value", "messages[1].tool_calls[1].id"),
        (
            ({"role": "user", "content": "?", "tool_calls": [call()]},),
            "invalid_value",
            "messages[1].tool_calls",
        ),
        (
            (calling({"id": "call_1", "type": "custom", "custom": {}}),),
            "unsupported_value",
            "messages[1].tool_calls[0].type",
        ),
        ((calling(call(arguments="x" * 200)),), "string_above_max_length", "messages"),
    ],
    ids=["no call", "no id", "call behind", "same id", "not the assistant", "type", "too long"],
)
def test_calls_and_outputs_that_do_not_fit_are_refused_by_their_place(
    messages: tuple[object, ...], code: str, param: str
) -> None:
    assert refusal(USER, *messages) == (code, param)


def test_an_output_alone_is_nothing_to_answer() -> None:
    assert refusal(calling(call()), output()) == ("conversation_empty", "messages")
