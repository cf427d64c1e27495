"""The gateway's messages as events."""

import msgspec
import pytest

from client.events import (
    MouthMark,
    Refused,
    ReplyCleared,
    ReplyDone,
    ReplyItemKnown,
    ReplyMarks,
    ReplyPaused,
    ReplyResumed,
    ReplySound,
    ReplyStarted,
    ReplyText,
    ReplyTruncated,
    SessionReady,
    SilenceNoticed,
    SpeechCommitted,
    SpeechGuessed,
    SpeechHeard,
    SpeechNotHeard,
    SpeechStarted,
    SpeechStopped,
    WordMark,
)
from client.wire import parse_sound, parse_text
from gateway.protocols import realtime_server as server
from gateway.protocols.realtime import PACKET_HEADER, PACKET_KIND
from gateway.protocols.realtime_marks import AudioMarks, MarkedShape, MarkedWord
from shared.errors import VoiceChatError


def wire(message: server.ServerMessage) -> str:
    return msgspec.json.encode(message).decode()


def response(**fields: object) -> str:
    made = {"id": "r", "status": "completed", "output_modalities": ["audio"], **fields}
    return msgspec.json.encode({"type": "response.done", "response": made}).decode()


def test_a_packet_of_the_gateway_is_read_behind_its_header() -> None:
    message = PACKET_HEADER.pack(PACKET_KIND, 7, 2, 40) + b"opus"
    assert parse_sound(message) == ReplySound(turn=7, sentence=2, index=40, packet=b"opus")


@pytest.mark.parametrize(
    "message",
    [b"", b"\x01", PACKET_HEADER.pack(PACKET_KIND, 1, 0, 0), PACKET_HEADER.pack(9, 1, 0, 0) + b"x"],
    ids=["empty", "short", "no packet", "another kind"],
)
def test_bytes_that_are_no_packet_are_refused(message: bytes) -> None:
    with pytest.raises(VoiceChatError, match="not a packet"):
        parse_sound(message)


@pytest.mark.parametrize(
    ("message", "event"),
    [
        (server.SessionUpdated(session={}), SessionReady()),
        (
            AudioMarks(
                response_id="r",
                item_id="i",
                words=(MarkedWord("Hi.", 4, 250),),
                mouth_shapes=(MarkedShape("ih", 300),),
            ),
            ReplyMarks(
                item="i",
                words=(WordMark(text="Hi.", offset=4, start_s=0.25),),
                mouth_shapes=(MouthMark(shape="ih", start_s=0.3),),
            ),
        ),
        (
            server.TranscriptCompleted(
                item_id="i", transcript="hello", usage=server.SpeechLength(seconds=1)
            ),
            SpeechHeard(text="hello"),
        ),
        (
            server.TranscriptionFailed(
                item_id="i", error=server.Cause(type="t", code="bad_audio", message="no Opus")
            ),
            SpeechNotHeard(code="bad_audio", detail="no Opus"),
        ),
        (
            server.SpokenDelta(response_id="r", item_id="i", delta="Yes."),
            ReplyText(delta="Yes."),
        ),
        (server.TextDelta(response_id="r", item_id="i", delta="Yes."), ReplyText(delta="Yes.")),
        (
            server.Error(error=server.ErrorDetail(type="t", code="c", message="no")),
            Refused(code="c", detail="no"),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_the_gateway_sends_is_understood(message: server.ServerMessage, event: object) -> None:
    assert parse_text(wire(message)) == event


@pytest.mark.parametrize(
    ("message", "event"),
    [
        (
            '{"type": "input_audio_buffer.speech_started", "audio_start_ms": 1500, "item_id": "i"}',
            SpeechStarted(item="i", at_s=1.5),
        ),
        (
            '{"type": "input_audio_buffer.speech_stopped", "audio_end_ms": 2500, "item_id": "i"}',
            SpeechStopped(item="i", at_s=2.5),
        ),
        (
            '{"type": "input_audio_buffer.committed", "item_id": "i", "previous_item_id": null}',
            SpeechCommitted(item="i"),
        ),
        (
            '{"type": "input_audio_buffer.timeout_triggered", "audio_start_ms": 0, '
            '"audio_end_ms": 5000, "item_id": "i"}',
            SilenceNoticed(start_s=0, end_s=5),
        ),
        (
            '{"type": "conversation.item.input_audio_transcription.delta", "item_id": "i", '
            '"content_index": 0, "delta": "I would", "rest": " like"}',
            SpeechGuessed(delta="I would", rest=" like"),
        ),
        ('{"type": "response.created", "response": {"id": "r"}}', ReplyStarted(reply="r")),
        (
            '{"type": "response.output_item.added", "response_id": "r", "item": {"id": "i"}}',
            ReplyItemKnown(item="i"),
        ),
        ('{"type": "output_audio_buffer.paused", "item_id": "i"}', ReplyPaused(item="i")),
        ('{"type": "output_audio_buffer.resumed", "item_id": "i"}', ReplyResumed(item="i")),
        ('{"type": "output_audio_buffer.cleared", "response_id": "r"}', ReplyCleared()),
        (
            '{"type": "conversation.item.truncated", "item_id": "i", "content_index": 0, '
            '"audio_end_ms": 300}',
            ReplyTruncated(item="i", heard_s=0.3),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_only_a_session_with_turn_detection_is_told_is_understood(
    message: str, event: object
) -> None:
    assert parse_text(message) == event


def test_the_guess_of_a_server_without_a_tail_is_understood() -> None:
    message = '{"type": "conversation.item.input_audio_transcription.delta", "delta": "I"}'
    assert parse_text(message) == SpeechGuessed(delta="I", rest="")


def test_a_finished_reply_brings_the_latency_that_is_known() -> None:
    done = parse_text(response(latency={"stt_work_s": 0.1, "tts_queue_s": None}))
    assert done == ReplyDone(status="completed", latency={"stt_work_s": 0.1})


def test_a_failed_reply_says_why() -> None:
    cause = {"type": "server_error", "code": "engine_failed", "message": "out of memory"}
    done = parse_text(response(status="failed", status_details={"error": cause}))
    assert done == ReplyDone(status="failed", reason="engine_failed", detail="out of memory")


def test_a_message_that_we_do_not_need_is_no_event() -> None:
    assert parse_text('{"type": "rate_limits.updated", "anything": [1, 2]}') is None


@pytest.mark.parametrize("message", ["", "hello", "[]", "{}", '{"type": 1}', '{"type": "error"}'])
def test_a_stranger_is_recognised_as_one(message: str) -> None:
    with pytest.raises(VoiceChatError, match="no voicechat gateway"):
        parse_text(message)


def test_a_reply_that_was_cut_says_which_setting_cut_it() -> None:
    done = ReplyDone(status="incomplete", reason="max_output_tokens")
    assert done.cause == "cut at its token limit (VOICECHAT_LLM_MAX_OUTPUT_TOKENS)"


@pytest.mark.parametrize("status", ["completed", "cancelled"])
def test_a_reply_that_ended_as_it_was_wished_needs_no_cause(status: str) -> None:
    assert ReplyDone(status=status, reason="client_cancelled").cause == ""


def test_a_cause_that_we_do_not_know_is_told_in_the_words_of_the_gateway() -> None:
    assert ReplyDone(status="failed", reason="bad_audio", detail="half a packet").cause == (
        "half a packet"
    )
    assert ReplyDone(status="incomplete", reason="content_filter").cause == "content_filter"
