"""The gateway's messages read as events; the only place that knows what they look like. Pure.

The names on the wire are those of the OpenAI Realtime API; docs/protocol.md describes them all.
"""

import struct
from typing import get_args

import msgspec

from client.events import (
    AnyEvent,
    ItemDeleted,
    Refused,
    ReplySound,
    SessionReady,
    SilenceNoticed,
    SpeechCommitted,
    SpeechGuessed,
    SpeechHeard,
    SpeechNotHeard,
    SpeechStarted,
    SpeechStopped,
)
from client.reply_wire import AnyReply, Cause
from shared.errors import VoiceChatError

_HEADER = struct.Struct(">BIHI")
_OPUS_KIND = 1


class _Session(msgspec.Struct, frozen=True, tag_field="type", tag="session.updated"):
    def event(self) -> AnyEvent:
        return SessionReady()


class _Error(msgspec.Struct, frozen=True, tag_field="type", tag="error"):
    error: Cause

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
    error: Cause

    def event(self) -> AnyEvent:
        return SpeechNotHeard(code=self.error.code, detail=self.error.message)


class _Deleted(msgspec.Struct, frozen=True, tag_field="type", tag="conversation.item.deleted"):
    item_id: str

    def event(self) -> AnyEvent:
        return ItemDeleted(item=self.item_id)


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
    | _Deleted
    | AnyReply
)


class _Any(msgspec.Struct, frozen=True):
    type: str


_KNOWN = frozenset(str(kind.__struct_config__.tag) for kind in get_args(_Wire))
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
