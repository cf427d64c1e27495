"""The words of `POST /v1/audio/speech`."""

import base64
from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.endpoints.answers import event_of
from gateway.endpoints.faults import Fault
from gateway.sound_files import Format
from shared.offers import OfferedVoice
from shared.sentences import Limits, SentenceSplitter

DEFAULT_VOICE = "default"
"""Stands for the workers' own choice, as does no voice at all."""

_MOST_NAMED = 40
_Name = Annotated[str, Meta(max_length=100)]


class VoiceId(Struct, frozen=True):
    """A voice, written as an object."""

    id: _Name


class SpeechRequest(Struct, frozen=True, kw_only=True):
    """The body; what is not named here has no effect."""

    input: Annotated[str, Meta(min_length=1)]
    voice: _Name | VoiceId | None = None
    speed: Annotated[float, Meta(ge=0.25, le=4.0)] | None = None
    response_format: Format | None = None
    stream_format: Literal["audio", "sse"] | None = None
    language: _Name | None = None
    """Ours: BCP 47 tag of the text, for which a voice is chosen if none is named."""


class Usage(Struct, frozen=True, kw_only=True):
    """A voice counts no tokens."""

    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0


class AudioDelta(Struct, frozen=True, tag="speech.audio.delta", tag_field="type"):
    """More of the file."""

    audio: str
    """base64"""


class AudioDone(Struct, frozen=True, tag="speech.audio.done", tag_field="type"):
    """All of it was sent."""

    usage: Usage = Usage()


def cut(text: str, longest: int) -> list[str]:
    """The text in speakable pieces, the first a short one; raises Fault if there is nothing."""
    if len(text) > longest:
        told = f"input may have {longest} characters, not {len(text)}"
        raise Fault(400, told, code="string_above_max_length", param="input")
    splitter = SentenceSplitter(Limits())
    pieces = [piece for piece in (*splitter.feed(text), *splitter.flush()) if piece.strip()]
    if not pieces:
        raise Fault(400, "input has no text", code="invalid_value", param="input")
    return pieces


def chosen_voice(wanted: _Name | VoiceId | None, offered: Sequence[OfferedVoice]) -> str:
    """The name of the voice as it is offered, empty for the default; raises Fault if unknown.

    While nobody offers anything the name is passed on as it is.
    """
    name = wanted.id if isinstance(wanted, VoiceId) else wanted or ""
    if not name or not offered:
        return name
    for voice in offered:
        if voice.name.lower() == name.lower():
            return voice.name
    if name.lower() == DEFAULT_VOICE:
        return ""
    named = ", ".join(voice.name for voice in offered[:_MOST_NAMED])
    rest = len(offered) - _MOST_NAMED
    more = f" and {rest} more, which GET /v1/voices lists" if rest > 0 else ""
    told = (
        f"there is no voice {name!r}; there are {named}{more}; leave it out for {offered[0].name}"
    )
    raise Fault(400, told, code="unknown_voice", param="voice")


def write_delta(content: bytes) -> bytes:
    """The event that carries a piece of the file."""
    return event_of(AudioDelta(base64.b64encode(content).decode())) if content else b""


def write_done() -> bytes:
    """The event behind the last piece."""
    return event_of(AudioDone())
