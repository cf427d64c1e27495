"""What a Realtime server says, in the words of OpenAI's Realtime API (GA)."""

from msgspec import Struct

from gateway.protocols.realtime_objects import AnyItem, Part, Response
from gateway.protocols.realtime_objects import Cause as Cause
from gateway.protocols.realtime_objects import ErrorDetail as ErrorDetail
from gateway.protocols.realtime_objects import SpeechLength as SpeechLength


class ServerMessage(Struct, frozen=True, kw_only=True, tag_field="type"):
    """Any message to a client."""

    event_id: str = ""
    """Stamped when it is sent."""


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


class SpeechStarted(
    ServerMessage, frozen=True, kw_only=True, tag="input_audio_buffer.speech_started"
):
    """The person has begun to speak."""

    item_id: str
    """The item that the utterance will become."""
    audio_start_ms: int
    """Where it begins, pre-roll included, in the session's sound."""


class SpeechStopped(
    ServerMessage, frozen=True, kw_only=True, tag="input_audio_buffer.speech_stopped"
):
    """The person has finished."""

    item_id: str
    audio_end_ms: int


class TimeoutTriggered(
    ServerMessage, frozen=True, kw_only=True, tag="input_audio_buffer.timeout_triggered"
):
    """Nobody has said anything for the idle timeout."""

    item_id: str
    """The item that stands for the silence."""
    audio_start_ms: int
    audio_end_ms: int


class Committed(ServerMessage, frozen=True, kw_only=True, tag="input_audio_buffer.committed"):
    """The utterance has become an item."""

    item_id: str
    previous_item_id: str | None


class Cleared(ServerMessage, frozen=True, kw_only=True, tag="input_audio_buffer.cleared"):
    """The utterance was forgotten."""


class ItemAdded(ServerMessage, frozen=True, kw_only=True, tag="conversation.item.added"):
    """An item stands in the conversation."""

    previous_item_id: str | None
    item: AnyItem


class ItemDone(ServerMessage, frozen=True, kw_only=True, tag="conversation.item.done"):
    """An item will not change any more."""

    previous_item_id: str | None
    item: AnyItem


class ItemRetrieved(ServerMessage, frozen=True, kw_only=True, tag="conversation.item.retrieved"):
    """An item as the conversation has it."""

    item: AnyItem


class TranscriptDelta(
    ServerMessage,
    frozen=True,
    kw_only=True,
    tag="conversation.item.input_audio_transcription.delta",
):
    """More of what the person seems to be saying."""

    item_id: str
    content_index: int = 0
    delta: str
    rest: str
    """Ours: what follows all deltas and may still change."""


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
    language: str | None = None
    """Ours: a BCP 47 tag."""
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

    item: AnyItem


class OutputItemDone(OutputMessage, frozen=True, kw_only=True, tag="response.output_item.done"):
    """The reply's item is complete."""

    item: AnyItem


class ContentMessage(OutputMessage, frozen=True, kw_only=True):
    """About the only content part of the reply's item."""

    item_id: str
    content_index: int = 0


class PartAdded(ContentMessage, frozen=True, kw_only=True, tag="response.content_part.added"):
    """The content begins."""

    part: Part


class PartDone(ContentMessage, frozen=True, kw_only=True, tag="response.content_part.done"):
    """The content is complete."""

    part: Part


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


class OutputBufferMessage(ServerMessage, frozen=True, kw_only=True):
    """About the reply's sound that the client holds."""

    response_id: str | None
    """None for the reply before the newest."""


class OutputPaused(
    OutputBufferMessage, frozen=True, kw_only=True, tag="output_audio_buffer.paused"
):
    """Ours: hold it where it is."""

    item_id: str


class OutputResumed(
    OutputBufferMessage, frozen=True, kw_only=True, tag="output_audio_buffer.resumed"
):
    """Ours: go on with it."""

    item_id: str


class OutputCleared(
    OutputBufferMessage, frozen=True, kw_only=True, tag="output_audio_buffer.cleared"
):
    """Drop it."""


class ItemDeleted(ServerMessage, frozen=True, kw_only=True, tag="conversation.item.deleted"):
    """The conversation does not have this item any more."""

    item_id: str


class ItemTruncated(ServerMessage, frozen=True, kw_only=True, tag="conversation.item.truncated"):
    """The conversation keeps a reply's sound, and the words in it, only so far."""

    item_id: str
    content_index: int = 0
    audio_end_ms: int
    transcript: str
    """Ours: the words that are kept."""
