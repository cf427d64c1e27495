"""What a Realtime client's messages ask for; the session's configuration is left out."""

from collections.abc import Sequence
from typing import assert_never

from gateway import events
from gateway.events import ClientRequest
from gateway.protocols import realtime_client as client
from gateway.protocols.port import Sound, SpokenItem
from gateway.protocols.realtime_content import (
    CALLS,
    read_call,
    read_content,
    read_item_creation,
    unpack,
)
from gateway.protocols.realtime_ids import Ids
from gateway.protocols.realtime_voices import check_voice
from gateway.protocols.refused import Refused
from gateway.protocols.session_config import SessionConfig, change, check_output_format
from gateway.protocols.turn_detection import seconds
from shared.messages import HistoryItem

AnyRequest = (
    client.Append
    | client.Commit
    | client.Clear
    | client.Played
    | client.OutputClear
    | client.ItemCreate
    | client.ItemRetrieve
    | client.ItemDelete
    | client.ItemTruncate
    | client.ResponseCreate
    | client.ResponseCancel
)
_Bare = client.Commit | client.Clear | client.OutputClear


class Requests:
    """Reads one session's; `longest` is how many characters a text may have."""

    def __init__(self, ids: Ids, longest: int, voices: Sequence[str]) -> None:
        self._ids = ids
        self._longest = longest
        self._voices = voices

    def read(
        self, message: AnyRequest, config: SessionConfig
    ) -> ClientRequest | Sound | SpokenItem:
        """What a message asks for, in a session so configured; raises Refused."""
        event_id = message.event_id or ""
        match message:
            case client.Append():
                return Sound(content=unpack(message.audio, "audio"), event_id=event_id)
            case client.ItemCreate():
                return read_item_creation(message, self._ids, self._longest)
            case client.ItemRetrieve() | client.ItemDelete():
                return self._edit(message, event_id)
            case client.ItemTruncate() | client.Played():
                return self._position(message, event_id)
            case client.ResponseCreate():
                return self._reply(message, config, event_id)
            case client.ResponseCancel():
                return self._cancel(message, event_id)
            case _:
                return _read_bare(message, event_id)

    def _edit(
        self, message: client.ItemRetrieve | client.ItemDelete, event_id: str
    ) -> events.ItemWanted | events.ItemUnwanted:
        item = self._number(message.item_id, "item_id")
        if isinstance(message, client.ItemRetrieve):
            return events.ItemWanted(item=item, event_id=event_id)
        return events.ItemUnwanted(item=item, event_id=event_id)

    def _position(
        self, message: client.ItemTruncate | client.Played, event_id: str
    ) -> events.ItemTruncated | events.PlaybackReported:
        item, end_s = self._number(message.item_id, "item_id"), seconds(message.audio_end_ms)
        if isinstance(message, client.Played):
            return events.PlaybackReported(item=item, position_s=end_s, event_id=event_id)
        return events.ItemTruncated(item=item, audio_end_s=end_s, event_id=event_id)

    def _reply(
        self, message: client.ResponseCreate, config: SessionConfig, event_id: str
    ) -> events.ReplyRequested:
        if config.kind == "transcription":
            told = "a transcription session gives no responses; set session.type to realtime"
            raise Refused("unsupported_value", told, "type")
        wishes = message.response or client.ResponseWishes()
        check_output_format(wishes, config)
        check_voice(wishes, self._voices, "response")
        return events.ReplyRequested(
            options=change(config.options, wishes, self._longest, "response"),
            context=self._context(wishes.input),
            is_aside=wishes.conversation == "none",
            metadata=wishes.metadata,
            event_id=event_id,
        )

    def _context(
        self, wished: tuple[client.Item, ...] | None
    ) -> tuple[HistoryItem | int, ...] | None:
        """What is answered instead of the conversation.

        Each item stands there once: else a short message could ask for more words than all memory.
        """
        if wished is None:
            return None
        parts = tuple(self._part(item) for item in wished)
        numbers = [part for part in parts if isinstance(part, int)]
        if len(set(numbers)) < len(numbers):
            raise Refused("invalid_value", "an item is referred to twice", "response.input")
        return parts

    def _part(self, item: client.Item) -> HistoryItem | int:
        """Words, or the number of an item."""
        if item.type == "item_reference":
            return self._number(item.id or "", "response.input")
        if item.type in CALLS:
            return read_call(item, self._longest, "response.input")
        content = read_content(item, self._longest, "response.input")
        if content.sound:
            message = "speech in response.input needs a transcript"
            raise Refused("unsupported_value", message, "response.input")
        return content.said

    def _cancel(self, message: client.ResponseCancel, event_id: str) -> events.ReplyCancelled:
        if message.response_id is None:
            return events.ReplyCancelled(event_id=event_id)
        reply = self._ids.response_number(message.response_id)
        if reply is None:
            told = f"{message.response_id!r} is not a response of this session"
            raise Refused("response_cancel_not_active", told, "response_id")
        return events.ReplyCancelled(reply=reply, event_id=event_id)

    def _number(self, item_id: str, param: str) -> int:
        item = self._ids.item_number(item_id)
        if item is None:
            raise Refused("item_not_found", f"{item_id!r} is not an item of this session", param)
        return item


def _read_bare(message: _Bare, event_id: str) -> ClientRequest:
    match message:
        case client.Commit():
            return events.InputCommitted(event_id=event_id)
        case client.Clear():
            return events.InputCleared(event_id=event_id)
        case client.OutputClear():
            return events.OutputCleared(event_id=event_id)
        case _:
            assert_never(message)
