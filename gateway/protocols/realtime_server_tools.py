"""What a Realtime server says of calls, in the words of OpenAI's Realtime API (GA)."""

from gateway.protocols.realtime_server import OutputMessage, ServerMessage


class CallMessage(OutputMessage, frozen=True, kw_only=True):
    """About an item that is a call."""

    item_id: str


class FunctionMessage(CallMessage, frozen=True, kw_only=True):
    """About the call of a function that the client runs."""

    call_id: str


class FunctionArgumentsDelta(
    FunctionMessage, frozen=True, kw_only=True, tag="response.function_call_arguments.delta"
):
    """More of the arguments."""

    delta: str


class FunctionArgumentsDone(
    FunctionMessage, frozen=True, kw_only=True, tag="response.function_call_arguments.done"
):
    """All of the arguments, as JSON text."""

    name: str
    arguments: str


class McpArgumentsDelta(
    CallMessage, frozen=True, kw_only=True, tag="response.mcp_call_arguments.delta"
):
    """More of the arguments for a tool that the gateway runs."""

    delta: str


class McpArgumentsDone(
    CallMessage, frozen=True, kw_only=True, tag="response.mcp_call_arguments.done"
):
    """All of them, as JSON text."""

    arguments: str


class McpMessage(ServerMessage, frozen=True, kw_only=True):
    """About a tool that the gateway runs; its response may be over."""

    item_id: str
    output_index: int


class McpInProgress(McpMessage, frozen=True, kw_only=True, tag="response.mcp_call.in_progress"):
    """It runs."""


class McpCompleted(McpMessage, frozen=True, kw_only=True, tag="response.mcp_call.completed"):
    """It has run."""


class McpFailed(McpMessage, frozen=True, kw_only=True, tag="response.mcp_call.failed"):
    """It could not do what was asked."""
