"""Whether a server's messages are what OpenAI's own client library says that they are."""

from collections.abc import Iterator
from typing import Any, get_args

from openai.types.realtime import RealtimeServerEvent
from pydantic import BaseModel, ValidationError

OUR_EVENTS = {
    "output_audio_buffer.paused",
    "output_audio_buffer.resumed",
    "response.output_audio.marks",
    "session.acknowledged",
    "session.resumable",
    "session.resumed",
}
OUR_FIELDS = {
    "session.id",
    "session.object",
    "session.audio.output.marks",
    "response.latency",
    "language",
    "rest",
    "transcript",
}
"""Paths of what OpenAI's API does not have; docs/protocol.md marks it as ours."""

_KINDS: dict[str, type[BaseModel]] = {
    get_args(kind.model_fields["type"].annotation)[0]: kind
    for kind in get_args(get_args(RealtimeServerEvent)[0])
}


def check(event: dict[str, Any]) -> None:
    """Fail unless the message is an event of the Realtime API, or one of ours."""
    if event["type"] in OUR_EVENTS:
        return
    kind = _KINDS.get(event["type"])
    assert kind is not None, f"the Realtime API has no event {event['type']}"
    try:
        read = kind.model_validate(_with_official_formats(event))
    except ValidationError as error:
        raise AssertionError(f"{event['type']}: {error}") from error
    unknown = set(_unknown(read)) - OUR_FIELDS
    assert not unknown, f"{event['type']} has fields that the Realtime API does not know: {unknown}"


def _with_official_formats(value: Any) -> Any:
    """The same without our own sound format, which the library's types cannot express."""
    if value == {"type": "audio/opus"}:
        return {"type": "audio/pcm", "rate": 24000}
    if isinstance(value, dict):
        return {key: _with_official_formats(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_with_official_formats(part) for part in value]
    return value


def _unknown(value: Any, path: str = "") -> Iterator[str]:
    """Paths of the fields that the types do not have."""
    if isinstance(value, list):
        for part in value:
            yield from _unknown(part, path)
    if not isinstance(value, BaseModel):
        return
    start = f"{path}." if path else ""
    yield from (start + name for name in value.model_extra or {})
    for name in type(value).model_fields:
        yield from _unknown(getattr(value, name), start + name)
