"""Speech and items in the words of the Realtime protocol."""

from typing import assert_never

from gateway import notices
from gateway.protocols import realtime_objects as objects
from gateway.protocols import realtime_server as server
from gateway.protocols.realtime_ids import Ids
from gateway.protocols.turn_detection import milliseconds

SpeechNotice = (
    notices.SpeechStarted
    | notices.SpeechStopped
    | notices.IdleNoticed
    | notices.InputWasCommitted
    | notices.InputWasCleared
)
ItemNotice = (
    notices.ItemKnown
    | notices.ItemWasTruncated
    | notices.ItemWasDeleted
    | notices.HypothesisKnown
    | notices.TranscriptKnown
    | notices.TranscriptFailed
)


def write_speech(ids: Ids, notice: SpeechNotice) -> server.ServerMessage:
    """What becomes of the sound that the person sends."""
    match notice:
        case notices.SpeechStarted():
            start_ms = milliseconds(notice.at_s)
            return server.SpeechStarted(item_id=ids.item(notice.item), audio_start_ms=start_ms)
        case notices.SpeechStopped():
            end_ms = milliseconds(notice.at_s)
            return server.SpeechStopped(item_id=ids.item(notice.item), audio_end_ms=end_ms)
        case notices.IdleNoticed():
            start_ms, end_ms = milliseconds(notice.start_s), milliseconds(notice.end_s)
            item = ids.item(notice.item)
            return server.TimeoutTriggered(
                item_id=item, audio_start_ms=start_ms, audio_end_ms=end_ms
            )
        case notices.InputWasCommitted():
            item, previous = ids.item(notice.item), ids.previous(notice.previous)
            return server.Committed(item_id=item, previous_item_id=previous)
        case notices.InputWasCleared():
            return server.Cleared()
        case _:
            assert_never(notice)


def write_item(ids: Ids, notice: ItemNotice) -> list[server.ServerMessage]:
    """What stands in the conversation."""
    if isinstance(notice, notices.ItemKnown):
        return _known(ids, notice)
    return [_changed(ids.item(notice.item), notice)]


def _changed(
    item: str,
    notice: notices.ItemWasTruncated
    | notices.ItemWasDeleted
    | notices.HypothesisKnown
    | notices.TranscriptKnown
    | notices.TranscriptFailed,
) -> server.ServerMessage:
    match notice:
        case notices.ItemWasTruncated():
            end_ms = milliseconds(notice.audio_end_s)
            return server.ItemTruncated(item_id=item, audio_end_ms=end_ms, transcript=notice.text)
        case notices.ItemWasDeleted():
            return server.ItemDeleted(item_id=item)
        case notices.HypothesisKnown():
            return server.TranscriptDelta(item_id=item, delta=notice.delta, rest=notice.rest)
        case notices.TranscriptKnown():
            length = objects.SpeechLength(seconds=round(notice.audio_s, 3))
            return server.TranscriptCompleted(
                item_id=item,
                transcript=notice.text,
                language=notice.language or None,
                usage=length,
            )
        case notices.TranscriptFailed():
            cause = objects.Cause(type="server_error", code=notice.code, message=notice.detail)
            return server.TranscriptionFailed(item_id=item, error=cause)
        case _:
            assert_never(notice)


def _known(ids: Ids, notice: notices.ItemKnown) -> list[server.ServerMessage]:
    kind = "output_text" if notice.role == "assistant" else "input_text"
    content = objects.Content(type=kind, text=notice.text)
    item = objects.Item(
        id=ids.item(notice.item),
        status="completed",
        role=notice.role,
        content=(content if notice.text is not None else objects.Content(type="input_audio"),),
    )
    previous = ids.previous(notice.previous)
    return [
        server.ItemAdded(previous_item_id=previous, item=item),
        server.ItemDone(previous_item_id=previous, item=item),
    ]
