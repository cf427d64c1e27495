"""The messages of a chat, and what the llm service is given of them."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, Struct

from gateway.endpoints.faults import Fault
from shared.messages import FunctionCall, HistoryItem, Role

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}


class TextPart(Struct, frozen=True, kw_only=True):
    """A part of a message's content."""

    type: str
    text: str = ""


class CalledFunction(Struct, frozen=True, kw_only=True):
    """Which function was called, and with what."""

    name: Annotated[str, Meta(min_length=1)]
    arguments: str
    """JSON text."""


class Called(Struct, frozen=True, kw_only=True):
    """An earlier call of the assistant's."""

    id: Annotated[str, Meta(min_length=1)]
    type: str = "function"
    function: CalledFunction | None = None
    """Other types of calls have none, and are refused by their type."""


class ChatMessage(Struct, frozen=True, kw_only=True):
    """A contribution to the conversation."""

    role: str
    content: str | tuple[TextPart, ...] | None = None
    tool_calls: tuple[Called, ...] | None = None
    tool_call_id: str | None = None
    """Of a tool's message: the call that it is the output of."""


def read_messages(messages: Sequence[ChatMessage]) -> tuple[HistoryItem, ...]:
    """What they say; raises Fault."""
    called: set[str] = set()
    items = []
    for number, message in enumerate(messages):
        item = _item(message, f"messages[{number}]")
        _check_ids(item, called, f"messages[{number}]")
        items.append(item)
    return tuple(items)


def _check_ids(item: HistoryItem, called: set[str], param: str) -> None:
    """Calls are known by their ids, which `called` gathers; an output needs its call before it."""
    for place, call in enumerate(item.calls):
        if call.call_id in called:
            told = "another call has the same id; the output of a call is found by it"
            raise Fault(400, told, code="invalid_value", param=f"{param}.tool_calls[{place}].id")
        called.add(call.call_id)
    if item.role == "tool" and item.call_id not in called:
        told = "no assistant's message before this one has a call with this id"
        raise Fault(400, told, code="invalid_value", param=f"{param}.tool_call_id")


def _item(message: ChatMessage, param: str) -> HistoryItem:
    if (role := _ROLES.get(message.role)) is None:
        told = f"the role of a message is one of {', '.join(_ROLES)}"
        raise Fault(400, told, code="unsupported_value", param=f"{param}.role")
    text = _text(message.content, f"{param}.content")
    if role == "tool":
        return HistoryItem(role=role, text=text, call_id=message.tool_call_id or "")
    wished = message.tool_calls or ()
    if wished and role != "assistant":
        told = "only the assistant calls tools"
        raise Fault(400, told, code="invalid_value", param=f"{param}.tool_calls")
    calls = (_call(call, f"{param}.tool_calls[{place}]") for place, call in enumerate(wished))
    return HistoryItem(role=role, text=text, calls=tuple(calls))


def _call(called: Called, param: str) -> FunctionCall:
    if called.type != "function" or called.function is None:
        told = f"a call is of a function, not {called.type[:100]}"
        raise Fault(400, told, code="unsupported_value", param=f"{param}.type")
    function = called.function
    return FunctionCall(call_id=called.id, name=function.name, arguments=function.arguments)


def _text(content: str | Sequence[TextPart] | None, param: str) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    for place, part in enumerate(content):
        if part.type != "text":
            told = f"a message is text, not {part.type[:100]}; send speech to /v1/audio first"
            raise Fault(400, told, code="unsupported_value", param=f"{param}[{place}]")
    return "".join(part.text for part in content)
