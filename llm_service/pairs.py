"""Calls and their outputs in a prompt: side by side, and never one without the other."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import msgspec

from llm_service.calls import is_object
from shared.messages import FunctionCall, HistoryItem

NO_RESULT = "(no result yet)"
"""Stands for the output of a call that has none: chat templates want one for each."""
CUT_OFF = "…"


def pair(conversation: Sequence[HistoryItem], most_bytes: int) -> list[HistoryItem]:
    """The conversation with each output right behind its call, cut to `most_bytes`.

    An output may have come late, when other things had been said. One whose call is forgotten is
    left out.
    """
    outputs = {item.call_id: item.text for item in conversation if item.role == "tool"}
    paired: list[HistoryItem] = []
    for has_calls, group in groupby(conversation, key=lambda item: bool(item.calls)):
        items = [item for item in group if item.role != "tool"]
        if has_calls:
            calls = tuple(_readable(call) for item in items for call in item.calls)
            paired += [msgspec.structs.replace(item, calls=()) for item in items if item.text]
            paired.append(HistoryItem(role="assistant", text="", calls=calls))
            paired += _outputs(calls, outputs, most_bytes)
        else:
            paired += items
    return paired


def units(conversation: Sequence[HistoryItem]) -> list[tuple[HistoryItem, ...]]:
    """What must not be parted, in order: calls and their outputs; anything else stands alone."""
    parts: list[list[HistoryItem]] = []
    for item in conversation:
        if item.role == "tool" and parts:
            parts[-1].append(item)
        else:
            parts.append([item])
    return [tuple(part) for part in parts]


def _outputs(
    calls: Sequence[FunctionCall], outputs: dict[str, str], most_bytes: int
) -> Iterator[HistoryItem]:
    for call in calls:
        text = _shortened(outputs.get(call.call_id, NO_RESULT), most_bytes)
        yield HistoryItem(role="tool", text=text, call_id=call.call_id)


def _readable(call: FunctionCall) -> FunctionCall:
    """Chat templates read the arguments, and fail where a client has put something else there."""
    return call if is_object(call.arguments) else msgspec.structs.replace(call, arguments="{}")


def _shortened(text: str, most_bytes: int) -> str:
    encoded = text.encode()
    if len(encoded) <= most_bytes:
        return text
    return encoded[:most_bytes].decode(errors="ignore") + CUT_OFF
