"""What `POST /v1/chat/completions` takes, and what of it the llm service is given."""

from collections.abc import Sequence
from itertools import takewhile
from typing import Annotated

from msgspec import Meta, Struct

from gateway.endpoints.faults import Fault
from shared.messages import HistoryItem, ReplyOptions, Role

_Tokens = Annotated[int, Meta(ge=1)]
_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
}


class TextPart(Struct, frozen=True, kw_only=True):
    """A part of a message's content."""

    type: str
    text: str = ""


class ChatMessage(Struct, frozen=True, kw_only=True):
    """A contribution to the conversation."""

    role: str
    content: str | tuple[TextPart, ...] | None = None


class StreamOptions(Struct, frozen=True, kw_only=True):
    """What a stream has besides its text."""

    include_usage: bool = False


class ResponseFormat(Struct, frozen=True, kw_only=True):
    """What kind of text is wanted."""

    type: str = "text"


class ChatRequest(Struct, frozen=True, kw_only=True):
    """The body; what is not named here has no effect."""

    messages: Annotated[tuple[ChatMessage, ...], Meta(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: _Tokens | None = None
    max_completion_tokens: _Tokens | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    n: int | None = None
    stop: str | tuple[str, ...] | None = None
    logprobs: bool | None = None
    modalities: tuple[str, ...] | None = None
    response_format: ResponseFormat | None = None
    tools: tuple[dict[str, object], ...] | None = None
    functions: tuple[dict[str, object], ...] | None = None


class Turn(Struct, frozen=True, kw_only=True):
    """What the llm service is given."""

    history: tuple[HistoryItem, ...]
    """Ends with what is to be answered."""
    options: ReplyOptions


def read_turn(request: ChatRequest, longest: int) -> Turn:
    """What a request asks of the llm service; raises Fault for what is not to be had."""
    _refuse_what_is_not_there(request)
    items = [_item(number, message) for number, message in enumerate(request.messages)]
    if not any(item.role == "user" and item.text.strip() for item in items):
        told = "nothing of a user stands in the messages, so there is nothing to answer"
        raise Fault(400, told, code="conversation_empty", param="messages")
    if (length := sum(len(item.text) for item in items)) > longest:
        told = f"the messages may have {longest} characters together, not {length}"
        raise Fault(400, told, code="string_above_max_length", param="messages")
    leading = list(takewhile(lambda item: item.role == "system", items))
    options = ReplyOptions(
        instructions="\n".join(item.text for item in leading),
        temperature=request.temperature,
        max_output_tokens=request.max_completion_tokens or request.max_tokens or 0,
        is_spoken=False,
    )
    return Turn(history=tuple(items[len(leading) :]), options=options)


def _refuse_what_is_not_there(request: ChatRequest) -> None:
    """What would change the reply is not passed over."""
    wanted = {
        "n": (request.n or 1) != 1,
        "stop": bool(request.stop),
        "logprobs": bool(request.logprobs),
        "modalities": bool(set(request.modalities or ()) - {"text"}),
        "response_format": bool(request.response_format and request.response_format.type != "text"),
        "tools": bool(request.tools),
        "functions": bool(request.functions),
    }
    for param, is_wanted in wanted.items():
        if is_wanted:
            told = f"{param} is not available here; leave it out"
            raise Fault(400, told, code="unsupported_value", param=param)


def _item(number: int, message: ChatMessage) -> HistoryItem:
    param = f"messages[{number}]"
    if (role := _ROLES.get(message.role)) is None:
        told = f"the role of a message is one of {', '.join(_ROLES)}"
        raise Fault(400, told, code="unsupported_value", param=f"{param}.role")
    return HistoryItem(role=role, text=_text(message.content, f"{param}.content"))


def _text(content: str | Sequence[TextPart] | None, param: str) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    for place, part in enumerate(content):
        if part.type != "text":
            told = f"a message is text, not {part.type[:100]}; send speech to /v1/audio first"
            raise Fault(400, told, code="unsupported_value", param=f"{param}[{place}]")
    return "".join(part.text for part in content)
