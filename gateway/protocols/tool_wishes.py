"""What a client wishes about tools: read, checked, and shown to it again."""

import re
from collections.abc import Sequence

import msgspec

from gateway.protocols.realtime_client import Function, FunctionChoice, Wishes
from gateway.protocols.refused import Refused
from shared.messages import ReplyOptions, Tool

_CHOICES = ("auto", "none", "required")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def with_tools(options: ReplyOptions, wishes: Wishes, longest: int, param: str) -> ReplyOptions:
    """Options with what is wished of tools, `longest` characters in all; raises Refused."""
    tools, choice = options.tools, options.tool_choice
    if isinstance(wishes.tools, tuple):
        tools = _read(wishes.tools, longest, f"{param}.tools")
    if isinstance(wishes.tool_choice, FunctionChoice):
        choice = wishes.tool_choice.name
    elif isinstance(wishes.tool_choice, str):
        choice = wishes.tool_choice
    if choice not in _CHOICES and choice not in {tool.name for tool in tools}:
        message = f"tool_choice names {choice!r}, which is none of the tools"
        raise Refused("invalid_value", message, f"{param}.tool_choice")
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
    choice = options.tool_choice if options.tool_choice in _CHOICES else named
    return {"tools": tools, "tool_choice": choice}


def _read(wished: Sequence[Function], longest: int, param: str) -> tuple[Tool, ...]:
    tools = tuple(_tool(function, f"{param}[{place}]") for place, function in enumerate(wished))
    names = [tool.name for tool in tools]
    if len(set(names)) < len(names):
        raise Refused("invalid_value", "two tools have the same name", param)
    size = sum(len(f"{tool.name}{tool.description}{tool.parameters}") for tool in tools)
    if size > longest:
        message = f"tools may have {longest} characters together, not {size}"
        raise Refused("string_above_max_length", message, param)
    return tools


def _tool(function: Function, param: str) -> Tool:
    if function.type != "function":
        message = (
            f"tools of the type {function.type!r} are not supported; functions are, and the "
            "gateway's own MCP servers are offered to every session"
        )
        raise Refused("unsupported_value", message, f"{param}.type")
    if not _NAME.fullmatch(function.name):
        message = "a tool's name has 1 to 64 letters, digits, _ and -"
        raise Refused("invalid_value", message, f"{param}.name")
    parameters = msgspec.json.encode(function.parameters or {}).decode()
    return Tool(name=function.name, description=function.description or "", parameters=parameters)
