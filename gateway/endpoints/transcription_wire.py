"""The words of `POST /v1/audio/transcriptions`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, assert_never, get_args

from msgspec import Struct

from gateway.endpoints.answers import TEXT, Whole, event_of, json_of
from gateway.endpoints.faults import Fault
from shared.writing import joined, space_between

Shape = Literal["json", "text", "srt", "verbose_json", "vtt"]

_SHAPES: dict[str, Shape] = {shape: shape for shape in get_args(Shape)}
_LONGEST_LANGUAGE = 100
_TRUTH = {"true": True, "1": True, "false": False, "0": False, "": False}


class Wishes(Struct, frozen=True, kw_only=True):
    """How a file is to be transcribed."""

    language: str = ""
    shape: Shape = "json"
    is_streamed: bool = False


class Heard(Struct, frozen=True, kw_only=True):
    """What was said in a stretch of the file."""

    start_s: float
    end_s: float
    text: str
    """Empty if nothing was said."""
    language: str


class Usage(Struct, frozen=True, kw_only=True):
    """How much sound there was."""

    type: Literal["duration"] = "duration"
    seconds: float


class PlainBody(Struct, frozen=True, kw_only=True):
    """`json`."""

    text: str
    usage: Usage


class Segment(Struct, frozen=True, kw_only=True):
    """A stretch in which something was said."""

    id: int
    start: float
    end: float
    text: str


class VerboseBody(Struct, frozen=True, kw_only=True):
    """`verbose_json`."""

    task: Literal["transcribe"] = "transcribe"
    language: str
    duration: float
    text: str
    segments: list[Segment]
    usage: Usage


class TextDelta(Struct, frozen=True, tag="transcript.text.delta", tag_field="type"):
    """More of the transcript."""

    delta: str


class TextDone(Struct, frozen=True, tag="transcript.text.done", tag_field="type"):
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
        told = "times of words are not available, only those of segments"
        raise Fault(400, told, code="unsupported_value", param="timestamp_granularities")
    return Wishes(language=language, shape=shape, is_streamed=is_streamed)


def write(heard: Sequence[Heard], shape: Shape) -> Whole:
    """The answer in one piece."""
    text, usage = whole_text(heard), Usage(seconds=heard[-1].end_s if heard else 0.0)
    match shape:
        case "json":
            return json_of(PlainBody(text=text, usage=usage))
        case "text":
            return Whole(f"{text}\n".encode(), TEXT)
        case "srt":
            return Whole(_subtitles(heard, ",").encode(), TEXT)
        case "vtt":
            return Whole(f"WEBVTT\n\n{_subtitles(heard, '.')}".encode(), TEXT)
        case "verbose_json":
            verbose = VerboseBody(
                language=next((stretch.language for stretch in _said(heard)), ""),
                duration=usage.seconds,
                text=text,
                segments=_segments(heard),
                usage=usage,
            )
            return json_of(verbose)
        case _:
            assert_never(shape)


def whole_text(heard: Iterable[Heard]) -> str:
    """All that was said."""
    return joined(stretch.text for stretch in heard)


def write_delta(said_before: str, text: str) -> bytes:
    """The event that says more; none if there is nothing."""
    return event_of(TextDelta(space_between(said_before, text) + text)) if text else b""


def write_done(text: str) -> bytes:
    """The event that ends the transcript."""
    return event_of(TextDone(text))


def _said(heard: Iterable[Heard]) -> list[Heard]:
    return [stretch for stretch in heard if stretch.text]


def _segments(heard: Sequence[Heard]) -> list[Segment]:
    return [
        Segment(id=number, start=said.start_s, end=said.end_s, text=said.text)
        for number, said in enumerate(_said(heard))
    ]


def _subtitles(heard: Sequence[Heard], point: str) -> str:
    cues = (
        f"{segment.id + 1}\n{_time(segment.start, point)} --> {_time(segment.end, point)}\n"
        f"{segment.text}\n\n"
        for segment in _segments(heard)
    )
    return "".join(cues)


def _time(seconds: float, point: str) -> str:
    """As subtitles have it: 00:01:02,345."""
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{point}{rest % 1000:03}"
