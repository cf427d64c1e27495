"""What a client wishes about tools: read, checked, and shown to it again."""

from collections.abc import Sequence

import msgspec

from gateway.functions import CHOICES, check_choice, read_functions
from gateway.protocols.realtime_client import Function, FunctionChoice, Wishes
from gateway.protocols.refused import Refused
from shared.messages import ReplyOptions, Tool


def with_tools(options: ReplyOptions, wishes: Wishes, longest: int, param: str) -> ReplyOptions:
    """Options with what is wished of tools, `longest` characters in all; raises Refused."""
    tools, choice = options.tools, options.tool_choice
    if isinstance(wishes.tools, tuple):
        tools = _read(wishes.tools, longest, f"{param}.tools")
    if isinstance(wishes.tool_choice, FunctionChoice):
        choice = wishes.tool_choice.name
    elif isinstance(wishes.tool_choice, str):
        choice = wishes.tool_choice
    check_choice(choice, tools, f"{param}.tool_choice")
    return msgspec.structs.replace(options, tools=tools, tool_choice=choice)


def shown_tools(options: ReplyOptions) -> dict[str, object]:
    """`tools` and `tool_choice` of the `session` object."""
    tools = [
        {
            "type": "function",
            "name": tool.name,
            "description": tool.description,
            "parameters": msgspec.json.decode(tool.parameters),
        }
        for tool in options.tools
    ]
    named = {"type": "function", "name": options.tool_choice}
    choice = options.tool_choice if options.tool_choice in CHOICES else named
    return {"tools": tools, "tool_choice": choice}


def _read(wished: Sequence[Function], longest: int, param: str) -> tuple[Tool, ...]:
    for place, function in enumerate(wished):
        if function.type != "function":
            message = (
                f"tools of the type {function.type!r} are not supported; functions are, and the "
                "gateway's own MCP servers are offered to every session"
            )
            raise Refused("unsupported_value", message, f"{param}[{place}].type")
    return read_functions(wished, longest, param)
