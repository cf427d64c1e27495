"""The gateway's messages about a reply, read as events. Pure."""

import msgspec

from client.events import (
    AnyEvent,
    MouthMark,
    ReplyCleared,
    ReplyDone,
    ReplyItemKnown,
    ReplyMarks,
    ReplyPaused,
    ReplyResumed,
    ReplyStarted,
    ReplyText,
    ReplyTruncated,
    ToolEnded,
    ToolStarted,
    WordMark,
)


class Cause(msgspec.Struct, frozen=True):
    """Why something failed."""

    code: str = "unknown"
    message: str = ""


class _Named(msgspec.Struct, frozen=True):
    id: str = ""


class _Created(msgspec.Struct, frozen=True, tag_field="type", tag="response.created"):
    response: _Named

    def event(self) -> AnyEvent:
        return ReplyStarted(reply=self.response.id)


class _Item(_Named, frozen=True):
    type: str = "message"


class _ItemAdded(msgspec.Struct, frozen=True, tag_field="type", tag="response.output_item.added"):
    item: _Item

    def event(self) -> AnyEvent | None:
        match self.item.type:
            case "message":
                return ReplyItemKnown(item=self.item.id)
            case "mcp_call":
                return ToolStarted(item=self.item.id)
            case _:
                return None


class _ToolCompleted(
    msgspec.Struct, frozen=True, tag_field="type", tag="response.mcp_call.completed"
):
    item_id: str

    def event(self) -> AnyEvent:
        return ToolEnded(item=self.item_id)


class _ToolFailed(msgspec.Struct, frozen=True, tag_field="type", tag="response.mcp_call.failed"):
    item_id: str

    def event(self) -> AnyEvent:
        return ToolEnded(item=self.item_id)


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


class _StatusDetails(msgspec.Struct, frozen=True):
    reason: str = ""
    error: Cause | None = None


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


AnyReply = (
    _Created
    | _ItemAdded
    | _ToolCompleted
    | _ToolFailed
    | _SpokenDelta
    | _TextDelta
    | _Marks
    | _Paused
    | _Resumed
    | _Cleared
    | _Truncated
    | _Done
)
