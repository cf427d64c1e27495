"""The words of `POST /v1/audio/speech`."""

import base64
from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import Meta, Struct

from gateway.endpoints.answers import event_of
from gateway.endpoints.faults import Fault
from gateway.sound_files import Format
from gateway.voices import find_voice, no_such_voice
from shared.offers import OfferedVoice
from shared.sentences import Limits, SentenceSplitter

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
    """Ours: BCP 47 tag of the text, by which a voice is chosen; without it the text tells."""


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
    """The name of the voice as it is offered, empty for the default; raises Fault if unknown."""
    wished = wanted.id if isinstance(wanted, VoiceId) else wanted or ""
    names = [voice.name for voice in offered]
    if (found := find_voice(wished, names)) is None:
        told = no_such_voice(wished, names)
        raise Fault(400, told, code="unknown_voice", param="voice")
    return found


def write_delta(content: bytes) -> bytes:
    """The event that carries a piece of the file."""
    return event_of(AudioDelta(base64.b64encode(content).decode())) if content else b""


def write_done() -> bytes:
    """The event behind the last piece."""
    return event_of(AudioDone())
