"""A call that has to be made: a JSON Schema that allows nothing else, and a reader of its text.

For llama.cpp, which lets a model talk for as long as it likes before a call that it insists on.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from llm_service.engine import ToolCallDelta
from shared.messages import Tool

_OPENING = re.compile(r'\s*\{\s*"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*"arguments"\s*:\s*(?=\S)')
_NO_PARAMETERS = {"type": "object", "additionalProperties": False}
_MAY_CLOSE = "} \t\r\n"


def schema(tools: Sequence[Tool]) -> dict[str, object]:
    """A JSON Schema of one call of one of these tools."""
    return {"anyOf": [_schema(tool, place) for place, tool in enumerate(tools)]}


def _schema(tool: Tool, place: int) -> dict[str, object]:
    parameters = msgspec.json.decode(tool.parameters) or _NO_PARAMETERS
    return {
        "type": "object",
        "properties": {
            "name": {"const": tool.name},
            "arguments": _moved(parameters, f"#/anyOf/{place}/properties/arguments"),
        },
        "required": ["name", "arguments"],
        "additionalProperties": False,
    }


def _moved(node: Any, root: str) -> Any:
    """A schema that now stands at `root`, where its references to itself are to be found."""
    if isinstance(node, list):
        return [_moved(part, root) for part in node]
    if not isinstance(node, dict):
        return node
    moved = {name: _moved(part, root) for name, part in node.items()}
    place = node.get("$ref")
    is_local = isinstance(place, str) and place.startswith("#")
    return moved | {"$ref": root + str(place)[1:]} if is_local else moved


class CallReader:
    """The text of a call in, its pieces out; the brace that closes it all is no argument."""

    def __init__(self) -> None:
        self._text = ""
        self._name: str | None = None

    def feed(self, delta: str) -> Iterator[ToolCallDelta]:
        """What is certain once this has come."""
        self._text += delta
        if self._name is None and (opening := _OPENING.match(self._text)):
            self._name = str(msgspec.json.decode(opening[1]))
            self._text = self._text[opening.end() :]
        if self._name is not None:
            yield from self._take(self._name, len(self._text.rstrip(_MAY_CLOSE)))

    def finish(self) -> Iterator[ToolCallDelta]:
        """The end of the arguments, once the text has ended."""
        if self._name is not None:
            yield from self._take(self._name, len(self._text[: self._text.rfind("}")].rstrip()))

    def _take(self, name: str, end: int) -> Iterator[ToolCallDelta]:
        piece, self._text = self._text[:end], self._text[end:]
        if piece:
            yield ToolCallDelta(index=0, name=name, arguments=piece)
