"""What `POST /v1/chat/completions` takes, and what of it the llm service is given."""

from itertools import takewhile
from typing import Annotated

from msgspec import Meta, Struct

from gateway.endpoints.chat_messages import ChatMessage, read_messages
from gateway.endpoints.chat_tools import ToolChoice, ToolWish, read_tools
from gateway.endpoints.faults import Fault
from gateway.functions import MOST_TOOLS
from shared.messages import HistoryItem, ReplyOptions

_Tokens = Annotated[int, Meta(ge=1)]


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
    tools: Annotated[tuple[ToolWish, ...], Meta(max_length=MOST_TOOLS)] | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    functions: tuple[dict[str, object], ...] | None = None


class Turn(Struct, frozen=True, kw_only=True):
    """What the llm service is given."""

    history: tuple[HistoryItem, ...]
    """Ends with what is to be answered."""
    options: ReplyOptions
    most_calls: int | None = None
    """How many of its calls the client wants; none for all."""


def read_turn(request: ChatRequest, longest: int) -> Turn:
    """What a request asks of the llm service; raises Fault for what is not to be had."""
    _refuse_what_is_not_there(request)
    items = read_messages(request.messages)
    offered = read_tools(request.tools or (), request.tool_choice, longest)
    if not any(item.role == "user" and item.text.strip() for item in items):
        told = "nothing of a user stands in the messages, so there is nothing to answer"
        raise Fault(400, told, code="conversation_empty", param="messages")
    if (length := sum(map(_length, items))) > longest:
        told = f"the messages may have {longest} characters together, not {length}"
        raise Fault(400, told, code="string_above_max_length", param="messages")
    leading = list(takewhile(lambda item: item.role == "system", items))
    options = ReplyOptions(
        instructions="\n".join(item.text for item in leading),
        temperature=request.temperature,
        max_output_tokens=request.max_completion_tokens or request.max_tokens or 0,
        is_spoken=False,
        tools=offered.tools,
        tool_choice=offered.choice,
    )
    most_calls = 1 if request.parallel_tool_calls is False else None
    return Turn(history=items[len(leading) :], options=options, most_calls=most_calls)


def _refuse_what_is_not_there(request: ChatRequest) -> None:
    """What would change the reply is not passed over."""
    wanted = {
        "n": (request.n or 1) != 1,
        "stop": bool(request.stop),
        "logprobs": bool(request.logprobs),
        "modalities": bool(set(request.modalities or ()) - {"text"}),
        "response_format": bool(request.response_format and request.response_format.type != "text"),
        "functions": bool(request.functions),
    }
    for param, is_wanted in wanted.items():
        if is_wanted:
            told = f"{param} is not available here; leave it out"
            raise Fault(400, told, code="unsupported_value", param=param)


def _length(item: HistoryItem) -> int:
    return len(item.text) + sum(len(f"{call.name}{call.arguments}") for call in item.calls)
