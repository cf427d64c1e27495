"""What a request for speech may ask, and what is refused."""

import base64

import msgspec
import pytest

from gateway.endpoints.faults import Fault
from gateway.endpoints.speech_wire import (
    SpeechRequest,
    VoiceId,
    chosen_voice,
    cut,
    write_delta,
    write_done,
)
from shared.offers import OfferedVoice

VOICES = (OfferedVoice("en-us", "en-us"), OfferedVoice("ja", "ja"))


def read(**fields: object) -> SpeechRequest:
    return msgspec.json.decode(msgspec.json.encode(fields), type=SpeechRequest)


def test_a_request_of_the_sdk_is_understood() -> None:
    request = read(
        model="tts-1", input="Hello.", voice={"id": "ja"}, speed=1.5, instructions="Whisper."
    )
    assert (request.input, request.voice, request.speed) == ("Hello.", VoiceId("ja"), 1.5)


def test_a_text_is_cut_into_sentences_that_lose_nothing() -> None:
    text = "  One two three four. Five, six and seven eight nine!\n\nTen eleven twelve?  "
    pieces = cut(text, longest=1000)
    assert len(pieces) == 3
    assert "".join(pieces).strip() == text.strip()


@pytest.mark.parametrize(
    ("text", "code"), [("  \n ", "invalid_value"), ("a" * 11, "string_above_max_length")]
)
def test_no_text_and_too_much_text_are_refused(text: str, code: str) -> None:
    with pytest.raises(Fault) as caught:
        cut(text, longest=10)
    assert (caught.value.code, caught.value.param) == (code, "input")


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        (None, ""),
        ("", ""),
        ("default", ""),
        ("alloy", ""),
        ("JA", "ja"),
        (VoiceId("en-US"), "en-us"),
    ],
)
def test_a_voice_is_chosen_by_its_name(wanted: str | VoiceId | None, name: str) -> None:
    assert chosen_voice(wanted, VOICES) == name


def test_a_voice_that_is_called_default_is_meant_by_its_name() -> None:
    assert chosen_voice("default", (*VOICES, OfferedVoice("default", "en"))) == "default"


def test_an_unknown_voice_is_told_which_there_are() -> None:
    with pytest.raises(Fault, match="'nobody'; there are en-us, ja; leave it out for en-us"):
        chosen_voice("nobody", VOICES)


def test_of_many_voices_some_are_named() -> None:
    voices = [OfferedVoice(f"v{number}", "en") for number in range(100)]
    with pytest.raises(Fault, match="v39 and 60 more, which GET /v1/voices lists"):
        chosen_voice("nobody", voices)


def test_a_voice_is_passed_on_while_nobody_says_which_there_are() -> None:
    assert chosen_voice("nobody", ()) == "nobody"


def test_sound_is_written_as_events() -> None:
    event = msgspec.json.decode(write_delta(b"sound").removeprefix(b"data: "))
    assert event["type"] == "speech.audio.delta"
    assert base64.b64decode(event["audio"]) == b"sound"
    assert write_delta(b"") == b""
    assert b'"speech.audio.done"' in write_done()
