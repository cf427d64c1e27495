"""What a gateway tells its client, as typed events; the only place that reads the wire. Pure.

The names on the wire are those of the OpenAI Realtime API; docs/protocol.md describes them all.
"""

import struct

import msgspec

from shared.errors import VoiceChatError

_HEADER = struct.Struct(">BIHI")
_OPUS_KIND = 1
_CAUSES = {
    "max_output_tokens": "cut at its token limit (VOICECHAT_LLM_MAX_OUTPUT_TOKENS)",
    "no_speech": "nothing was understood in it; check the recording",
}
"""Reasons of the gateway to what we say instead."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the gateway told us."""


class SessionReady(Event, frozen=True, kw_only=True):
    """The session runs as we configured it."""


class SpeechHeard(Event, frozen=True, kw_only=True):
    """What was said in our speech; empty if nothing."""

    text: str


class SpeechNotHeard(Event, frozen=True, kw_only=True):
    """Our speech could not be transcribed."""

    code: str
    detail: str


class ReplyText(Event, frozen=True, kw_only=True):
    """The next piece of the reply's text."""

    delta: str


class ReplySound(Event, frozen=True, kw_only=True):
    """The next 20 ms of the reply's sound."""

    turn: int
    sentence: int
    """Position in the reply, from 0."""
    index: int
    """Position of the packet in its sentence, from 0."""
    packet: bytes
    """One Opus packet, mono."""


class ReplyDone(Event, frozen=True, kw_only=True):
    """The reply is over."""

    status: str
    """`completed`, `incomplete`, `cancelled` or `failed`."""
    reason: str = ""
    detail: str = ""
    """What went wrong, for a person."""
    latency: dict[str, float] = {}
    """Seconds by stage; docs/protocol.md names them."""

    @property
    def cause(self) -> str:
        """Why there is no more of it, for a person; empty if there is, or nobody wanted it."""
        if self.status in ("completed", "cancelled"):
            return ""
        return _CAUSES.get(self.reason) or self.detail or self.reason or "no reason given"


class Refused(Event, frozen=True, kw_only=True):
    """Something that we asked for cannot be done."""

    code: str
    detail: str


AnyEvent = (
    SessionReady | SpeechHeard | SpeechNotHeard | ReplyText | ReplySound | ReplyDone | Refused
)


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


class _Transcript(
    msgspec.Struct,
    frozen=True,
    tag_field="type",
    tag="conversation.item.input_audio_transcription.completed",
):
    transcript: str

    def event(self) -> AnyEvent:
        return SpeechHeard(text=self.transcript)


class _NoTranscript(
    msgspec.Struct,
    frozen=True,
    tag_field="type",
    tag="conversation.item.input_audio_transcription.failed",
):
    error: _Cause

    def event(self) -> AnyEvent:
        return SpeechNotHeard(code=self.error.code, detail=self.error.message)


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


_Wire = _Session | _Error | _Transcript | _NoTranscript | _SpokenDelta | _TextDelta | _Done


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
