"""When an answer is over."""

import msgspec
import pytest

from client.events import (
    AnyEvent,
    ReplyDone,
    ReplyItemKnown,
    ReplyStarted,
    ReplyText,
    ToolEnded,
    ToolStarted,
)
from client.turn_end import TurnEnd
from client.wire import parse_text

BEGUN, WORDS = ReplyStarted(reply="r"), ReplyText(delta="Hello.")
DONE = ReplyDone(status="completed")
CALL, RESULT = ToolStarted(item="a"), ToolEnded(item="a")


def ends(*events: AnyEvent) -> list[int]:
    """Behind which of the events the answer is over."""
    end = TurnEnd()
    return [place for place, event in enumerate(events, 1) if end.take(event)]


def test_a_reply_of_words_is_the_answer() -> None:
    assert ends(BEGUN, WORDS, DONE) == [3]


def test_behind_a_tool_another_reply_is_the_answer() -> None:
    assert ends(BEGUN, CALL, DONE, RESULT, BEGUN, WORDS, DONE) == [7]
    assert ends(BEGUN, CALL, RESULT, DONE, BEGUN, WORDS, DONE) == [7]


def test_a_filler_is_no_answer() -> None:
    assert ends(BEGUN, CALL, DONE, BEGUN, WORDS, DONE, RESULT, BEGUN, WORDS, DONE) == [10]


def test_all_tools_have_to_end() -> None:
    other = ToolStarted(item="b"), ToolEnded(item="b")
    first = (BEGUN, CALL, other[0], DONE, RESULT)
    assert ends(*first, BEGUN, WORDS, DONE, other[1], BEGUN, DONE) == [11]


def test_a_reply_that_was_stopped_is_over() -> None:
    assert ends(BEGUN, CALL, ReplyDone(status="cancelled")) == [3]


@pytest.mark.parametrize(
    ("kind", "event"),
    [
        ("message", ReplyItemKnown(item="i")),
        ("mcp_call", ToolStarted(item="i")),
        ("function_call", None),
    ],
)
def test_what_begins_in_a_reply_is_told_apart(kind: str, event: AnyEvent | None) -> None:
    added = {"type": "response.output_item.added", "item": {"id": "i", "type": kind}}
    assert parse_text(msgspec.json.encode(added).decode()) == event


@pytest.mark.parametrize("end", ["completed", "failed"])
def test_a_tool_ends_well_or_not(end: str) -> None:
    text = msgspec.json.encode({"type": f"response.mcp_call.{end}", "item_id": "i"}).decode()
    assert parse_text(text) == ToolEnded(item="i")
