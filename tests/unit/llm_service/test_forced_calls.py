"""A call that has to be made, read out of its text."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_service.engines.forced_calls import CallReader, schema
from shared.messages import Tool

TEXTS = {
    '{"name": "clock", "arguments": {"zone": "UTC"}}': '{"zone": "UTC"}',
    '{\n  "name": "clock",\n  "arguments": {\n    "a": {"b": 1}\n  }\n}\n': (
        '{\n    "a": {"b": 1}\n  }'
    ),
    '{"name":"clock","arguments":{}}': "{}",
    '{"name": "clock", "arguments": {"a": "} } ", "b": "}"}}': '{"a": "} } ", "b": "}"}',
}


@pytest.mark.parametrize(("text", "arguments"), TEXTS.items())
@settings(deadline=None)
@given(cuts=st.lists(st.integers(0, 60)))
def test_the_arguments_come_whole_however_the_text_comes(
    text: str, arguments: str, cuts: list[int]
) -> None:
    places = [0, *sorted(cuts), len(text)]
    reader = CallReader()
    pieces = [piece for start, end in pairwise(places) for piece in reader.feed(text[start:end])]
    pieces += reader.finish()
    assert "".join(piece.arguments for piece in pieces) == arguments
    assert {(piece.index, piece.name) for piece in pieces} == {(0, "clock")}


def test_a_name_may_have_any_letters() -> None:
    [piece] = CallReader().feed('{"name": "a\\"b\\u00e9", "arguments": {"x": 1')
    assert (piece.name, piece.arguments) == ('a"bé', '{"x": 1')


@pytest.mark.parametrize("text", ["", "{", '{"name": "clock", "arguments": '])
def test_what_has_not_come_to_its_arguments_is_no_call(text: str) -> None:
    reader = CallReader()
    assert [*reader.feed(text), *reader.finish()] == []


def test_references_within_a_schema_still_lead_to_their_definitions() -> None:
    place = '{"properties": {"to": {"$ref": "#/$defs/P"}}, "$defs": {"P": {"enum": [1]}}}'
    tree = '{"properties": {"children": {"items": [{"$ref": "#"}]}, "$ref": {"type": "string"}}}'
    whole: Any = schema([Tool(name="go", parameters=place), Tool(name="plant", parameters=tree)])
    go, plant = (choice["properties"]["arguments"] for choice in whole["anyOf"])
    assert found(whole, go["properties"]["to"]["$ref"]) == {"enum": [1]}
    assert found(whole, plant["properties"]["children"]["items"][0]["$ref"]) is plant
    assert plant["properties"]["$ref"] == {"type": "string"}


def found(document: Any, reference: str) -> Any:
    """What a JSON pointer leads to."""
    for step in reference.removeprefix("#/").split("/"):
        document = document[int(step) if isinstance(document, list) else step]
    return document


def test_only_the_tools_given_fit_the_schema() -> None:
    clock = Tool(name="clock", parameters='{"type": "object", "required": ["zone"]}')
    arguments = {
        "clock": {"type": "object", "required": ["zone"]},
        "bell": {"type": "object", "additionalProperties": False},
    }
    choices = [
        {
            "type": "object",
            "properties": {"name": {"const": name}, "arguments": arguments[name]},
            "required": ["name", "arguments"],
            "additionalProperties": False,
        }
        for name in ("clock", "bell")
    ]
    assert schema([clock, Tool(name="bell")]) == {"anyOf": choices}
