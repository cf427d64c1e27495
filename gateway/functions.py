"""Functions that a client offers for the assistant to call: checked, whatever words it uses."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import msgspec

from gateway.protocols.refused import Refused
from shared.messages import Tool

MOST_TOOLS = 128
"""Of a session, or of a request."""
CHOICES = ("auto", "none", "required")
"""What a client may wish in place of the name of the one function to call."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


class WishedFunction(Protocol):
    """A function as a client describes it."""

    @property
    def name(self) -> str:
        """What the assistant calls it by."""

    @property
    def description(self) -> str | None:
        """What it is for."""

    @property
    def parameters(self) -> Mapping[str, object] | None:
        """JSON Schema of the arguments."""


def read_functions(
    wished: Sequence[WishedFunction], longest: int, param: str, inner: str = ""
) -> tuple[Tool, ...]:
    """Them as tools, `longest` characters in all; raises Refused.

    `param` is where the client put them, and `inner` where in each of them their fields are.
    """
    tools = tuple(
        _tool(function, f"{param}[{place}]{inner}") for place, function in enumerate(wished)
    )
    names = [tool.name for tool in tools]
    if len(set(names)) < len(names):
        raise Refused("invalid_value", "two tools have the same name", param)
    size = sum(len(f"{tool.name}{tool.description}{tool.parameters}") for tool in tools)
    if size > longest:
        message = f"tools may have {longest} characters together, not {size}"
        raise Refused("string_above_max_length", message, param)
    return tools


def check_choice(choice: str, tools: Collection[Tool], param: str) -> None:
    """Raise Refused if a choice names none of the tools."""
    if choice not in CHOICES and choice not in {tool.name for tool in tools}:
        message = f"tool_choice names {choice!r}, which is none of the tools"
        raise Refused("invalid_value", message, param)


def _tool(function: WishedFunction, param: str) -> Tool:
    if not _NAME.fullmatch(function.name):
        message = "a tool's name has 1 to 64 letters, digits, _ and -"
        raise Refused("invalid_value", message, f"{param}.name")
    parameters = msgspec.json.encode(function.parameters or {}).decode()
    return Tool(name=function.name, description=function.description or "", parameters=parameters)
