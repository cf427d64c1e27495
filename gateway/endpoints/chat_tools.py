"""Functions that a chat may call, as a request offers them."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from gateway.endpoints.faults import Fault
from gateway.functions import check_choice, read_functions
from gateway.protocols.refused import Refused
from shared.messages import Tool


class FunctionWish(Struct, frozen=True, kw_only=True):
    """A function that the client runs."""

    name: str
    description: str | None = None
    parameters: dict[str, object] | None = None
    """JSON Schema of the arguments."""


class ToolWish(Struct, frozen=True, kw_only=True):
    """A tool that may be called."""

    type: str
    function: FunctionWish | None = None
    """Other types of tools have none, and are refused by their type."""


class NamedFunction(Struct, frozen=True, kw_only=True):
    """A function by its name."""

    name: str


class FunctionChoice(Struct, frozen=True, kw_only=True):
    """The one function that is to be called."""

    type: Literal["function"]
    function: NamedFunction


ToolChoice = Literal["auto", "none", "required"] | FunctionChoice


class Offered(Struct, frozen=True, kw_only=True):
    """What the assistant may call, and what it has to."""

    tools: tuple[Tool, ...]
    choice: str
    """As of ReplyOptions."""


def read_tools(wished: Sequence[ToolWish], choice: ToolChoice | None, longest: int) -> Offered:
    """What a request offers, `longest` characters in all; raises Fault."""
    functions = [_function(tool, f"tools[{place}]") for place, tool in enumerate(wished)]
    named = choice.function.name if isinstance(choice, FunctionChoice) else choice or "auto"
    if named == "required" and not functions:
        told = "tool_choice requires a call, but there are no tools"
        raise Fault(400, told, code="invalid_value", param="tool_choice")
    try:
        tools = read_functions(functions, longest, "tools", ".function")
        check_choice(named, tools, "tool_choice")
    except Refused as no:
        raise Fault(400, no.message, code=no.code, param=no.param) from no
    return Offered(tools=tools, choice=named)


def _function(tool: ToolWish, param: str) -> FunctionWish:
    if tool.type != "function" or tool.function is None:
        told = f"a tool is a function, described in its field `function`; not {tool.type[:100]}"
        raise Fault(400, told, code="unsupported_value", param=f"{param}.type")
    return tool.function
