"""What a Realtime server says, in the words of OpenAI's Realtime API (GA)."""

from typing import Literal

from msgspec import Struct

from gateway.latency import Latency


class ServerMessage(Struct, frozen=True, kw_only=True, tag_field="type"):
    """Any message to a client."""

    event_id: str = ""
    """Stamped when it is sent."""


# Objects within messages


class Content(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A part of an item: `input_text`, `input_audio`, `output_text` or `output_audio`."""

    type: str
    text: str | None = None
    transcript: str | None = None


class Item(Struct, frozen=True, kw_only=True):
    """An item of the conversation."""

    id: str
    object: str = "realtime.item"
    type: str = "message"
    status: str
    role: str
    content: tuple[Content, ...] = ()


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


class CachedTokens(Struct, frozen=True, kw_only=True):
    """Of which kind the input tokens were."""

    cached_tokens: int


class Usage(Struct, frozen=True, kw_only=True):
    """What a response took."""

    total_tokens: int
    input_tokens: int
    output_tokens: int
    input_token_details: CachedTokens


class Response(Struct, frozen=True, kw_only=True):
    """A reply."""

    id: str
    object: str = "realtime.response"
    status: str
    status_details: StatusDetails | None = None
    output: tuple[Item, ...] = ()
    output_modalities: tuple[str, ...]
    max_output_tokens: int | str = "inf"
    conversation_id: str
    usage: Usage | None = None
    latency: Latency | None = None
    """Ours: where the time went, in seconds."""


class SpeechLength(Struct, frozen=True, kw_only=True):
    """What a transcription took."""

    type: Literal["duration"] = "duration"
    seconds: float


# Session


class SessionCreated(ServerMessage, frozen=True, kw_only=True, tag="session.created"):
    """The first message of all."""

    session: dict[str, object]


class SessionUpdated(ServerMessage, frozen=True, kw_only=True, tag="session.updated"):
    """The session as it is after a change."""

    session: dict[str, object]


class Error(ServerMessage, frozen=True, kw_only=True, tag="error"):
    """Something was wrong; the session goes on."""

    error: ErrorDetail


# What the person says


class Committed(ServerMessage, frozen=True, kw_only=True, tag="input_audio_buffer.committed"):
    """The utterance has become an item."""

    item_id: str
    previous_item_id: str | None


class Cleared(ServerMessage, frozen=True, kw_only=True, tag="input_audio_buffer.cleared"):
    """The utterance was forgotten."""


class ItemAdded(ServerMessage, frozen=True, kw_only=True, tag="conversation.item.added"):
    """An item stands in the conversation."""

    previous_item_id: str | None
    item: Item


class ItemDone(ServerMessage, frozen=True, kw_only=True, tag="conversation.item.done"):
    """An item will not change any more."""

    previous_item_id: str | None
    item: Item


class TranscriptCompleted(
    ServerMessage,
    frozen=True,
    kw_only=True,
    tag="conversation.item.input_audio_transcription.completed",
):
    """What the person said."""

    item_id: str
    content_index: int = 0
    transcript: str
    usage: SpeechLength


class TranscriptionFailed(
    ServerMessage,
    frozen=True,
    kw_only=True,
    tag="conversation.item.input_audio_transcription.failed",
):
    """Nobody knows what the person said."""

    item_id: str
    content_index: int = 0
    error: Cause


# The reply


class ResponseCreated(ServerMessage, frozen=True, kw_only=True, tag="response.created"):
    """A reply is on its way."""

    response: Response


class ResponseDone(ServerMessage, frozen=True, kw_only=True, tag="response.done"):
    """The reply is over."""

    response: Response


class OutputMessage(ServerMessage, frozen=True, kw_only=True):
    """About the reply's item."""

    response_id: str
    output_index: int = 0


class OutputItemAdded(OutputMessage, frozen=True, kw_only=True, tag="response.output_item.added"):
    """The reply's item begins."""

    item: Item


class OutputItemDone(OutputMessage, frozen=True, kw_only=True, tag="response.output_item.done"):
    """The reply's item is complete."""

    item: Item


class ContentMessage(OutputMessage, frozen=True, kw_only=True):
    """About the only content part of the reply's item."""

    item_id: str
    content_index: int = 0


class PartAdded(ContentMessage, frozen=True, kw_only=True, tag="response.content_part.added"):
    """The content begins."""

    part: Content


class PartDone(ContentMessage, frozen=True, kw_only=True, tag="response.content_part.done"):
    """The content is complete."""

    part: Content


class AudioDelta(ContentMessage, frozen=True, kw_only=True, tag="response.output_audio.delta"):
    """More sound."""

    delta: str
    """base64 of PCM16 at 24 kHz."""


class AudioDone(ContentMessage, frozen=True, kw_only=True, tag="response.output_audio.done"):
    """No more sound."""


class SpokenDelta(
    ContentMessage, frozen=True, kw_only=True, tag="response.output_audio_transcript.delta"
):
    """More of what is spoken, as text."""

    delta: str


class SpokenDone(
    ContentMessage, frozen=True, kw_only=True, tag="response.output_audio_transcript.done"
):
    """All that was spoken, as text."""

    transcript: str


class TextDelta(ContentMessage, frozen=True, kw_only=True, tag="response.output_text.delta"):
    """More text."""

    delta: str


class TextDone(ContentMessage, frozen=True, kw_only=True, tag="response.output_text.done"):
    """All of the text."""

    text: str
