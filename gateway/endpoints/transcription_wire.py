"""The words of `POST /v1/audio/transcriptions`."""

from collections.abc import Mapping
from typing import Literal, assert_never

import msgspec

from gateway.endpoints.answers import TEXT, Whole, event_of, json_of
from gateway.endpoints.faults import Fault
from shared.messages import Transcript

Shape = Literal["json", "text", "verbose_json"]

_SHAPES: dict[str, Shape] = {"json": "json", "text": "text", "verbose_json": "verbose_json"}
_LONGEST_LANGUAGE = 100
_TRUTH = {"true": True, "1": True, "false": False, "0": False, "": False}


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is to be transcribed."""

    language: str = ""
    shape: Shape = "json"
    is_streamed: bool = False


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """How much sound there was."""

    type: Literal["duration"] = "duration"
    seconds: float


class PlainBody(msgspec.Struct, frozen=True, kw_only=True):
    """`json`."""

    text: str
    usage: Usage


class VerboseBody(msgspec.Struct, frozen=True, kw_only=True):
    """`verbose_json`."""

    task: Literal["transcribe"] = "transcribe"
    language: str
    duration: float
    text: str
    usage: Usage


class TextDelta(msgspec.Struct, frozen=True, tag="transcript.text.delta", tag_field="type"):
    """More of the transcript."""

    delta: str


class TextDone(msgspec.Struct, frozen=True, tag="transcript.text.done", tag_field="type"):
    """All of it."""

    text: str


def read_wishes(fields: Mapping[str, str]) -> Wishes:
    """What a form asks for; raises Fault. What has no effect here is passed over."""
    shape = _SHAPES.get(fields.get("response_format", "json"))
    if shape is None:
        told = f"response_format is one of {', '.join(_SHAPES)}"
        raise Fault(400, told, code="unsupported_value", param="response_format")
    is_streamed = _TRUTH.get(fields.get("stream", "").lower())
    if is_streamed is None:
        raise Fault(400, "stream is true or false", code="invalid_value", param="stream")
    if len(language := fields.get("language", "")) > _LONGEST_LANGUAGE:
        told = "language is a tag such as en or pt-BR"
        raise Fault(400, told, code="invalid_value", param="language")
    if "word" in fields.get("timestamp_granularities[]", ""):
        told = "times of words are not available"
        raise Fault(400, told, code="unsupported_value", param="timestamp_granularities")
    return Wishes(language=language, shape=shape, is_streamed=is_streamed)


def write(transcript: Transcript, shape: Shape) -> Whole:
    """The answer in one piece."""
    usage = Usage(seconds=transcript.audio_s)
    match shape:
        case "json":
            return json_of(PlainBody(text=transcript.text, usage=usage))
        case "text":
            return Whole(f"{transcript.text}\n".encode(), TEXT)
        case "verbose_json":
            verbose = VerboseBody(
                language=transcript.language,
                duration=transcript.audio_s,
                text=transcript.text,
                usage=usage,
            )
            return json_of(verbose)
        case _:
            assert_never(shape)


def write_events(transcript: Transcript) -> list[bytes]:
    """The answer as events."""
    delta = [event_of(TextDelta(transcript.text))] if transcript.text else []
    return [*delta, event_of(TextDone(transcript.text))]
