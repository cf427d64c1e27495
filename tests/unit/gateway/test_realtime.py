"""What clients say in the Realtime vocabulary, sessions and their settings left out."""

import base64

import msgspec
import pytest
from realtime_wire import open_session, problem, read, read_text
from talk import said

from gateway import events, notices
from gateway.protocols.port import Sound
from gateway.protocols.realtime import Realtime
from shared.messages import ReplyOptions

REFERENCE = {"type": "item_reference", "id": "item_abc_7"}


@pytest.fixture
def realtime() -> Realtime:
    return open_session()


def item(role: str = "user", **fields: object) -> dict[str, object]:
    return {
        "type": "message",
        "role": role,
        "content": [{"type": "input_text", "text": "Hi."}],
        **fields,
    }


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("input_audio_buffer.commit", events.InputCommitted(event_id="e")),
        ("input_audio_buffer.clear", events.InputCleared(event_id="e")),
        ("response.cancel", events.ReplyCancelled(event_id="e")),
        ("output_audio_buffer.clear", events.OutputCleared(event_id="e")),
        ("response.create", events.ReplyRequested(options=ReplyOptions(), event_id="e")),
    ],
)
def test_simple_requests_are_understood(realtime: Realtime, kind: str, expected: object) -> None:
    assert read(realtime, kind) == expected


def test_an_event_id_is_not_required(realtime: Realtime) -> None:
    assert read_text(realtime, b'{"type":"response.cancel"}') == events.ReplyCancelled(event_id="")


def test_audio_is_unpacked(realtime: Realtime) -> None:
    heard = read(realtime, "input_audio_buffer.append", audio=base64.b64encode(b"ab").decode())
    assert heard == Sound(content=b"ab", event_id="e")


@pytest.mark.parametrize("audio", ["%%%", "abc", "é"])
def test_audio_that_is_not_base64_is_refused(realtime: Realtime, audio: str) -> None:
    assert problem(read(realtime, "input_audio_buffer.append", audio=audio)) == notices.Problem(
        code="invalid_audio",
        message=problem(read(realtime, "input_audio_buffer.append", audio=audio)).message,
        param="audio",
        event_id="e",
    )


def test_typed_text_is_joined(realtime: Realtime) -> None:
    content = [{"type": "input_text", "text": "Hi "}, {"type": "text", "text": "there."}]
    heard = read(realtime, "conversation.item.create", item=item(content=content))
    assert heard == events.ItemAdded(said=said("user", "Hi there."), event_id="e")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        pytest.param(item(type="mcp_list_tools"), "unsupported_value", id="other type"),
        pytest.param({"type": "message"}, "unsupported_value", id="no role"),
        pytest.param(item(content=[{"type": "input_image"}]), "unsupported_value", id="picture"),
        pytest.param(item(content=[{"type": "input_audio"}]), "invalid_value", id="no sound"),
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


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        pytest.param(
            "conversation.item.truncate",
            events.ItemTruncated(item=12, audio_end_s=1.25, event_id="e"),
            id="truncated",
        ),
        pytest.param(
            "output_audio_buffer.played",
            events.PlaybackReported(item=12, position_s=1.25, event_id="e"),
            id="played",
        ),
    ],
)
def test_a_position_in_a_reply_is_understood_in_seconds(
    realtime: Realtime, kind: str, expected: object
) -> None:
    heard = read(realtime, kind, item_id="item_abc_12", content_index=0, audio_end_ms=1250)
    assert heard == expected


@pytest.mark.parametrize("kind", ["conversation.item.truncate", "output_audio_buffer.played"])
@pytest.mark.parametrize(
    "item_id",
    [
        pytest.param("", id="empty"),
        pytest.param("item_abd_1", id="of another session"),
        pytest.param("resp_abc_1", id="of a reply"),
        pytest.param("item_abc_", id="no number"),
        pytest.param("item_abc_0", id="before the first"),
        pytest.param("item_abc_01", id="not as we write it"),
        pytest.param("item_abc_\u0661", id="digit of another script"),
        pytest.param("item_abc_1\n", id="line end"),
        pytest.param("item_abc_" + "9" * 80, id="long number"),
    ],
)
def test_a_position_in_an_item_that_is_not_of_this_session_is_refused(
    realtime: Realtime, kind: str, item_id: str
) -> None:
    refused = problem(read(realtime, kind, item_id=item_id, audio_end_ms=0))
    assert (refused.code, refused.param, refused.event_id) == ("item_not_found", "item_id", "e")


@pytest.mark.parametrize("kind", ["conversation.item.truncate", "output_audio_buffer.played"])
@pytest.mark.parametrize(
    "audio_end_ms",
    [
        pytest.param(-1, id="negative"),
        pytest.param(86_400_001, id="more than a day"),
        pytest.param(0.5, id="no whole number"),
        pytest.param("1", id="text"),
        pytest.param(None, id="null"),
    ],
)
def test_a_position_that_no_reply_can_have_is_refused(
    realtime: Realtime, kind: str, audio_end_ms: object
) -> None:
    refused = problem(read(realtime, kind, item_id="item_abc_1", audio_end_ms=audio_end_ms))
    assert (refused.code, refused.param) == ("invalid_value", "audio_end_ms")


def test_only_the_first_part_of_an_item_can_be_truncated(realtime: Realtime) -> None:
    position = {"item_id": "item_abc_1", "audio_end_ms": 0, "content_index": 1}
    refused = problem(read(realtime, "conversation.item.truncate", **position))
    assert (refused.code, refused.param) == ("invalid_value", "content_index")


def test_a_single_reply_may_have_its_own_options(realtime: Realtime) -> None:
    heard = read(realtime, "response.create", response={"output_modalities": ["text"]})
    assert isinstance(heard, events.ReplyRequested)
    assert heard.options == ReplyOptions(is_spoken=False)
    assert realtime.config.options == ReplyOptions()


def test_a_single_reply_cannot_have_its_own_format(realtime: Realtime) -> None:
    wished = {"audio": {"output": {"format": {"type": "audio/opus"}}}}
    refused = problem(read(realtime, "response.create", response=wished))
    assert (refused.code, refused.param) == ("unsupported_value", "response.audio.output.format")


def test_a_reply_may_be_asked_for_beside_the_conversation(realtime: Realtime) -> None:
    response = {
        "conversation": "none",
        "input": [item(), REFERENCE],
        "metadata": {"topic": "weather"},
    }
    heard = read(realtime, "response.create", response=response)
    assert heard == events.ReplyRequested(
        options=ReplyOptions(),
        context=(said("user", "Hi."), 7),
        is_aside=True,
        metadata={"topic": "weather"},
        event_id="e",
    )


@pytest.mark.parametrize(
    ("response", "code", "param"),
    [
        ({"input": [{"type": "item_reference", "id": "x"}]}, "item_not_found", "response.input"),
        ({"input": [REFERENCE, item(), REFERENCE]}, "invalid_value", "response.input"),
        ({"input": [item(content=[])]}, "invalid_value", "response.input.content"),
        (
            {"input": [item(content=[{"type": "input_audio", "audio": "AAAA"}])]},
            "unsupported_value",
            "response.input",
        ),
        ({"conversation": "other"}, "invalid_value", "response.conversation"),
        ({"metadata": {"k": 1}}, "invalid_value", "response.metadata[...]"),
        ({"metadata": {str(n): "" for n in range(17)}}, "invalid_value", "response.metadata"),
    ],
    ids=["unknown item", "item twice", "no text", "sound", "conversation", "number", "many notes"],
)
def test_a_reply_that_cannot_be_given_names_the_field(
    realtime: Realtime, response: dict[str, object], code: str, param: str
) -> None:
    refused = problem(read(realtime, "response.create", response=response))
    assert (refused.code, refused.param) == (code, param)


def test_a_reply_can_be_cancelled_by_its_id(realtime: Realtime) -> None:
    heard = read(realtime, "response.cancel", response_id="resp_abc_3")
    assert heard == events.ReplyCancelled(reply=3, event_id="e")
    refused = problem(read(realtime, "response.cancel", response_id="resp_xyz_3"))
    assert (refused.code, refused.param) == ("response_cancel_not_active", "response_id")


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
    refused = problem(read_text(realtime, text.encode()))
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
    refused = problem(read_text(realtime, msgspec.json.encode(message)))
    (answer,) = realtime.write(refused)
    assert len(answer) < 1000


@pytest.mark.parametrize("kind", [None, 1, [], {}])
def test_a_type_that_is_no_text_is_unknown(realtime: Realtime, kind: object) -> None:
    text = msgspec.json.encode({"type": kind, "event_id": "e"})
    told = problem(read_text(realtime, text))
    assert (told.code, told.event_id) == ("unknown_event_type", "e")


def test_a_number_of_tokens_that_no_message_can_carry_is_refused(realtime: Realtime) -> None:
    text = '{"type":"response.create","response":{"max_output_tokens":1%s}}' % ("0" * 30)
    assert problem(read_text(realtime, text.encode())).param == "response.max_output_tokens"
