"""The calls of one reply in the words of the Realtime protocol."""

from typing import assert_never

from gateway.notices import CallArguments, CallEnded, CallStarted
from gateway.protocols import realtime_server as server
from gateway.protocols import realtime_server_tools as tools
from gateway.protocols.realtime_call_items import call_item
from gateway.protocols.realtime_call_objects import CallItem
from gateway.protocols.realtime_ids import Ids
from shared.messages import FunctionCall

CallNotice = CallStarted | CallArguments | CallEnded


class CallsWriter:
    """Writes them, and keeps what the reply has put out in the end."""

    def __init__(self, ids: Ids, response: str, *, is_aside: bool) -> None:
        self._ids = ids
        self._response = response
        self._is_aside = is_aside
        self._started: dict[int, CallStarted] = {}
        self.items: list[CallItem] = []
        """Those that are over."""

    def write(self, notice: CallNotice) -> list[server.ServerMessage]:
        """More of a call."""
        if isinstance(notice, CallStarted):
            self._started[notice.item] = notice
            return self._start(notice)
        if (started := self._started.get(notice.item)) is None:
            return []
        match notice:
            case CallArguments():
                return [self._delta(started, notice.delta)]
            case CallEnded():
                return self._end(started, notice)
            case _:
                assert_never(notice)

    def _start(self, started: CallStarted) -> list[server.ServerMessage]:
        item, place = self._item(started, "", "in_progress"), started.place
        previous = self._ids.previous(started.previous)
        return [
            server.OutputItemAdded(response_id=self._response, output_index=place, item=item),
            *(() if self._is_aside else (server.ItemAdded(previous_item_id=previous, item=item),)),
        ]

    def _delta(self, started: CallStarted, delta: str) -> server.ServerMessage:
        item_id, response, place = self._ids.item(started.item), self._response, started.place
        if started.is_ours:
            return tools.McpArgumentsDelta(
                response_id=response, output_index=place, item_id=item_id, delta=delta
            )
        return tools.FunctionArgumentsDelta(
            response_id=response,
            output_index=place,
            item_id=item_id,
            call_id=started.call_id,
            delta=delta,
        )

    def _end(self, started: CallStarted, ended: CallEnded) -> list[server.ServerMessage]:
        status = "completed" if ended.is_whole else "incomplete"
        item, place = self._item(started, ended.arguments, status), started.place
        self.items.append(item)
        previous = self._ids.previous(started.previous)
        # What the gateway runs is done as an item once it has run.
        is_done = not self._is_aside and not (started.is_ours and ended.is_whole)
        return [
            *(self._arguments_done(started, ended.arguments) if ended.is_whole else ()),
            server.OutputItemDone(response_id=self._response, output_index=place, item=item),
            *((server.ItemDone(previous_item_id=previous, item=item),) if is_done else ()),
        ]

    def _arguments_done(self, started: CallStarted, arguments: str) -> list[server.ServerMessage]:
        item_id, response, place = self._ids.item(started.item), self._response, started.place
        if started.is_ours:
            done: server.ServerMessage = tools.McpArgumentsDone(
                response_id=response, output_index=place, item_id=item_id, arguments=arguments
            )
            return [done]
        done = tools.FunctionArgumentsDone(
            response_id=response,
            output_index=place,
            item_id=item_id,
            call_id=started.call_id,
            name=started.name,
            arguments=arguments,
        )
        return [done]

    def _item(self, started: CallStarted, arguments: str, status: str) -> CallItem:
        call = FunctionCall(call_id=started.call_id, name=started.name, arguments=arguments)
        item_id = self._ids.item(started.item)
        return call_item(item_id, call, is_ours=started.is_ours, status=status)
