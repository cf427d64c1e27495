"""What the messages of a Realtime server are made of, in the words of OpenAI's API (GA)."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from gateway.latency import Latency
from gateway.protocols.realtime_call_objects import CallItem, FunctionOutputItem


class Content(Struct, frozen=True, kw_only=True):
    """A part of an item: `input_text`, `input_audio`, `output_text` or `output_audio`."""

    type: str
    text: str | UnsetType = UNSET
    transcript: str | UnsetType | None = UNSET
    """None for speech whose transcript is yet to come."""


class Part(Struct, frozen=True, kw_only=True):
    """The same where it is made: `text` or `audio`."""

    type: Literal["text", "audio"]
    text: str | UnsetType = UNSET
    transcript: str | UnsetType = UNSET


class Item(Struct, frozen=True, kw_only=True):
    """An item of the conversation."""

    id: str
    object: str = "realtime.item"
    type: str = "message"
    status: str
    role: str
    content: tuple[Content, ...] = ()


AnyItem = Item | CallItem | FunctionOutputItem


class ErrorDetail(Struct, frozen=True, kw_only=True):
    """What was wrong."""

    type: str
    code: str
    message: str
    param: str | None = None
    event_id: str | None = None
    """The client's id of the message that was wrong."""


class Cause(Struct, frozen=True, kw_only=True):
    """Why a response failed."""

    type: str
    code: str
    message: str


class StatusDetails(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why a response was not completed."""

    type: str = ""
    reason: str = ""
    error: Cause | None = None


class KindsOfTokens(Struct, frozen=True, kw_only=True):
    """Of which kind tokens were: text, also of what is spoken."""

    text_tokens: int
    audio_tokens: int = 0


class InputTokens(KindsOfTokens, frozen=True, kw_only=True):
    """Of which kind the input tokens were."""

    image_tokens: int = 0
    cached_tokens: int
    cached_tokens_details: KindsOfTokens


class Usage(Struct, frozen=True, kw_only=True):
    """What a response took."""

    total_tokens: int
    input_tokens: int
    output_tokens: int
    input_token_details: InputTokens
    output_token_details: KindsOfTokens


class AudioOutput(Struct, frozen=True, kw_only=True):
    """How a response sounds."""

    format: dict[str, object]
    voice: str


class Audio(Struct, frozen=True, kw_only=True):
    """The sound of a response."""

    output: AudioOutput


class Response(Struct, frozen=True, kw_only=True):
    """A reply."""

    id: str
    object: str = "realtime.response"
    status: str
    status_details: StatusDetails | None = None
    output: tuple[AnyItem, ...] = ()
    output_modalities: tuple[str, ...]
    max_output_tokens: int | str = "inf"
    audio: Audio
    conversation_id: str | None
    """None for a response outside of the conversation."""
    metadata: dict[str, str] | None = None
    usage: Usage | None = None
    latency: Latency | None = None
    """Ours: where the time went, in seconds."""


class SpeechLength(Struct, frozen=True, kw_only=True):
    """What a transcription took."""

    type: Literal["duration"] = "duration"
    seconds: float
