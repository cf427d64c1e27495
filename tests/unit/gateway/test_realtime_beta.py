"""The Realtime API as it was in its beta, both ways."""

from typing import Any

import msgspec
import pytest
from realtime_wire import open_session
from talk import said

from gateway import events, notices
from gateway.items import Item
from gateway.latency import Latency
from gateway.notices import AnyNotice, Problem, Usage
from gateway.protocols.port import Sound
from gateway.protocols.realtime_beta import RealtimeBeta
from gateway.turn_detection import TurnDetection
from shared.messages import ReplyOptions

DONE = notices.ReplyFinished(
    reply=1, status="completed", text="Hi.", usage=Usage(), latency=Latency()
)
SOUND = notices.ReplyAudio(
    reply=1, turn=1, sentence=0, first_packet=0, packets=(b"x",), is_last=True
)


@pytest.fixture
def beta() -> RealtimeBeta:
    return RealtimeBeta(open_session())


def read(beta: RealtimeBeta, kind: str, **fields: Any) -> object:
    (heard,) = beta.read(msgspec.json.encode({"type": kind, "event_id": "e", **fields}).decode())
    return heard


def tell(beta: RealtimeBeta, *told: AnyNotice) -> list[dict[str, Any]]:
    return [msgspec.json.decode(message) for notice in told for message in beta.write(notice)]


def begin(beta: RealtimeBeta, *, is_spoken: bool = True) -> list[dict[str, Any]]:
    options = ReplyOptions(is_spoken=is_spoken, voice="a", max_output_tokens=7)
    return tell(beta, notices.ReplyStarted(reply=1, item=2, previous=1, options=options))


def test_a_flat_session_is_understood_and_shown(beta: RealtimeBeta) -> None:
    session = {
        "modalities": ["text", "audio"],
        "instructions": "Be brief.",
        "voice": "a",
        "speed": 1.5,
        "input_audio_format": "g711_ulaw",
        "output_audio_format": "g711_alaw",
        "input_audio_transcription": {"model": "whisper-1", "language": "de"},
        "turn_detection": {"type": "server_vad", "silence_duration_ms": 200},
        "temperature": 0.8,
        "max_response_output_tokens": 9,
    }
    heard = read(beta, "session.update", session=session)
    assert isinstance(heard, events.SessionConfigured)
    assert heard.options == ReplyOptions(
        instructions="Be brief.",
        language="de",
        voice="a",
        speed=1.5,
        temperature=0.8,
        max_output_tokens=9,
    )
    assert heard.turn_detection == TurnDetection(mode="server_vad", silence_s=0.2)
    assert (beta.input_format, beta.output_format) == ("audio/pcmu", "audio/pcma")
    (updated,) = tell(beta, notices.SessionWasConfigured())
    shown = updated["session"]
    assert shown["turn_detection"]["silence_duration_ms"] == 200
    assert {name: shown[name] for name in session.keys() - {"turn_detection", "temperature"}} == {
        name: session[name] for name in session.keys() - {"turn_detection", "temperature"}
    }
    assert "audio" not in shown


def test_a_client_is_greeted_with_its_session_in_the_old_words(beta: RealtimeBeta) -> None:
    (greeting,) = map(msgspec.json.decode, beta.greeting())
    session = greeting["session"]
    assert (session["input_audio_format"], session["modalities"]) == ("pcm16", ["text", "audio"])
    assert "output_modalities" not in session


def test_a_response_is_asked_for_and_told_in_the_old_words(beta: RealtimeBeta) -> None:
    wished = {"modalities": ["text"], "voice": "b", "max_response_output_tokens": 3}
    heard = read(beta, "response.create", response=wished)
    assert isinstance(heard, events.ReplyRequested)
    assert heard.options == ReplyOptions(is_spoken=False, voice="b", max_output_tokens=3)
    (created,) = begin(beta)
    response = created["response"]
    assert (response["modalities"], response["voice"]) == (["text", "audio"], "a")
    assert (response["output_audio_format"], response["max_output_tokens"]) == ("pcm16", 7)


def test_a_spoken_reply_has_the_old_names(beta: RealtimeBeta) -> None:
    begin(beta)
    told = tell(beta, notices.ReplyText(reply=1, delta="Hi."))
    told += [msgspec.json.decode(message) for message in beta.write_sound(SOUND, [b"\0\0"])]
    told += tell(beta, DONE)
    assert [event["type"] for event in told] == [
        "response.output_item.added",
        "conversation.item.created",
        "response.content_part.added",
        "response.audio_transcript.delta",
        "response.audio.delta",
        "response.audio.done",
        "response.audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]
    assert told[-1]["response"]["output"][0]["content"] == [{"type": "audio", "transcript": "Hi."}]


def test_a_written_reply_has_the_old_names(beta: RealtimeBeta) -> None:
    begin(beta, is_spoken=False)
    told = tell(beta, notices.ReplyText(reply=1, delta="Hi."), DONE)
    assert "response.text.delta" in [event["type"] for event in told]
    assert told[-1]["response"]["output"][0]["content"] == [{"type": "text", "text": "Hi."}]


def test_an_item_is_told_of_once(beta: RealtimeBeta) -> None:
    item = Item(number=1, said=said("user", "Hi."))
    (created,) = tell(beta, notices.ItemKnown(item=item, previous=None))
    assert created["type"] == "conversation.item.created"


def test_an_error_names_the_field_as_the_client_does(beta: RealtimeBeta) -> None:
    heard = read(beta, "session.update", session={"input_audio_format": "mp3"})
    assert isinstance(heard, Problem)
    (error,) = tell(beta, heard)
    assert error["error"]["param"] == "session.input_audio_format.type"


def test_opus_packets_stay_as_they_are(beta: RealtimeBeta) -> None:
    formats = {"input_audio_format": "opus", "output_audio_format": "opus"}
    read(beta, "session.update", session=formats)
    assert beta.read_binary(b"x") == (Sound(content=b"x"),)
    assert not beta.sends_sound_as_text
    (message,) = beta.write_sound(SOUND, [b"x"])
    assert message.endswith(b"x")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "invalid_json"),
        ("[]", "invalid_event"),
        ('{"type":"session.update","session":{"voice":"a","audio":7}}', ""),
        ('{"type":"session.update","session":7}', "invalid_value"),
    ],
)
def test_what_cannot_be_understood_is_a_problem(beta: RealtimeBeta, text: str, code: str) -> None:
    (heard,) = beta.read(text)
    assert getattr(heard, "code", "") == code
