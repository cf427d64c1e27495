"""The Realtime vocabulary, both ways."""

import base64
from typing import Any

import msgspec
import pytest

from gateway import events
from gateway.events import Problem, ReplyAudio, ReplyFinished, ReplyStarted, ReplyText, Usage
from gateway.latency import Latency
from gateway.protocols.realtime import Realtime, Sound, binary_messages
from gateway.settings import GatewaySettings
from shared.messages import ReplyOptions


@pytest.fixture
def realtime() -> Realtime:
    return Realtime("abc", "voicechat", GatewaySettings(most_text_characters=20))


def read(realtime: Realtime, kind: str, **fields: object) -> object:
    return realtime.read(msgspec.json.encode({"type": kind, "event_id": "e", **fields}).decode())


def update(realtime: Realtime, **session: object) -> object:
    return read(realtime, "session.update", session=session)


def problem(heard: object) -> Problem:
    assert isinstance(heard, Problem), heard
    return heard


def written(messages: list[bytes]) -> list[dict[str, Any]]:
    return [msgspec.json.decode(message) for message in messages]


def item(role: str = "user", **fields: object) -> dict[str, object]:
    return {
        "type": "message",
        "role": role,
        "content": [{"type": "input_text", "text": "Hi."}],
        **fields,
    }


def finished(**fields: Any) -> ReplyFinished:
    values: dict[str, Any] = {
        "status": "completed",
        "text": "",
        "usage": Usage(),
        "latency": Latency(),
    }
    return ReplyFinished(**values | fields)


# From the client


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("input_audio_buffer.commit", events.InputCommitted(event_id="e")),
        ("input_audio_buffer.clear", events.InputCleared(event_id="e")),
        ("response.cancel", events.ReplyCancelled(event_id="e")),
        ("response.create", events.ReplyRequested(options=ReplyOptions(), event_id="e")),
    ],
)
def test_simple_requests_are_understood(realtime: Realtime, kind: str, expected: object) -> None:
    assert read(realtime, kind) == expected


def test_an_event_id_is_not_required(realtime: Realtime) -> None:
    assert realtime.read('{"type":"response.cancel"}') == events.ReplyCancelled(event_id="")


def test_audio_is_unpacked(realtime: Realtime) -> None:
    heard = read(realtime, "input_audio_buffer.append", audio=base64.b64encode(b"ab").decode())
    assert heard == Sound(content=b"ab", event_id="e")


@pytest.mark.parametrize("audio", ["%%%", "abc", "é"])
def test_audio_that_is_not_base64_is_refused(realtime: Realtime, audio: str) -> None:
    assert problem(read(realtime, "input_audio_buffer.append", audio=audio)) == Problem(
        code="invalid_audio",
        message=problem(read(realtime, "input_audio_buffer.append", audio=audio)).message,
        param="audio",
        event_id="e",
    )


def test_typed_text_is_joined(realtime: Realtime) -> None:
    content = [{"type": "input_text", "text": "Hi "}, {"type": "text", "text": "there."}]
    heard = read(realtime, "conversation.item.create", item=item(content=content))
    assert heard == events.ItemAdded(role="user", text="Hi there.", event_id="e")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        pytest.param(item(type="function_call_output"), "unsupported_value", id="other type"),
        pytest.param({"type": "message"}, "unsupported_value", id="no role"),
        pytest.param(item(content=[{"type": "input_audio"}]), "unsupported_value", id="sound"),
        pytest.param(item(content=[]), "invalid_value", id="no text"),
        pytest.param(item(content=[{"type": "text", "text": " "}]), "invalid_value", id="blank"),
        pytest.param(
            item(content=[{"type": "text", "text": "x" * 21}]), "string_above_max_length", id="long"
        ),
    ],
)
def test_items_that_are_not_short_text_are_refused(
    realtime: Realtime, wrong: dict[str, object], code: str
) -> None:
    assert problem(read(realtime, "conversation.item.create", item=wrong)).code == code


def test_the_session_takes_all_its_wishes(realtime: Realtime) -> None:
    heard = update(
        realtime,
        type="realtime",
        instructions="Be brief.",
        output_modalities=["text"],
        max_output_tokens=50,
        temperature=0.5,
        audio={
            "input": {
                "format": {"type": "audio/opus"},
                "transcription": {"language": "de", "model": "any"},
                "turn_detection": None,
                "noise_reduction": None,
            },
            "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "a", "speed": 2},
        },
        tracing="auto",
    )
    assert isinstance(heard, events.SessionConfigured)
    assert heard.options == ReplyOptions(
        instructions="Be brief.",
        language="de",
        voice="a",
        speed=2.0,
        temperature=0.5,
        max_output_tokens=50,
        is_spoken=False,
    )
    assert realtime.config.input_format == "audio/opus"
    assert realtime.config.output_format == "audio/pcm"


def test_what_is_not_wished_for_stays_as_it_was(realtime: Realtime) -> None:
    update(realtime, instructions="Be brief.", max_output_tokens=9)
    update(realtime, audio={"output": {"voice": {"id": "b"}}}, max_output_tokens="inf")
    assert realtime.config.options == ReplyOptions(instructions="Be brief.", voice="b")


def test_a_language_can_be_taken_back(realtime: Realtime) -> None:
    update(realtime, audio={"input": {"transcription": {"language": "de"}}})
    update(realtime, audio={"input": {"transcription": None}})
    assert realtime.config.options.language == ""


@pytest.mark.parametrize(
    ("session", "code", "param"),
    [
        pytest.param(
            {"audio": {"input": {"turn_detection": {"type": "server_vad"}}}},
            "unsupported_value",
            "session.audio.input.turn_detection",
            id="voice detection",
        ),
        pytest.param(
            {"audio": {"input": {"format": {"type": "audio/pcmu"}}}},
            "unsupported_value",
            "session.audio.input.format.type",
            id="telephone",
        ),
        pytest.param(
            {"audio": {"output": {"format": {"type": "audio/pcm", "rate": 16000}}}},
            "unsupported_value",
            "session.audio.output.format.rate",
            id="other rate",
        ),
        pytest.param({"tools": [{}]}, "unsupported_value", "session.tools", id="tools"),
        pytest.param(
            {"instructions": "x" * 21}, "string_above_max_length", "session.instructions", id="long"
        ),
        pytest.param(
            {"output_modalities": ["text", "audio"]},
            "invalid_value",
            "session.output_modalities",
            id="both",
        ),
        pytest.param(
            {"audio": {"output": {"speed": 9}}},
            "invalid_value",
            "session.audio.output.speed",
            id="too fast",
        ),
        pytest.param({"instructions": 7}, "invalid_value", "session.instructions", id="number"),
        pytest.param(
            {"audio": {"output": {"voice": "x" * 101}}},
            "invalid_value",
            "session.audio.output.voice",
            id="long voice",
        ),
        pytest.param(
            {"audio": {"output": {"voice": {"id": "x" * 101}}}},
            "invalid_value",
            "session.audio.output.voice.id",
            id="long voice id",
        ),
        pytest.param(
            {"audio": {"input": {"transcription": {"language": "x" * 101}}}},
            "invalid_value",
            "session.audio.input.transcription.language",
            id="long language",
        ),
    ],
)
def test_a_wish_that_cannot_be_granted_names_its_field_and_changes_nothing(
    realtime: Realtime, session: dict[str, object], code: str, param: str
) -> None:
    before = realtime.config
    refused = problem(update(realtime, **session))
    assert (refused.code, refused.param, refused.event_id) == (code, param, "e")
    assert realtime.config == before


def test_a_single_reply_may_have_its_own_options(realtime: Realtime) -> None:
    heard = read(realtime, "response.create", response={"output_modalities": ["text"]})
    assert isinstance(heard, events.ReplyRequested)
    assert heard.options == ReplyOptions(is_spoken=False)
    assert realtime.config.options == ReplyOptions()


@pytest.mark.parametrize(
    "response",
    [
        {"conversation": "none"},
        {"input": []},
        {"audio": {"output": {"format": {"type": "audio/opus"}}}},
    ],
)
def test_replies_beside_the_conversation_are_refused(
    realtime: Realtime, response: dict[str, object]
) -> None:
    refused = problem(read(realtime, "response.create", response=response))
    assert refused.code == "unsupported_value"


@pytest.mark.parametrize(
    ("text", "code", "event_id"),
    [
        pytest.param("{", "invalid_json", "", id="not JSON"),
        pytest.param("[" * 100_000, "invalid_json", "", id="nested"),
        pytest.param("7", "invalid_event", "", id="not an object"),
        pytest.param("{}", "unknown_event_type", "", id="no type"),
        pytest.param('{"type":7}', "unknown_event_type", "", id="type is a number"),
        pytest.param(
            '{"type":"x","event_id":"mine"}', "unknown_event_type", "mine", id="unknown type"
        ),
        pytest.param(
            '{"type":"session.update","event_id":"mine"}', "invalid_value", "mine", id="missing"
        ),
        pytest.param('{"type":"response.cancel","event_id":7}', "invalid_value", "", id="bad id"),
    ],
)
def test_what_cannot_be_understood_is_a_problem_that_names_the_message(
    realtime: Realtime, text: str, code: str, event_id: str
) -> None:
    refused = problem(realtime.read(text))
    assert (refused.code, refused.event_id) == (code, event_id)


@pytest.mark.parametrize(
    "message",
    [
        {"type": "response.cancel", "event_id": "x" * 9000},
        {"type": "response.create", "response": {"conversation": "x" * 9000}},
        {"type": "session.update", "session": {"audio": {"output": {"voice": "x" * 9000}}}},
        {"type": "x" * 9000, "event_id": "x" * 9000},
    ],
    ids=["event_id", "choice", "voice", "type"],
)
def test_an_error_does_not_send_a_long_wrong_value_back(
    realtime: Realtime, message: dict[str, object]
) -> None:
    refused = problem(realtime.read(msgspec.json.encode(message).decode()))
    (answer,) = realtime.write(refused)
    assert len(answer) < 1000


# To the client


def test_a_client_is_greeted_with_its_session(realtime: Realtime) -> None:
    (greeting,) = written(realtime.greeting())
    assert greeting["type"] == "session.created"
    assert greeting["session"]["id"] == "sess_abc"
    assert greeting["session"]["audio"]["input"] == {
        "format": {"type": "audio/pcm", "rate": 24000},
        "transcription": {"language": None},
        "turn_detection": None,
    }


def test_messages_have_ids_of_their_own(realtime: Realtime) -> None:
    messages = [*realtime.greeting(), *realtime.write(events.InputWasCleared())]
    assert [event["event_id"] for event in written(messages)] == ["event_abc_1", "event_abc_2"]


def test_a_changed_session_is_shown(realtime: Realtime) -> None:
    update(
        realtime, output_modalities=["text"], audio={"input": {"format": {"type": "audio/opus"}}}
    )
    (shown,) = written(realtime.write(events.SessionWasConfigured()))
    assert shown["type"] == "session.updated"
    assert shown["session"]["output_modalities"] == ["text"]
    assert shown["session"]["audio"]["input"]["format"] == {"type": "audio/opus"}


def test_input_is_told_by_its_item(realtime: Realtime) -> None:
    notices: list[events.AnyNotice] = [
        events.InputWasCommitted(item=2, previous=1),
        events.ItemKnown(item=2, previous=1, role="user", text=None),
        events.TranscriptKnown(item=2, text="Hi.", audio_s=0.5),
        events.TranscriptFailed(item=2, code="bad_audio", detail="not sound"),
    ]
    told = written([message for notice in notices for message in realtime.write(notice)])
    assert [(event["type"], event.get("item_id")) for event in told] == [
        ("input_audio_buffer.committed", "item_abc_2"),
        ("conversation.item.added", None),
        ("conversation.item.done", None),
        ("conversation.item.input_audio_transcription.completed", "item_abc_2"),
        ("conversation.item.input_audio_transcription.failed", "item_abc_2"),
    ]
    assert told[0]["previous_item_id"] == "item_abc_1"
    assert told[1]["item"]["content"] == [{"type": "input_audio"}]
    assert told[3]["usage"] == {"type": "duration", "seconds": 0.5}
    assert told[4]["error"]["message"] == "not sound"


@pytest.mark.parametrize(("role", "kind"), [("user", "input_text"), ("assistant", "output_text")])
def test_typed_items_are_told_with_their_text(realtime: Realtime, role: Any, kind: str) -> None:
    notice = events.ItemKnown(item=1, previous=None, role=role, text="Hi.")
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


def begin(realtime: Realtime, *, is_spoken: bool = True) -> list[dict[str, Any]]:
    options = ReplyOptions(is_spoken=is_spoken)
    return written(realtime.write(ReplyStarted(reply=1, item=2, previous=1, options=options)))


def test_a_spoken_reply_has_sound_and_transcript(realtime: Realtime) -> None:
    begin(realtime)
    told = written(realtime.write(ReplyText(delta="Hi.")))
    told += written(realtime.write_sound(b"\x00\x00"))
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
    delta = {key: value for key, value in told[4].items() if key not in ("type", "event_id")}
    assert delta == {
        "response_id": "resp_abc_1",
        "output_index": 0,
        "item_id": "item_abc_2",
        "content_index": 0,
        "delta": "AAA=",
    }
    assert told[-1]["response"]["output"][0]["status"] == "completed"


def test_a_written_reply_has_only_text(realtime: Realtime) -> None:
    begin(realtime, is_spoken=False)
    told = written(realtime.write(ReplyText(delta="Hi")))
    told += written(realtime.write(ReplyText(delta=".")))
    told += written(realtime.write(finished(text="Hi.")))
    assert [event["type"] for event in told if "text" in event["type"]] == [
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
    ]
    assert told[-1]["response"]["output"][0]["content"] == [{"type": "output_text", "text": "Hi."}]


def test_sound_alone_opens_the_item_too(realtime: Realtime) -> None:
    begin(realtime)
    sound = ReplyAudio(turn=1, sentence=0, first_packet=0, packets=(b"x",), is_last=True)
    assert written(realtime.write(sound))[0]["type"] == "response.output_item.added"


def test_a_reply_without_a_word_has_no_item(realtime: Realtime) -> None:
    begin(realtime)
    told = written(realtime.write(finished(status="failed", reason="no_speech", detail="silence")))
    assert [event["type"] for event in told] == ["response.done"]
    assert told[0]["response"]["output"] == []
    assert told[0]["response"]["status_details"] == {
        "type": "failed",
        "reason": "no_speech",
        "error": {"type": "server_error", "code": "no_speech", "message": "silence"},
    }


@pytest.mark.parametrize("status", ["cancelled", "incomplete"])
def test_a_reply_that_was_not_completed_says_why(realtime: Realtime, status: Any) -> None:
    begin(realtime)
    realtime.write(ReplyText(delta="Hi."))
    done = written(realtime.write(finished(status=status, reason="because")))[-1]["response"]
    assert done["status_details"] == {"type": status, "reason": "because"}
    assert done["output"][0]["status"] == "incomplete"


def test_the_end_tells_usage_and_latency(realtime: Realtime) -> None:
    begin(realtime)
    usage = Usage(input_tokens=7, cached_tokens=3, output_tokens=5)
    notice = finished(usage=usage, latency=Latency(response_time_s=0.25))
    response = written(realtime.write(notice))[-1]["response"]
    assert response["usage"] == {
        "total_tokens": 12,
        "input_tokens": 7,
        "output_tokens": 5,
        "input_token_details": {"cached_tokens": 3},
    }
    assert response["latency"] == {"response_time_s": 0.25}


def test_nothing_is_told_of_a_reply_that_never_started(realtime: Realtime) -> None:
    assert realtime.write(ReplyText(delta="Hi.")) == []
    assert realtime.write_sound(b"\x00\x00") == []


def test_opus_packets_go_behind_a_header() -> None:
    sound = ReplyAudio(turn=258, sentence=3, first_packet=4, packets=(b"x", b"y"), is_last=False)
    assert binary_messages(sound) == [
        b"\x01\x00\x00\x01\x02\x00\x03\x00\x00\x00\x04x",
        b"\x01\x00\x00\x01\x02\x00\x03\x00\x00\x00\x05y",
    ]
