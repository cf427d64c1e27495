"""What calls and their outputs are as items, in the words of OpenAI's Realtime API (GA)."""

from msgspec import Struct

SERVER_LABEL = "gateway"
"""Clients are not told which of the gateway's servers has a tool."""


class FunctionCallItem(Struct, frozen=True, kw_only=True, tag_field="type", tag="function_call"):
    """A call of a function that the client runs."""

    id: str
    object: str = "realtime.item"
    status: str
    call_id: str
    name: str
    arguments: str


class FunctionOutputItem(
    Struct, frozen=True, kw_only=True, tag_field="type", tag="function_call_output"
):
    """What came of it, as the client says."""

    id: str
    object: str = "realtime.item"
    status: str = "completed"
    call_id: str
    output: str


class ExecutionError(Struct, frozen=True, tag_field="type", tag="tool_execution_error"):
    """What was wrong, as the model is told."""

    message: str


class McpCallItem(Struct, frozen=True, kw_only=True, tag_field="type", tag="mcp_call"):
    """A call of a tool that the gateway runs."""

    id: str
    server_label: str = SERVER_LABEL
    name: str
    arguments: str
    approval_request_id: str | None = None
    output: str | None = None
    error: ExecutionError | None = None


CallItem = FunctionCallItem | McpCallItem
