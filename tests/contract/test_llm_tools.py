"""What language model engines make of tools, with real models."""

from collections.abc import Iterator
from contextlib import aclosing
from typing import Any

import msgspec
import pytest

from llm_service.engine import LlmEngine, Prompt, Token, ToolCallDelta, Usage
from llm_service.engines import ENGINES
from shared.errors import EngineUnavailable
from shared.messages import FunctionCall, HistoryItem, Tool
from shared.registry import find

WEATHER = Tool(
    name="get_weather",
    description="Tells the weather of a city.",
    parameters='{"type": "object", "properties": {"city": {"type": "string", "maxLength": 20}}, '
    '"required": ["city"]}',
)
CLOCK = Tool(
    name="get_time",
    description="Tells the time in a zone.",
    parameters='{"type": "object", "properties": {"zone": {"enum": ["Europe/Paris", "UTC"]}}, '
    '"required": ["zone"]}',
)
ROUTE = Tool(
    name="get_route",
    description="Tells the way to a place.",
    parameters='{"type": "object", "properties": {"to": {"$ref": "#/$defs/Place"}}, '
    '"required": ["to"], "$defs": {"Place": {"type": "object", "properties": '
    '{"city": {"enum": ["Paris", "Rome"]}}, "required": ["city"]}}}',
)
"""As libraries write it that make schemas of types."""
BELL = Tool(name="ring", description="Rings a bell.")
CALLS = 'get_weather {"city": "Paris"}\nget_weather {"city": "Rome"}'
SCRIPT = {"calls": CALLS, "reply": "It is {output}."}


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[LlmEngine]:
    """Each engine that offers tools to its model."""
    try:
        made: Any = find(ENGINES, request.param)
    except EngineUnavailable as error:
        pytest.skip(str(error))
    if request.param == "llama_cpp_python":
        pytest.skip("it replies without tools")
    loaded = made(made.Settings(**SCRIPT if request.param == "scripted" else {}))
    yield loaded
    loaded.close()


def said(role: Any, text: str) -> HistoryItem:
    return HistoryItem(role=role, text=text)


QUESTION = said("user", "What is the weather in Paris and in Rome?")


def made(*calls: tuple[str, str]) -> HistoryItem:
    """The assistant asks for the weather; of each call its id and the city."""
    return HistoryItem(
        role="assistant",
        text="",
        calls=tuple(
            FunctionCall(call_id=call_id, name="get_weather", arguments=f'{{"city": "{city}"}}')
            for call_id, city in calls
        ),
    )


def output(call_id: str, text: str) -> HistoryItem:
    return HistoryItem(role="tool", text=text, call_id=call_id)


def example(number: int, *cities: str) -> list[HistoryItem]:
    """An exchange that shows the model how to go about it."""
    ids = [f"call_{number}_{city}" for city in cities]
    return [
        said("user", f"What is the weather in {' and in '.join(cities)}?"),
        made(*zip(ids, cities, strict=True)),
        *(output(call_id, "sunny") for call_id in ids),
        said("assistant", "It is sunny."),
    ]


EXAMPLES = [
    *example(1, "London", "Oslo"),
    *example(2, "Berlin", "Bonn"),
    *example(3, "Madrid", "Kyiv"),
]


def prompt(*messages: HistoryItem, **changes: Any) -> Prompt:
    system = said("system", "You are a helpful voice assistant.")
    plain = Prompt(
        messages=(system, *messages), tools=(WEATHER, CLOCK), max_tokens=100, temperature=0.0
    )
    return msgspec.structs.replace(plain, **changes)


async def read(engine: LlmEngine, wanted: Prompt) -> tuple[str, list[tuple[str, Any]], Usage]:
    """What is said, the calls with their arguments, and the usage."""
    async with aclosing(engine.reply(wanted)) as reply:
        items = [item async for item in reply]
    usage = items.pop()
    assert isinstance(usage, Usage)
    text = "".join(item.delta for item in items if isinstance(item, Token))
    pieces = [item for item in items if isinstance(item, ToolCallDelta)]
    indices = sorted({piece.index for piece in pieces})
    assert indices == list(range(len(indices)))
    calls = []
    for index in indices:
        [name] = {piece.name for piece in pieces if piece.index == index}
        arguments = "".join(piece.arguments for piece in pieces if piece.index == index)
        calls.append((name, msgspec.json.decode(arguments)))
    return text, calls, usage


async def test_calls_side_by_side_are_told_apart(engine: LlmEngine) -> None:
    text, calls, usage = await read(engine, prompt(*EXAMPLES, QUESTION))
    assert text.strip() == ""
    assert calls == [("get_weather", {"city": "Paris"}), ("get_weather", {"city": "Rome"})]
    assert usage.reason == "complete"


async def test_arguments_come_in_pieces(engine: LlmEngine) -> None:
    async with aclosing(engine.reply(prompt(*EXAMPLES, QUESTION))) as reply:
        pieces = [item async for item in reply if isinstance(item, ToolCallDelta)]
    assert len(pieces) > 2


async def test_an_output_is_answered_in_words(engine: LlmEngine) -> None:
    asked = (said("user", "What is the weather in Paris?"), made(("1", "Paris")))
    wanted = prompt(*asked, output("1", "18 degrees and sunny"), tool_choice="none")
    text, calls, _ = await read(engine, wanted)
    assert calls == []
    assert "18" in text


async def test_a_tool_that_is_named_is_called(engine: LlmEngine) -> None:
    text, calls, _ = await read(engine, prompt(QUESTION, tool_choice="get_time"))
    [(name, arguments)] = calls
    assert (text, name) == ("", "get_time")
    assert set(arguments) <= {"zone"}


async def test_a_call_that_is_required_fits_its_tool(engine: LlmEngine) -> None:
    text, calls, _ = await read(engine, prompt(QUESTION, tool_choice="required"))
    assert text == ""
    for name, arguments in calls:
        assert (name, *arguments) in [("get_weather", "city"), ("get_time", "zone")]
    assert calls


async def test_a_tool_without_parameters_gets_an_empty_object(engine: LlmEngine) -> None:
    wanted = prompt(said("user", "Ring the bell."), tools=(BELL,), tool_choice="ring")
    assert (await read(engine, wanted))[1] == [("ring", {})]


async def test_a_schema_may_refer_to_its_own_definitions(engine: LlmEngine) -> None:
    wanted = prompt(QUESTION, tools=(BELL, ROUTE), tool_choice="get_route")
    [(name, _)] = (await read(engine, wanted))[1]
    assert name == "get_route"


@pytest.mark.parametrize(
    "schema",
    [
        '{"type": "object", "properties": {"a": {"type": "frob"}}}',
        '{"$ref": "http://127.0.0.1/schema"}',
        '{"type": "object", "properties": {"a": {"enum": []}}}',
    ],
    ids=["type", "reference", "enum"],
)
async def test_a_schema_that_cannot_be_read_spoils_no_reply(engine: LlmEngine, schema: str) -> None:
    odd = Tool(name="odd", parameters=schema)
    text, calls, _ = await read(engine, prompt(QUESTION, tools=(odd, WEATHER)))
    assert text or calls


async def test_a_call_is_made_behind_what_was_said(engine: LlmEngine) -> None:
    wanted = prompt(QUESTION, tool_choice="get_weather", reply_so_far="Let me see.")
    [(name, arguments)] = (await read(engine, wanted))[1]
    assert (name, *arguments) == ("get_weather", "city")


async def test_no_tool_is_called_where_none_may_be(engine: LlmEngine) -> None:
    text, calls, _ = await read(engine, prompt(*EXAMPLES, QUESTION, tool_choice="none"))
    assert calls == []
    assert text


async def test_calls_of_the_past_need_no_tools_today(engine: LlmEngine) -> None:
    text, calls, _ = await read(engine, prompt(*EXAMPLES, QUESTION, tools=()))
    assert calls == []
    assert text


async def test_a_call_is_cut_at_the_most_tokens(engine: LlmEngine) -> None:
    wanted = prompt(QUESTION, tool_choice="get_weather", max_tokens=1)
    async with aclosing(engine.reply(wanted)) as reply:
        *_, usage = [item async for item in reply]
    assert isinstance(usage, Usage)
    assert (usage.reason, usage.output_tokens) == ("length", 1)
