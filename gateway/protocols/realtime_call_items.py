"""Calls and their outputs as items of the Realtime protocol."""

from typing import assert_never

from gateway import notices
from gateway.items import Item, Outcome
from gateway.protocols import realtime_server as server
from gateway.protocols import realtime_server_tools as tools
from gateway.protocols.realtime_call_objects import (
    CallItem,
    ExecutionError,
    FunctionCallItem,
    FunctionOutputItem,
    McpCallItem,
)
from gateway.protocols.realtime_ids import Ids
from shared.messages import FunctionCall

ToolNotice = notices.ToolStarted | notices.ToolEnded


def call_item(
    item_id: str, call: FunctionCall, *, is_ours: bool, status: str, outcome: Outcome | None = None
) -> CallItem:
    """A call as an item."""
    if not is_ours:
        return FunctionCallItem(
            id=item_id,
            status=status,
            call_id=call.call_id,
            name=call.name,
            arguments=call.arguments,
        )
    is_error = outcome is not None and outcome.is_error
    return McpCallItem(
        id=item_id,
        name=call.name,
        arguments=call.arguments,
        output=outcome.text if outcome is not None and not is_error else None,
        error=ExecutionError(outcome.text) if outcome is not None and is_error else None,
    )


def shown_call(ids: Ids, item: Item) -> CallItem | FunctionOutputItem | None:
    """An item that is a call or an output, as it stands; none if it is neither."""
    item_id = ids.item(item.number)
    if item.said.call_id:
        return FunctionOutputItem(id=item_id, call_id=item.said.call_id, output=item.said.text)
    if item.call is None:
        return None
    return call_item(
        item_id, item.call, is_ours=item.is_ours, status="completed", outcome=item.outcome
    )


def write_tool(ids: Ids, notice: ToolNotice) -> list[server.ServerMessage]:
    """What becomes of a tool that the gateway runs."""
    match notice:
        case notices.ToolStarted():
            item_id = ids.item(notice.item)
            return [tools.McpInProgress(item_id=item_id, output_index=notice.place)]
        case notices.ToolEnded():
            return _ended(ids, notice)
        case _:
            assert_never(notice)


def _ended(ids: Ids, notice: notices.ToolEnded) -> list[server.ServerMessage]:
    outcome, shown = notice.item.outcome, shown_call(ids, notice.item)
    if outcome is None or shown is None:
        return []
    kind = tools.McpFailed if outcome.is_error else tools.McpCompleted
    return [
        kind(item_id=ids.item(notice.item.number), output_index=notice.place),
        server.ItemDone(previous_item_id=ids.previous(notice.previous), item=shown),
    ]
