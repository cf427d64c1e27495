"""Speech, items and problems as clients are told of them."""

from typing import Any

import pytest
from realtime_wire import open_session, tell, written
from talk import said

from gateway import notices
from gateway.items import Item
from gateway.notices import Problem
from gateway.protocols.realtime import Realtime


@pytest.fixture
def realtime() -> Realtime:
    return open_session()


def test_messages_have_ids_of_their_own(realtime: Realtime) -> None:
    messages = [*realtime.greeting(), *realtime.write(notices.InputWasCleared())]
    assert [event["event_id"] for event in written(messages)] == ["event_abc_1", "event_abc_2"]


def test_input_is_told_by_its_item(realtime: Realtime) -> None:
    told = tell(
        realtime,
        notices.InputWasCommitted(item=2, previous=1),
        notices.ItemKnown(
            item=Item(number=2, said=said("user", ""), is_known=False, is_spoken=True), previous=1
        ),
        notices.TranscriptKnown(item=2, text="Hi.", audio_s=0.5),
        notices.TranscriptFailed(item=2, code="bad_audio", detail="not sound"),
    )
    assert [(event["type"], event.get("item_id")) for event in told] == [
        ("input_audio_buffer.committed", "item_abc_2"),
        ("conversation.item.added", None),
        ("conversation.item.done", None),
        ("conversation.item.input_audio_transcription.completed", "item_abc_2"),
        ("conversation.item.input_audio_transcription.failed", "item_abc_2"),
    ]
    assert told[0]["previous_item_id"] == "item_abc_1"
    assert told[1]["item"]["content"] == [{"type": "input_audio", "transcript": None}]
    assert told[3]["usage"] == {"type": "duration", "seconds": 0.5}
    assert told[4]["error"]["message"] == "not sound"


@pytest.mark.parametrize(
    ("notice", "expected"),
    [
        pytest.param(
            notices.SpeechStarted(item=2, at_s=1.2346),
            {
                "type": "input_audio_buffer.speech_started",
                "item_id": "item_abc_2",
                "audio_start_ms": 1235,
            },
            id="begun",
        ),
        pytest.param(
            notices.SpeechStopped(item=2, at_s=3600.032),
            {
                "type": "input_audio_buffer.speech_stopped",
                "item_id": "item_abc_2",
                "audio_end_ms": 3_600_032,
            },
            id="finished",
        ),
        pytest.param(
            notices.HypothesisKnown(item=2, delta="I would", rest=" like two"),
            {
                "type": "conversation.item.input_audio_transcription.delta",
                "item_id": "item_abc_2",
                "content_index": 0,
                "delta": "I would",
                "rest": " like two",
            },
            id="meanwhile",
        ),
        pytest.param(
            notices.IdleNoticed(item=7, start_s=4.0, end_s=9.024),
            {
                "type": "input_audio_buffer.timeout_triggered",
                "item_id": "item_abc_7",
                "audio_start_ms": 4000,
                "audio_end_ms": 9024,
            },
            id="silence",
        ),
        pytest.param(
            notices.ItemWasTruncated(item=3, audio_end_s=0.82, text="I am"),
            {
                "type": "conversation.item.truncated",
                "item_id": "item_abc_3",
                "content_index": 0,
                "audio_end_ms": 820,
                "transcript": "I am",
            },
            id="truncated",
        ),
        pytest.param(
            notices.ItemWasDeleted(item=3),
            {"type": "conversation.item.deleted", "item_id": "item_abc_3"},
            id="taken back",
        ),
    ],
)
def test_positions_in_sound_are_told_in_milliseconds(
    realtime: Realtime, notice: notices.AnyNotice, expected: dict[str, object]
) -> None:
    assert tell(realtime, notice) == [expected]


@pytest.mark.parametrize(("role", "kind"), [("user", "input_text"), ("assistant", "output_text")])
def test_typed_items_are_told_with_their_text(realtime: Realtime, role: Any, kind: str) -> None:
    notice = notices.ItemKnown(item=Item(number=1, said=said(role, "Hi.")), previous=None)
    added, done = written(realtime.write(notice))
    assert added["item"] == done["item"]
    assert added["item"]["content"] == [{"type": kind, "text": "Hi."}]
    assert added["previous_item_id"] is None


@pytest.mark.parametrize(
    ("is_fault", "kind"), [(True, "server_error"), (False, "invalid_request_error")]
)
def test_a_problem_says_whose_it_is(realtime: Realtime, is_fault: bool, kind: str) -> None:
    notice = Problem(code="c", message="m", event_id="e", param="p", is_fault=is_fault)
    (error,) = written(realtime.write(notice))
    expected = {"type": kind, "code": "c", "message": "m", "param": "p", "event_id": "e"}
    assert error["error"] == expected
