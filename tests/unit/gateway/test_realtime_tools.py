"""Tools in the words of the Realtime protocol: wished for, called, answered."""

import msgspec
import pytest
from realtime_wire import open_session, problem, read, tell, update

from gateway import events
from gateway.items import Item, Outcome
from gateway.latency import Latency
from gateway.notices import (
    AnyNotice,
    CallArguments,
    CallEnded,
    CallStarted,
    ItemKnown,
    ItemWasRetrieved,
    ReplyFinished,
    ReplyStarted,
    ReplyText,
    ToolEnded,
    ToolStarted,
    Usage,
)
from gateway.protocols.realtime import Realtime
from gateway.settings import GatewaySettings
from shared.messages import FunctionCall, HistoryItem, ReplyOptions, Tool

WEATHER = {
    "type": "function",
    "name": "weather",
    "description": "Tells it.",
    "parameters": {"type": "object", "required": ["city"]},
}
TOOL = Tool(
    name="weather",
    description="Tells it.",
    parameters='{"type":"object","required":["city"]}',
)
ARGUMENTS = '{"city":"Rome"}'
STARTED = ReplyStarted(reply=1, item=2, previous=1, options=ReplyOptions(is_spoken=False))


def session() -> Realtime:
    return Realtime("abc", "voicechat", GatewaySettings(most_text_characters=200))


def wished(realtime: Realtime, **session: object) -> ReplyOptions:
    """The options after a session.update that is granted."""
    configured = update(realtime, **session)
    assert isinstance(configured, events.SessionConfigured), configured
    return configured.options


def test_the_tools_of_a_session_are_read_and_shown_again() -> None:
    realtime = session()
    options = wished(realtime, tools=[WEATHER], tool_choice="required")
    assert (options.tools, options.tool_choice) == ((TOOL,), "required")
    shown = realtime.config.shown("sess", "voicechat")
    assert (shown["tools"], shown["tool_choice"]) == ([WEATHER], "required")


def test_one_tool_can_be_insisted_on() -> None:
    realtime = session()
    choice = {"type": "function", "name": "weather"}
    assert wished(realtime, tools=[WEATHER], tool_choice=choice).tool_choice == "weather"
    assert realtime.config.shown("sess", "voicechat")["tool_choice"] == choice


def test_tools_stay_until_others_are_wished_for() -> None:
    realtime = session()
    wished(realtime, tools=[WEATHER])
    assert wished(realtime, instructions="Rhyme.").tools == (TOOL,)
    assert wished(realtime, tools=None).tools == (TOOL,)
    assert wished(realtime, tools=[]).tools == ()


def test_a_function_may_have_neither_description_nor_parameters() -> None:
    [tool] = wished(session(), tools=[{"type": "function", "name": "bell"}]).tools
    assert tool == Tool(name="bell")


def test_a_response_may_have_tools_of_its_own() -> None:
    realtime = session()
    wished(realtime, tools=[WEATHER])
    asked = read(realtime, "response.create", response={"tools": [], "tool_choice": "none"})
    assert isinstance(asked, events.ReplyRequested)
    assert asked.options is not None
    assert (asked.options.tools, asked.options.tool_choice) == ((), "none")
    assert realtime.config.options.tools == (TOOL,)


@pytest.mark.parametrize(
    ("wrong", "code", "param"),
    [
        pytest.param(
            {"tools": [{"type": "mcp", "server_label": "x"}]},
            "unsupported_value",
            "tools[0].type",
            id="an MCP server",
        ),
        pytest.param(
            {"tools": [{"type": "function"}]}, "invalid_value", "tools[0].name", id="no name"
        ),
        pytest.param(
            {"tools": [WEATHER, WEATHER | {"name": "a b"}]},
            "invalid_value",
            "tools[1].name",
            id="a name with a space",
        ),
        pytest.param(
            {"tools": [WEATHER, WEATHER]}, "invalid_value", "tools", id="the same name twice"
        ),
        pytest.param(
            {"tools": [WEATHER | {"description": "x" * 200}]},
            "string_above_max_length",
            "tools",
            id="too long",
        ),
        pytest.param(
            {"tools": [WEATHER | {"parameters": []}]},
            "invalid_value",
            "tools[0].parameters",
            id="parameters that are no object",
        ),
        pytest.param({"tools": [WEATHER] * 129}, "invalid_value", "tools", id="too many"),
        pytest.param({"tool_choice": "weather"}, "invalid_value", "tool_choice", id="no choice"),
        pytest.param(
            {"tool_choice": {"type": "function", "name": "weather"}},
            "invalid_value",
            "tool_choice",
            id="a choice of nothing",
        ),
    ],
)
def test_wrong_wishes_name_their_field_and_change_nothing(
    wrong: dict[str, object], code: str, param: str
) -> None:
    realtime = session()
    refused = problem(update(realtime, **wrong))
    assert (refused.code, refused.param) == (code, f"session.{param}")
    assert realtime.config.options == ReplyOptions()


def test_tools_that_the_choice_needs_cannot_be_taken_away() -> None:
    realtime = session()
    wished(realtime, tools=[WEATHER], tool_choice={"type": "function", "name": "weather"})
    refused = problem(update(realtime, tools=[]))
    assert (refused.code, refused.param) == ("invalid_value", "session.tool_choice")


# Items


def test_the_output_of_a_call_is_an_item() -> None:
    item = {"type": "function_call_output", "call_id": "c", "output": "mild"}
    heard = read(session(), "conversation.item.create", item=item)
    said = HistoryItem(role="tool", text="mild", call_id="c")
    assert heard == events.ItemAdded(said=said, event_id="e")


def test_a_call_of_an_earlier_conversation_is_an_item() -> None:
    item = {"type": "function_call", "call_id": "c", "name": "weather", "arguments": ARGUMENTS}
    heard = read(session(), "conversation.item.create", item=item)
    call = FunctionCall(call_id="c", name="weather", arguments=ARGUMENTS)
    said = HistoryItem(role="assistant", text="", calls=(call,))
    assert heard == events.ItemAdded(said=said, event_id="e")


@pytest.mark.parametrize(
    ("item", "code"),
    [
        pytest.param({"type": "function_call_output"}, "invalid_value", id="no call_id"),
        pytest.param({"type": "function_call", "call_id": "c"}, "invalid_value", id="no name"),
        pytest.param(
            {"type": "function_call_output", "call_id": "c", "output": "x" * 21},
            "string_above_max_length",
            id="too long",
        ),
    ],
)
def test_calls_and_outputs_that_say_too_little_or_too_much_are_refused(
    item: dict[str, object], code: str
) -> None:
    assert problem(read(open_session(), "conversation.item.create", item=item)).code == code


def test_outputs_can_be_answered_beside_the_conversation() -> None:
    item = {"type": "function_call_output", "call_id": "c", "output": "mild"}
    asked = read(session(), "response.create", response={"conversation": "none", "input": [item]})
    assert isinstance(asked, events.ReplyRequested)
    assert asked.context == (HistoryItem(role="tool", text="mild", call_id="c"),)


def test_a_client_sees_the_output_that_it_gave() -> None:
    said = HistoryItem(role="tool", text="mild", call_id="c")
    added, done = tell(session(), ItemKnown(item=Item(number=3, said=said), previous=2))
    assert (added["type"], done["type"]) == ("conversation.item.added", "conversation.item.done")
    assert done["item"] == {
        "id": "item_abc_3",
        "object": "realtime.item",
        "type": "function_call_output",
        "status": "completed",
        "call_id": "c",
        "output": "mild",
    }


# Calls


def call(*, is_ours: bool, item: int = 3, place: int = 0, is_whole: bool = True) -> list[AnyNotice]:
    """The notices of a call whose arguments come in two pieces."""
    started = CallStarted(
        reply=1,
        item=item,
        previous=1,
        place=place,
        call_id="c",
        name="weather",
        is_ours=is_ours,
    )
    pieces = (ARGUMENTS[:5], ARGUMENTS[5:]) if is_whole else (ARGUMENTS[:5],)
    told = [CallArguments(reply=1, item=item, delta=piece) for piece in pieces]
    arguments = "".join(pieces)
    ended = CallEnded(reply=1, item=item, arguments=arguments, is_whole=is_whole)
    return [started, *told, ended]


def finished(text: str = "") -> ReplyFinished:
    return ReplyFinished(reply=1, status="completed", text=text, usage=Usage(), latency=Latency())


def test_a_call_is_told_in_the_order_that_clients_wait_for() -> None:
    messages = tell(session(), STARTED, *call(is_ours=False), finished())
    assert [message["type"] for message in messages] == [
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.done",
    ]
    added, done = messages[1]["item"], messages[6]["item"]
    assert (added["status"], added["arguments"]) == ("in_progress", "")
    assert done == {
        "id": "item_abc_3",
        "object": "realtime.item",
        "type": "function_call",
        "status": "completed",
        "call_id": "c",
        "name": "weather",
        "arguments": ARGUMENTS,
    }
    assert messages[-1]["response"]["output"] == [done]
    assert messages[2]["previous_item_id"] == "item_abc_1"


def test_calls_stand_behind_the_message_of_their_reply() -> None:
    calls = [*call(is_ours=False, place=1), *call(is_ours=False, item=4, place=2)]
    messages = tell(
        session(), STARTED, ReplyText(reply=1, delta="Well."), *calls, finished("Well.")
    )
    assert [item["id"] for item in messages[-1]["response"]["output"]] == [
        "item_abc_2",
        "item_abc_3",
        "item_abc_4",
    ]
    places = {m["item_id"]: m["output_index"] for m in messages if "arguments" in m}
    assert places == {"item_abc_3": 1, "item_abc_4": 2}


def test_a_call_that_was_cut_is_incomplete_and_no_client_runs_it() -> None:
    messages = tell(session(), STARTED, *call(is_ours=False, is_whole=False), finished())
    assert "response.function_call_arguments.done" not in [message["type"] for message in messages]
    [done] = [m for m in messages if m["type"] == "response.output_item.done"]
    assert done["item"]["status"] == "incomplete"


def test_a_call_beside_the_conversation_is_no_item_of_it() -> None:
    started = msgspec.structs.replace(STARTED, is_aside=True)
    messages = tell(session(), started, *call(is_ours=False), finished())
    assert not any(message["type"].startswith("conversation.item") for message in messages)


def test_what_the_gateway_runs_is_a_call_that_clients_leave_alone() -> None:
    ran = made(Outcome(text="mild", is_error=False))
    messages = tell(
        session(),
        STARTED,
        *call(is_ours=True),
        ToolStarted(item=3, place=0),
        finished(),
        ToolEnded(item=ran, previous=1, place=0),
    )
    assert [message["type"] for message in messages] == [
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.mcp_call_arguments.delta",
        "response.mcp_call_arguments.delta",
        "response.mcp_call_arguments.done",
        "response.output_item.done",
        "response.mcp_call.in_progress",
        "response.done",
        "response.mcp_call.completed",
        "conversation.item.done",
    ]
    item = messages[-1]["item"]
    assert (item["type"], item["output"], item["error"]) == ("mcp_call", "mild", None)
    assert messages[-3]["response"]["output"][0]["output"] is None


def test_what_was_wrong_with_a_tool_is_told() -> None:
    failed = made(Outcome(text="no such city", is_error=True))
    first, done = tell(session(), ToolEnded(item=failed, previous=1, place=0))
    assert first["type"] == "response.mcp_call.failed"
    assert done["item"]["output"] is None
    assert done["item"]["error"] == {"type": "tool_execution_error", "message": "no such city"}


@pytest.mark.parametrize(("is_ours", "kind"), [(True, "mcp_call"), (False, "function_call")])
def test_a_call_can_be_retrieved(is_ours: bool, kind: str) -> None:
    item = msgspec.structs.replace(made(None), is_ours=is_ours)
    [message] = tell(session(), ItemWasRetrieved(item=item))
    assert (message["item"]["type"], message["item"]["arguments"]) == (kind, ARGUMENTS)


def made(outcome: Outcome | None) -> Item:
    """A call of the gateway's own, and what came of it."""
    call = FunctionCall(call_id="c", name="weather", arguments=ARGUMENTS)
    said = HistoryItem(role="assistant", text="", calls=(call,))
    return Item(number=3, said=said, is_ours=True, outcome=outcome)
