"""Replies as clients are told of them."""

from typing import Any

import pytest
from realtime_wire import open_session, tell, update, written

from gateway.latency import Latency
from gateway.notices import (
    AnyNotice,
    ItemWasTruncated,
    ReplyAudio,
    ReplyFinished,
    ReplyMarks,
    ReplyPaused,
    ReplyResumed,
    ReplyStarted,
    ReplyText,
    Usage,
    WordMark,
)
from gateway.protocols.realtime import Realtime
from shared.messages import MouthShape, ReplyOptions

SOUND = ReplyAudio(reply=1, turn=1, sentence=0, first_packet=0, packets=(b"x",), is_last=True)


@pytest.fixture
def realtime() -> Realtime:
    return open_session()


def finished(**fields: Any) -> ReplyFinished:
    values: dict[str, Any] = {
        "reply": 1,
        "status": "completed",
        "text": "",
        "usage": Usage(),
        "latency": Latency(),
    }
    return ReplyFinished(**values | fields)


def begin(realtime: Realtime, *, is_spoken: bool = True) -> list[dict[str, Any]]:
    options = ReplyOptions(is_spoken=is_spoken)
    return written(realtime.write(ReplyStarted(reply=1, item=2, previous=1, options=options)))


def test_a_spoken_reply_has_sound_and_transcript(realtime: Realtime) -> None:
    begin(realtime)
    told = written(realtime.write(ReplyText(reply=1, delta="Hi.")))
    told += written(realtime.write_sound(SOUND, [b"\x00\x00"]))
    told += written(realtime.write(finished(text="Hi.")))
    assert [event["type"] for event in told] == [
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.done",
    ]
    del told[4]["event_id"]
    assert told[4] == {
        "type": "response.output_audio.delta",
        "response_id": "resp_abc_1",
        "output_index": 0,
        "item_id": "item_abc_2",
        "content_index": 0,
        "delta": "AAA=",
    }
    assert told[-1]["response"]["output"][0]["status"] == "completed"


def test_a_written_reply_has_only_text(realtime: Realtime) -> None:
    begin(realtime, is_spoken=False)
    told = written(realtime.write(ReplyText(reply=1, delta="Hi")))
    told += written(realtime.write(ReplyText(reply=1, delta=".")))
    told += written(realtime.write(finished(text="Hi.")))
    assert [event["type"] for event in told if "text" in event["type"]] == [
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
    ]
    assert told[-1]["response"]["output"][0]["content"] == [{"type": "output_text", "text": "Hi."}]


def test_sound_alone_opens_the_item_too(realtime: Realtime) -> None:
    begin(realtime)
    sound = ReplyAudio(reply=1, turn=1, sentence=0, first_packet=0, packets=(b"x",), is_last=True)
    assert written(realtime.write(sound))[0]["type"] == "response.output_item.added"


def test_a_reply_without_a_word_has_no_item(realtime: Realtime) -> None:
    begin(realtime)
    told = written(realtime.write(finished(status="failed", reason="no_speech", detail="silence")))
    assert [event["type"] for event in told] == ["response.done"]
    assert told[0]["response"]["output"] == []
    assert told[0]["response"]["status_details"] == {
        "type": "failed",
        "error": {"type": "server_error", "code": "no_speech", "message": "silence"},
    }


@pytest.mark.parametrize("status", ["cancelled", "incomplete"])
def test_a_reply_that_was_not_completed_says_why(realtime: Realtime, status: Any) -> None:
    begin(realtime)
    realtime.write(ReplyText(reply=1, delta="Hi."))
    done = written(realtime.write(finished(status=status, reason="turn_detected")))[-1]["response"]
    assert done["status_details"] == {"type": status, "reason": "turn_detected"}
    assert done["output"][0]["status"] == "incomplete"


@pytest.mark.parametrize(
    ("status", "is_spoken", "is_silenced"),
    [
        pytest.param("cancelled", True, True, id="cancelled"),
        pytest.param("cancelled", False, False, id="cancelled text"),
        pytest.param("completed", True, False, id="completed"),
        pytest.param("incomplete", True, False, id="cut at its token limit"),
        pytest.param("failed", True, False, id="failed"),
    ],
)
def test_only_sound_that_is_not_wanted_any_more_is_to_be_dropped(
    realtime: Realtime, status: Any, is_spoken: bool, is_silenced: bool
) -> None:
    begin(realtime, is_spoken=is_spoken)
    tell(realtime, ReplyText(reply=1, delta="Hi."))
    first = tell(realtime, finished(status=status))[0]
    cleared = {"type": "output_audio_buffer.cleared", "response_id": "resp_abc_1"}
    assert (first == cleared) is is_silenced


@pytest.mark.parametrize(
    ("item", "is_spoken", "is_silenced"),
    [
        pytest.param(2, True, True, id="the newest reply"),
        pytest.param(1, True, False, id="an earlier reply"),
        pytest.param(2, False, False, id="text"),
    ],
)
def test_the_sound_of_a_reply_that_is_truncated_after_its_end_is_to_be_dropped(
    realtime: Realtime, item: int, is_spoken: bool, is_silenced: bool
) -> None:
    begin(realtime, is_spoken=is_spoken)
    tell(realtime, ReplyText(reply=1, delta="Hi."), finished(text="Hi."))
    *before, last = tell(realtime, ItemWasTruncated(item=item, audio_end_s=0.1, text=""))
    cleared = {"type": "output_audio_buffer.cleared", "response_id": "resp_abc_1"}
    assert before == ([cleared] if is_silenced else [])
    assert last["type"] == "conversation.item.truncated"


def test_sound_is_to_be_dropped_only_once(realtime: Realtime) -> None:
    begin(realtime)
    tell(realtime, finished(status="cancelled"))
    (truncated,) = tell(realtime, ItemWasTruncated(item=2, audio_end_s=0.0, text=""))
    assert truncated["type"] == "conversation.item.truncated"


def test_of_a_reply_that_was_cut_off_the_item_keeps_what_was_heard(realtime: Realtime) -> None:
    begin(realtime)
    tell(realtime, ReplyText(reply=1, delta="One two."), ReplyText(reply=1, delta=" Three."))
    end = tell(realtime, finished(status="cancelled", reason="turn_detected", text="One"))
    kept = {"type": "output_audio", "transcript": "One"}
    by_type = {message["type"]: message for message in end}
    for item in (
        by_type["response.output_item.done"]["item"],
        by_type["conversation.item.done"]["item"],
        by_type["response.done"]["response"]["output"][0],
    ):
        assert (item["status"], item["content"]) == ("incomplete", [kept])
    told = by_type["response.output_audio_transcript.done"]["transcript"]
    assert told == "One two. Three."


@pytest.mark.parametrize(
    ("notice", "kind"),
    [
        (ReplyPaused(item=2), "output_audio_buffer.paused"),
        (ReplyResumed(item=2), "output_audio_buffer.resumed"),
    ],
)
def test_a_reply_is_held_and_goes_on(realtime: Realtime, notice: AnyNotice, kind: str) -> None:
    begin(realtime)
    expected = {"type": kind, "response_id": "resp_abc_1", "item_id": "item_abc_2"}
    assert tell(realtime, notice) == [expected]


def test_a_reply_that_is_still_played_after_its_end_can_be_held(realtime: Realtime) -> None:
    begin(realtime)
    tell(realtime, ReplyText(reply=1, delta="Hi."), finished(text="Hi."))
    (paused,) = tell(realtime, ReplyPaused(item=2))
    assert paused["response_id"] == "resp_abc_1"


def test_the_reply_before_the_newest_is_held_by_its_item_alone(realtime: Realtime) -> None:
    begin(realtime)
    tell(realtime, ReplyStarted(reply=2, item=3, previous=2, options=ReplyOptions()))
    (paused,) = tell(realtime, ReplyPaused(item=2))
    assert (paused["item_id"], paused["response_id"]) == ("item_abc_2", None)


def test_the_end_tells_usage_and_latency(realtime: Realtime) -> None:
    begin(realtime)
    usage = Usage(input_tokens=7, cached_tokens=3, output_tokens=5)
    notice = finished(usage=usage, latency=Latency(response_time_s=0.25))
    response = written(realtime.write(notice))[-1]["response"]
    assert response["usage"] == {
        "total_tokens": 12,
        "input_tokens": 7,
        "output_tokens": 5,
        "input_token_details": {
            "text_tokens": 7,
            "audio_tokens": 0,
            "image_tokens": 0,
            "cached_tokens": 3,
            "cached_tokens_details": {"text_tokens": 3, "audio_tokens": 0},
        },
        "output_token_details": {"text_tokens": 5, "audio_tokens": 0},
    }
    assert response["latency"] == {"response_time_s": 0.25}


def test_nothing_is_told_of_a_reply_that_never_started(realtime: Realtime) -> None:
    assert realtime.write(ReplyText(reply=1, delta="Hi.")) == []
    assert realtime.write(ReplyPaused(item=2)) == []
    assert realtime.write_sound(SOUND, [b"\x00\x00"]) == []


def test_opus_packets_go_behind_a_header(realtime: Realtime) -> None:
    update(realtime, type="realtime", audio={"output": {"format": {"type": "audio/opus"}}})
    sound = ReplyAudio(
        reply=1, turn=258, sentence=3, first_packet=4, packets=(b"x", b"y"), is_last=False
    )
    assert realtime.write_sound(sound, sound.packets) == [
        b"\x01\x00\x00\x01\x02\x00\x03\x00\x00\x00\x04x",
        b"\x01\x00\x00\x01\x02\x00\x03\x00\x00\x00\x05y",
    ]


def test_marks_say_when_each_word_sounds_and_how_the_mouth_moves(realtime: Realtime) -> None:
    begin(realtime)
    realtime.write(ReplyText(reply=1, delta="Hi there."))
    marks = ReplyMarks(
        reply=1,
        words=(WordMark(text="there.", offset=3, start_s=0.25),),
        mouth_shapes=(MouthShape(shape="TH", start_s=0.2504),),
    )
    (told,) = written(realtime.write(marks))
    del told["event_id"]
    assert told == {
        "type": "response.output_audio.marks",
        "response_id": "resp_abc_1",
        "output_index": 0,
        "item_id": "item_abc_2",
        "content_index": 0,
        "words": [{"text": "there.", "offset": 3, "start_ms": 250}],
        "mouth_shapes": [{"shape": "TH", "start_ms": 250}],
    }
