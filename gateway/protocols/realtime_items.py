"""Speech and items in the words of the Realtime protocol."""

from typing import assert_never

from gateway import notices
from gateway.items import Item
from gateway.protocols import realtime_objects as objects
from gateway.protocols import realtime_server as server
from gateway.protocols.realtime_call_items import (
    shown_call,
)
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
    notices.ItemKnown | notices.ItemWasRetrieved | notices.ItemWasTruncated | notices.ItemWasDeleted
)
TranscriptNotice = notices.HypothesisKnown | notices.TranscriptKnown | notices.TranscriptFailed


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
    match notice:
        case notices.ItemKnown():
            return _known(ids, notice)
        case notices.ItemWasRetrieved():
            return [server.ItemRetrieved(item=_shown(ids, notice.item))]
        case notices.ItemWasTruncated():
            item, end_ms = ids.item(notice.item), milliseconds(notice.audio_end_s)
            return [server.ItemTruncated(item_id=item, audio_end_ms=end_ms, transcript=notice.text)]
        case notices.ItemWasDeleted():
            return [server.ItemDeleted(item_id=ids.item(notice.item))]
        case _:
            assert_never(notice)


def write_transcript(ids: Ids, notice: TranscriptNotice) -> server.ServerMessage:
    """What the person says, or seems to say."""
    item = ids.item(notice.item)
    match notice:
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
    if notice.name:
        ids.name_item(notice.item.number, notice.name)
    item, previous = _shown(ids, notice.item), ids.previous(notice.previous)
    return [
        server.ItemAdded(previous_item_id=previous, item=item),
        server.ItemDone(previous_item_id=previous, item=item),
    ]


def _shown(ids: Ids, item: Item) -> objects.AnyItem:
    return shown_call(ids, item) or _message(ids, item)


def _message(ids: Ids, item: Item) -> objects.Item:
    return objects.Item(
        id=ids.item(item.number),
        status=_status(item),
        role=item.said.role,
        content=_content(item),
    )


def _status(item: Item) -> str:
    """Of a reply also how far it is; what the person says is whole as soon as it is an item."""
    if item.said.is_interrupted:
        return "incomplete"
    is_whole = item.is_known or item.said.role == "user"
    return "completed" if is_whole else "in_progress"


def _content(item: Item) -> tuple[objects.Content, ...]:
    is_reply, text = item.said.role == "assistant", item.said.text
    if is_reply and not item.is_known:
        return ()
    if item.is_spoken:
        kind = "output_audio" if is_reply else "input_audio"
        return (objects.Content(type=kind, transcript=text if item.is_known else None),)
    return (objects.Content(type="output_text" if is_reply else "input_text", text=text),)
