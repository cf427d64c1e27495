"""A session's settings in the Realtime vocabulary, both ways."""

import pytest
from realtime_wire import open_session, problem, read, update, written

from gateway import events, notices
from gateway.protocols.realtime import Realtime
from gateway.settings import GatewaySettings
from gateway.turn_detection import TurnDetection
from shared.messages import ReplyOptions

SERVER_VAD = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 500,
    "idle_timeout_ms": None,
    "create_response": True,
    "interrupt_response": True,
}
SEMANTIC_VAD = {
    "type": "semantic_vad",
    "eagerness": "auto",
    "create_response": True,
    "interrupt_response": True,
}


@pytest.fixture
def realtime() -> Realtime:
    return open_session()


def detect(realtime: Realtime, wished: object) -> object:
    """What a wish for turn detection is understood as."""
    return update(realtime, audio={"input": {"turn_detection": wished}})


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
    assert heard.turn_detection is None
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
            {"audio": {"input": {"format": {"type": "audio/mp3"}}}},
            "unsupported_value",
            "session.audio.input.format.type",
            id="other format",
        ),
        pytest.param(
            {"audio": {"output": {"format": {"type": "audio/pcm", "rate": 16000}}}},
            "unsupported_value",
            "session.audio.output.format.rate",
            id="other rate",
        ),
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


@pytest.mark.parametrize(
    ("wished", "expected"),
    [
        pytest.param(None, None, id="push-to-talk"),
        pytest.param({"type": "server_vad"}, TurnDetection(mode="server_vad"), id="server default"),
        pytest.param({"type": "semantic_vad"}, TurnDetection(), id="semantic default"),
        pytest.param(
            {
                "type": "server_vad",
                "threshold": 1,
                "prefix_padding_ms": 0,
                "silence_duration_ms": 1250,
                "idle_timeout_ms": 5000,
                "create_response": False,
                "interrupt_response": False,
            },
            TurnDetection(
                mode="server_vad",
                threshold=1.0,
                prefix_padding_s=0.0,
                silence_s=1.25,
                idle_timeout_s=5.0,
                create_response=False,
                interrupt_response=False,
            ),
            id="server in full",
        ),
        pytest.param(
            {
                "type": "semantic_vad",
                "eagerness": "low",
                "create_response": False,
                "interrupt_response": False,
            },
            TurnDetection(eagerness="low", create_response=False, interrupt_response=False),
            id="semantic in full",
        ),
        pytest.param(
            {"type": "semantic_vad", "threshold": 0.9}, TurnDetection(), id="not of its type"
        ),
    ],
)
def test_turn_detection_is_understood_in_seconds(
    realtime: Realtime, wished: object, expected: TurnDetection | None
) -> None:
    heard = detect(realtime, wished)
    configured = events.SessionConfigured(
        options=ReplyOptions(), turn_detection=expected, event_id="e"
    )
    assert heard == configured


@pytest.mark.parametrize("wished", [None, {"type": "server_vad", "threshold": 0.7}])
def test_turn_detection_that_is_not_wished_for_stays_as_it_was(
    realtime: Realtime, wished: object
) -> None:
    detect(realtime, wished)
    before = realtime.config.turn_detection
    heard = update(realtime, instructions="Be brief.")
    assert isinstance(heard, events.SessionConfigured)
    assert heard.turn_detection == before != TurnDetection()


def test_what_is_left_out_of_turn_detection_goes_back_to_its_default(realtime: Realtime) -> None:
    detect(realtime, {"type": "server_vad", "threshold": 0.7})
    detect(realtime, {"type": "server_vad", "silence_duration_ms": 200})
    assert realtime.config.turn_detection == TurnDetection(mode="server_vad", silence_s=0.2)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        pytest.param({"type": "telepathy"}, ".type", id="other type"),
        pytest.param({"threshold": 0.5}, "", id="no type"),
        pytest.param("server_vad", "", id="no object"),
        pytest.param(SERVER_VAD | {"threshold": 1.01}, ".threshold", id="never speech"),
        pytest.param(SERVER_VAD | {"threshold": -0.01}, ".threshold", id="all is speech"),
        pytest.param(SERVER_VAD | {"prefix_padding_ms": -1}, ".prefix_padding_ms", id="ahead"),
        pytest.param(
            SERVER_VAD | {"prefix_padding_ms": 10_001}, ".prefix_padding_ms", id="long pre-roll"
        ),
        pytest.param(
            SERVER_VAD | {"silence_duration_ms": 10_001}, ".silence_duration_ms", id="long silence"
        ),
        pytest.param(
            SERVER_VAD | {"silence_duration_ms": 0.5}, ".silence_duration_ms", id="seconds"
        ),
        pytest.param(SERVER_VAD | {"idle_timeout_ms": 4999}, ".idle_timeout_ms", id="impatient"),
        pytest.param(SERVER_VAD | {"idle_timeout_ms": 30_001}, ".idle_timeout_ms", id="patient"),
        pytest.param(SERVER_VAD | {"create_response": None}, ".create_response", id="null"),
        pytest.param(SEMANTIC_VAD | {"eagerness": "very"}, ".eagerness", id="too eager"),
        pytest.param(
            SEMANTIC_VAD | {"interrupt_response": "yes"}, ".interrupt_response", id="text"
        ),
    ],
)
def test_turn_detection_that_cannot_be_had_names_its_field_and_changes_nothing(
    realtime: Realtime, wrong: object, field: str
) -> None:
    refused = problem(detect(realtime, wrong))
    param = f"session.audio.input.turn_detection{field}"
    assert (refused.code, refused.param, refused.event_id) == ("invalid_value", param, "e")
    assert realtime.config.turn_detection == TurnDetection()


@pytest.mark.parametrize(
    ("wished", "expected"),
    [
        pytest.param(None, None, id="push-to-talk"),
        pytest.param({"type": "server_vad"}, SERVER_VAD, id="server default"),
        pytest.param({"type": "semantic_vad"}, SEMANTIC_VAD, id="semantic default"),
        pytest.param(
            SERVER_VAD | {"silence_duration_ms": 333, "idle_timeout_ms": 29_999},
            SERVER_VAD | {"silence_duration_ms": 333, "idle_timeout_ms": 29_999},
            id="milliseconds",
        ),
        pytest.param(
            SEMANTIC_VAD | {"eagerness": "high", "create_response": False},
            SEMANTIC_VAD | {"eagerness": "high", "create_response": False},
            id="semantic in full",
        ),
    ],
)
def test_turn_detection_is_shown_as_it_was_wished(
    realtime: Realtime, wished: object, expected: object
) -> None:
    detect(realtime, wished)
    (shown,) = written(realtime.write(notices.SessionWasConfigured()))
    assert shown["session"]["audio"]["input"]["turn_detection"] == expected


def test_a_client_is_greeted_with_its_session(realtime: Realtime) -> None:
    (greeting,) = written(realtime.greeting())
    assert greeting["type"] == "session.created"
    assert greeting["session"]["id"] == "sess_abc"
    assert greeting["session"]["audio"]["input"] == {
        "format": {"type": "audio/pcm", "rate": 24000},
        "transcription": {"model": None, "language": None},
        "turn_detection": SEMANTIC_VAD,
        "noise_reduction": None,
    }


def test_a_transcription_session_only_listens() -> None:
    realtime = Realtime("abc", "voicechat", GatewaySettings(), kind="transcription")
    (greeting,) = written(realtime.greeting())
    assert greeting["session"]["type"] == "transcription"
    assert "output" not in greeting["session"]["audio"]
    heard = update(realtime, audio={"input": {"turn_detection": {"type": "server_vad"}}})
    assert isinstance(heard, events.SessionConfigured)
    assert not heard.wants_replies
    assert heard.turn_detection == TurnDetection(
        mode="server_vad", create_response=False, interrupt_response=False
    )
    detect(realtime, None)
    assert realtime.config.turn_detection is None
    assert problem(read(realtime, "response.create")).code == "unsupported_value"
    update(realtime, type="realtime")
    assert isinstance(read(realtime, "response.create"), events.ReplyRequested)


def test_transcripts_are_told_unless_they_are_refused(realtime: Realtime) -> None:
    known = notices.TranscriptKnown(item=1, text="Hi.", audio_s=0.5)
    assert len(realtime.write(known)) == 1
    update(realtime, audio={"input": {"transcription": None}})
    assert realtime.write(known) == []


def test_a_changed_session_is_shown(realtime: Realtime) -> None:
    update(
        realtime, output_modalities=["text"], audio={"input": {"format": {"type": "audio/opus"}}}
    )
    (shown,) = written(realtime.write(notices.SessionWasConfigured()))
    assert shown["type"] == "session.updated"
    assert shown["session"]["output_modalities"] == ["text"]
    assert shown["session"]["audio"]["input"]["format"] == {"type": "audio/opus"}


def test_marks_are_for_who_asks_for_them(realtime: Realtime) -> None:
    (greeting,) = written(realtime.greeting())
    assert "marks" not in greeting["session"]["audio"]["output"]
    heard = update(realtime, audio={"output": {"marks": True}})
    assert isinstance(heard, events.SessionConfigured)
    assert heard.options.has_marks
    (shown,) = written(realtime.write(notices.SessionWasConfigured()))
    assert shown["session"]["audio"]["output"]["marks"] is True
    heard = update(realtime, audio={"output": {"marks": False}})
    assert isinstance(heard, events.SessionConfigured)
    assert not heard.options.has_marks
