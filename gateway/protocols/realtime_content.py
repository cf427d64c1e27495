"""Items that clients put into the conversation, in the words of the Realtime protocol."""

import base64
import binascii

import msgspec

from gateway import events
from gateway.items import ROOT, Placement
from gateway.protocols import realtime_client as client
from gateway.protocols.port import SpokenItem
from gateway.protocols.realtime_ids import Ids
from gateway.protocols.refused import Refused
from shared.messages import FunctionCall, HistoryItem, Role

CALLS = ("function_call", "function_call_output")
_TEXT = ("input_text", "output_text", "text")
_SOUND = ("input_audio", "output_audio", "audio")


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What a message item says."""

    said: HistoryItem
    is_spoken: bool
    sound: bytes = b""
    """Speech whose transcript nobody knows; then nothing is said yet."""


def read_item_creation(
    message: client.ItemCreate, ids: Ids, longest: int
) -> events.ItemAdded | SpokenItem:
    """What is to be put into the conversation; raises Refused."""
    if message.item.type in CALLS:
        return events.ItemAdded(
            said=read_call(message.item, longest, "item"),
            place=_place(message, ids),
            event_id=message.event_id or "",
        )
    content = read_content(message.item, longest, "item")
    place, event_id = _place(message, ids), message.event_id or ""
    if content.sound:
        utterance = events.UtteranceAdded(place=place, event_id=event_id)
        return SpokenItem(content=content.sound, item=utterance)
    return events.ItemAdded(
        said=content.said, is_spoken=content.is_spoken, place=place, event_id=event_id
    )


def read_content(item: client.Item, longest: int, param: str) -> Content:
    """What a message item says, in `longest` characters at most; raises Refused."""
    if item.type != "message" or not item.role:
        message = "an item is a message with a role, a function_call or its output"
        raise Refused("unsupported_value", message, f"{param}.type")
    param = f"{param}.content"
    if (wrong := [part for part in item.content if part.type not in (*_TEXT, *_SOUND)]) != []:
        message = f"content of the type {wrong[0].type[:100]!r} is not supported"
        raise Refused("unsupported_value", message, param)
    text = "".join(part.text or part.transcript or "" for part in item.content)
    if len(text) > longest:
        message = f"an item may have {longest} characters, not {len(text)}"
        raise Refused("string_above_max_length", message, param)
    said = HistoryItem(role=item.role, text=text)
    if not text.strip():
        return Content(said=said, is_spoken=True, sound=_sound(item.role, item.content, param))
    is_spoken = all(part.type in _SOUND for part in item.content)
    return Content(said=said, is_spoken=is_spoken)


def read_call(item: client.Item, longest: int, param: str) -> HistoryItem:
    """A call, or the output of one; raises Refused."""
    if not item.call_id:
        raise Refused("invalid_value", f"a {item.type} has a call_id", f"{param}.call_id")
    text = (item.output if item.type == "function_call_output" else item.arguments) or ""
    if len(text) > longest:
        message = f"an item may have {longest} characters, not {len(text)}"
        raise Refused("string_above_max_length", message, param)
    if item.type == "function_call_output":
        return HistoryItem(role="tool", text=text, call_id=item.call_id)
    if not item.name:
        raise Refused("invalid_value", "a function_call has a name", f"{param}.name")
    call = FunctionCall(call_id=item.call_id, name=item.name, arguments=text)
    return HistoryItem(role="assistant", text="", calls=(call,))


def unpack(text: str, param: str) -> bytes:
    """Sound that travelled in JSON; raises Refused."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("invalid_audio", f"audio is not base64: {error}", param) from error


def _sound(role: Role, content: tuple[client.Content, ...], param: str) -> bytes:
    """The speech of an item that has no text."""
    sounds = [part.audio for part in content if part.audio]
    if not sounds:
        raise Refused("invalid_value", "the item has no text", param)
    if role != "user" or len(sounds) > 1:
        message = "only speech of the user's, in one piece, can do without a transcript"
        raise Refused("unsupported_value", message, param)
    return unpack(sounds[0], param)


def _place(message: client.ItemCreate, ids: Ids) -> Placement:
    name = message.item.id or ""
    rival = ids.item_number(name) if name else None
    return Placement(name=name, rival=rival, after=_predecessor(message.previous_item_id, ids))


def _predecessor(previous: str | None, ids: Ids) -> int | None:
    """The number of the item to stand behind; none for the end."""
    if previous is None:
        return None
    if previous == "root":
        return ROOT
    number = ids.item_number(previous)
    if number is None:
        told = f"{previous!r} is not an item of this session"
        raise Refused("item_not_found", told, "previous_item_id")
    return number
