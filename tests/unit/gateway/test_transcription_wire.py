"""What an upload may ask for, and how its transcript is written."""

import msgspec
import pytest
from openai.types.audio import (
    Transcription,
    TranscriptionTextDeltaEvent,
    TranscriptionTextDoneEvent,
)

from gateway.endpoints.faults import Fault
from gateway.endpoints.transcription_wire import (
    Heard,
    Shape,
    Wishes,
    read_wishes,
    write,
    write_delta,
    write_done,
)

HEARD = (
    Heard(start_s=0, end_s=21.5, text="Grüße.", language="de"),
    Heard(start_s=21.5, end_s=40, text="", language=""),
    Heard(start_s=40, end_s=3661.25, text="Bis bald!", language="de"),
)
TEXT = "Grüße. Bis bald!"


def test_a_form_without_wishes_has_the_defaults() -> None:
    assert read_wishes({"model": "whisper-1", "prompt": "names", "temperature": "0"}) == Wishes()


def test_wishes_are_read() -> None:
    fields = {"language": "de", "response_format": "verbose_json", "stream": "True"}
    assert read_wishes(fields) == Wishes(language="de", shape="verbose_json", is_streamed=True)


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"response_format": "docx"}, "unsupported_value", "response_format"),
        ({"stream": "perhaps"}, "invalid_value", "stream"),
        ({"language": "x" * 101}, "invalid_value", "language"),
        (
            {"timestamp_granularities[]": "word"},
            "unsupported_value",
            "timestamp_granularities",
        ),
    ],
)
def test_wishes_that_cannot_be_granted(fields: dict[str, str], code: str, param: str) -> None:
    with pytest.raises(Fault) as caught:
        read_wishes(fields)
    assert (caught.value.status, caught.value.code, caught.value.param) == (400, code, param)


def test_a_transcript_is_written_in_each_shape() -> None:
    plain = Transcription.model_validate_json(write(HEARD, "json").body, strict=True)
    assert (plain.text, write(HEARD, "text")) == (TEXT, (f"{TEXT}\n".encode(), "text/plain"))
    assert plain.usage is not None
    assert plain.usage.type == "duration"
    assert plain.usage.seconds == 3661.25


def test_a_transcript_is_written_with_its_segments() -> None:
    verbose = msgspec.json.decode(write(HEARD, "verbose_json").body)
    assert (verbose["text"], verbose["language"], verbose["duration"]) == (TEXT, "de", 3661.25)
    assert verbose["segments"] == [
        {"id": 0, "start": 0, "end": 21.5, "text": "Grüße."},
        {"id": 1, "start": 40, "end": 3661.25, "text": "Bis bald!"},
    ]


def test_a_transcript_is_written_as_subtitles() -> None:
    assert write(HEARD, "srt").body.decode() == (
        "1\n00:00:00,000 --> 00:00:21,500\nGrüße.\n\n"
        "2\n00:00:40,000 --> 01:01:01,250\nBis bald!\n\n"
    )
    assert write(HEARD, "vtt").body.decode() == (
        "WEBVTT\n\n"
        "1\n00:00:00.000 --> 00:00:21.500\nGrüße.\n\n"
        "2\n00:00:40.000 --> 01:01:01.250\nBis bald!\n\n"
    )


@pytest.mark.parametrize("shape", ["json", "text", "srt", "vtt", "verbose_json"])
def test_silence_is_a_transcript_without_words(shape: Shape) -> None:
    assert b"-->" not in write(HEARD[1:2], shape).body


def test_a_transcript_is_written_as_events() -> None:
    first, second = (write_delta(before, text) for before, text in (("", "Hi."), ("Hi.", "Bye.")))
    assert [delta_of(first), delta_of(second)] == ["Hi.", " Bye."]
    assert write_delta("Hi.", "") == b""
    done = write_done(TEXT).removeprefix(b"data: ")
    assert TranscriptionTextDoneEvent.model_validate_json(done, strict=True).text == TEXT


def test_stretches_of_a_script_without_spaces_are_joined_without_them() -> None:
    heard = [
        Heard(start_s=start, end_s=start + 1, text=text, language="ja")
        for start, text in enumerate(("今日は。", "", "いい天気", "ですね"))
    ]
    assert msgspec.json.decode(write(heard, "json").body)["text"] == "今日は。いい天気ですね"
    assert delta_of(write_delta("今日は。", "いい天気")) == "いい天気"


def delta_of(event: bytes) -> str:
    body = event.removeprefix(b"data: ")
    return TranscriptionTextDeltaEvent.model_validate_json(body, strict=True).delta
