"""The gateway's messages read as events; the only place that knows what they look like. Pure.

The names on the wire are those of the OpenAI Realtime API; docs/protocol.md describes them all.
"""

import struct

import msgspec

from client.events import (
    AnyEvent,
    ItemDeleted,
    MouthMark,
    Refused,
    ReplyCleared,
    ReplyDone,
    ReplyItemKnown,
    ReplyMarks,
    ReplyPaused,
    ReplyResumed,
    ReplySound,
    ReplyStarted,
    ReplyText,
    ReplyTruncated,
    SessionReady,
    SilenceNoticed,
    SpeechCommitted,
    SpeechGuessed,
    SpeechHeard,
    SpeechNotHeard,
    SpeechStarted,
    SpeechStopped,
    WordMark,
)
from shared.errors import VoiceChatError

_HEADER = struct.Struct(">BIHI")
_OPUS_KIND = 1


class _Session(msgspec.Struct, frozen=True, tag_field="type", tag="session.updated"):
    def event(self) -> AnyEvent:
        return SessionReady()


class _Cause(msgspec.Struct, frozen=True):
    code: str = "unknown"
    message: str = ""


class _Error(msgspec.Struct, frozen=True, tag_field="type", tag="error"):
    error: _Cause

    def event(self) -> AnyEvent:
        return Refused(code=self.error.code, detail=self.error.message)


class _Started(
    msgspec.Struct, frozen=True, tag_field="type", tag="input_audio_buffer.speech_started"
):
    item_id: str
    audio_start_ms: float

    def event(self) -> AnyEvent:
        return SpeechStarted(item=self.item_id, at_s=self.audio_start_ms / 1000)


class _Stopped(
    msgspec.Struct, frozen=True, tag_field="type", tag="input_audio_buffer.speech_stopped"
):
    item_id: str
    audio_end_ms: float

    def event(self) -> AnyEvent:
        return SpeechStopped(item=self.item_id, at_s=self.audio_end_ms / 1000)


class _Committed(msgspec.Struct, frozen=True, tag_field="type", tag="input_audio_buffer.committed"):
    item_id: str

    def event(self) -> AnyEvent:
        return SpeechCommitted(item=self.item_id)


class _Idle(
    msgspec.Struct, frozen=True, tag_field="type", tag="input_audio_buffer.timeout_triggered"
):
    audio_start_ms: float
    audio_end_ms: float

    def event(self) -> AnyEvent:
        return SilenceNoticed(start_s=self.audio_start_ms / 1000, end_s=self.audio_end_ms / 1000)


class _Guess(
    msgspec.Struct,
    frozen=True,
    tag_field="type",
    tag="conversation.item.input_audio_transcription.delta",
):
    delta: str = ""
    rest: str = ""

    def event(self) -> AnyEvent:
        return SpeechGuessed(delta=self.delta, rest=self.rest)


class _Transcript(
    msgspec.Struct,
    frozen=True,
    tag_field="type",
    tag="conversation.item.input_audio_transcription.completed",
):
    transcript: str
    language: str | None = None

    def event(self) -> AnyEvent:
        return SpeechHeard(text=self.transcript, language=self.language or "")


class _NoTranscript(
    msgspec.Struct,
    frozen=True,
    tag_field="type",
    tag="conversation.item.input_audio_transcription.failed",
):
    error: _Cause

    def event(self) -> AnyEvent:
        return SpeechNotHeard(code=self.error.code, detail=self.error.message)


class _Named(msgspec.Struct, frozen=True):
    id: str = ""


class _Created(msgspec.Struct, frozen=True, tag_field="type", tag="response.created"):
    response: _Named

    def event(self) -> AnyEvent:
        return ReplyStarted(reply=self.response.id)


class _ItemAdded(msgspec.Struct, frozen=True, tag_field="type", tag="response.output_item.added"):
    item: _Named

    def event(self) -> AnyEvent:
        return ReplyItemKnown(item=self.item.id)


class _SpokenDelta(
    msgspec.Struct, frozen=True, tag_field="type", tag="response.output_audio_transcript.delta"
):
    delta: str

    def event(self) -> AnyEvent:
        return ReplyText(delta=self.delta)


class _TextDelta(msgspec.Struct, frozen=True, tag_field="type", tag="response.output_text.delta"):
    delta: str

    def event(self) -> AnyEvent:
        return ReplyText(delta=self.delta)


class _Word(msgspec.Struct, frozen=True):
    text: str
    offset: int
    start_ms: float

    def mark(self) -> WordMark:
        return WordMark(text=self.text, offset=self.offset, start_s=self.start_ms / 1000)


class _Shape(msgspec.Struct, frozen=True):
    shape: str
    start_ms: float

    def mark(self) -> MouthMark:
        return MouthMark(shape=self.shape, start_s=self.start_ms / 1000)


class _Marks(msgspec.Struct, frozen=True, tag_field="type", tag="response.output_audio.marks"):
    item_id: str
    words: tuple[_Word, ...]
    mouth_shapes: tuple[_Shape, ...]

    def event(self) -> AnyEvent:
        return ReplyMarks(
            item=self.item_id,
            words=tuple(word.mark() for word in self.words),
            mouth_shapes=tuple(shape.mark() for shape in self.mouth_shapes),
        )


class _Paused(msgspec.Struct, frozen=True, tag_field="type", tag="output_audio_buffer.paused"):
    item_id: str

    def event(self) -> AnyEvent:
        return ReplyPaused(item=self.item_id)


class _Resumed(msgspec.Struct, frozen=True, tag_field="type", tag="output_audio_buffer.resumed"):
    item_id: str

    def event(self) -> AnyEvent:
        return ReplyResumed(item=self.item_id)


class _Cleared(msgspec.Struct, frozen=True, tag_field="type", tag="output_audio_buffer.cleared"):
    def event(self) -> AnyEvent:
        return ReplyCleared()


class _Truncated(msgspec.Struct, frozen=True, tag_field="type", tag="conversation.item.truncated"):
    item_id: str
    audio_end_ms: float

    def event(self) -> AnyEvent:
        return ReplyTruncated(item=self.item_id, heard_s=self.audio_end_ms / 1000)


class _Deleted(msgspec.Struct, frozen=True, tag_field="type", tag="conversation.item.deleted"):
    item_id: str

    def event(self) -> AnyEvent:
        return ItemDeleted(item=self.item_id)


class _StatusDetails(msgspec.Struct, frozen=True):
    reason: str = ""
    error: _Cause | None = None


class _Response(msgspec.Struct, frozen=True):
    status: str
    status_details: _StatusDetails | None = None
    latency: dict[str, float | None] | None = None


class _Done(msgspec.Struct, frozen=True, tag_field="type", tag="response.done"):
    response: _Response

    def event(self) -> AnyEvent:
        response = self.response
        details = response.status_details or _StatusDetails()
        latency = response.latency or {}
        return ReplyDone(
            status=response.status,
            reason=details.reason or (details.error.code if details.error else ""),
            detail=details.error.message if details.error else "",
            latency={name: value for name, value in latency.items() if value is not None},
        )


_Wire = (
    _Session
    | _Error
    | _Started
    | _Stopped
    | _Committed
    | _Idle
    | _Guess
    | _Transcript
    | _NoTranscript
    | _Created
    | _ItemAdded
    | _SpokenDelta
    | _TextDelta
    | _Marks
    | _Paused
    | _Resumed
    | _Cleared
    | _Truncated
    | _Deleted
    | _Done
)


class _Any(msgspec.Struct, frozen=True):
    type: str


_KNOWN = frozenset(str(kind.__struct_config__.tag) for kind in _Wire.__args__)
_any: msgspec.json.Decoder[_Any] = msgspec.json.Decoder(_Any)
_known: msgspec.json.Decoder[_Wire] = msgspec.json.Decoder(_Wire)


def parse_text(message: str) -> AnyEvent | None:
    """The event in a text message; none if it is of a kind that we do not need.

    Raises VoiceChatError if it is not a message of this protocol.
    """
    try:
        return _known.decode(message).event() if _any.decode(message).type in _KNOWN else None
    except msgspec.MsgspecError as error:
        raise VoiceChatError(f"this is no voicechat gateway: {error}") from error


def parse_sound(message: bytes) -> ReplySound:
    """The event in a binary message; raises VoiceChatError if it is not one of ours."""
    if len(message) <= _HEADER.size or message[0] != _OPUS_KIND:
        raise VoiceChatError(f"{len(message)} bytes from the gateway are not a packet of speech")
    _, turn, sentence, index = _HEADER.unpack_from(message)
    return ReplySound(turn=turn, sentence=sentence, index=index, packet=message[_HEADER.size :])
