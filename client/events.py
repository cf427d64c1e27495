"""What a client learns of its session, as typed events. Pure.

`client/wire.py` reads most of them from the gateway's messages; docs/protocol.md describes those.
"""

import msgspec

_CAUSES = {
    "max_output_tokens": "cut at its token limit (VOICECHAT_LLM_MAX_OUTPUT_TOKENS)",
    "no_speech": "nothing was understood in it; check the recording",
}
"""Reasons of the gateway to what we say instead."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the gateway told us, or that became of the connection to it."""


class SessionReady(Event, frozen=True, kw_only=True):
    """The session runs as we configured it."""


class SpeechStarted(Event, frozen=True, kw_only=True):
    """The gateway hears us speak; with turn detection only."""

    item: str
    """Id of the item that the utterance will become."""
    at_s: float
    """Where the utterance begins, in seconds of the sound that we have sent."""


class SpeechStopped(Event, frozen=True, kw_only=True):
    """The gateway takes it that we have finished; with turn detection only."""

    item: str
    at_s: float
    """Where the speech ends, in seconds of the sound that we have sent."""


class SpeechCommitted(Event, frozen=True, kw_only=True):
    """The utterance is an item of the conversation."""

    item: str


class SpeechGuessed(Event, frozen=True, kw_only=True):
    """What we seem to have said so far, while we are still speaking."""

    delta: str
    """Words that will hardly change any more, behind all deltas before."""
    rest: str
    """What follows them and may still change."""


class SpeechHeard(Event, frozen=True, kw_only=True):
    """What was said in our speech; empty if nothing."""

    text: str
    language: str = ""
    """A BCP 47 tag; empty if none was recognised."""


class SpeechNotHeard(Event, frozen=True, kw_only=True):
    """Our speech could not be transcribed."""

    code: str
    detail: str


class SilenceNoticed(Event, frozen=True, kw_only=True):
    """Nobody has said anything for the session's idle timeout."""

    start_s: float
    end_s: float
    """In seconds of the sound that we have sent."""


class ReplyStarted(Event, frozen=True, kw_only=True):
    """A reply is on its way."""

    reply: str


class ReplyItemKnown(Event, frozen=True, kw_only=True):
    """What follows of the reply's text and sound belongs to this item."""

    item: str


class ReplyText(Event, frozen=True, kw_only=True):
    """The next piece of the reply's text."""

    delta: str


class WordMark(msgspec.Struct, frozen=True, kw_only=True):
    """A word of the reply."""

    text: str
    offset: int
    """Characters from the start of the reply's text."""
    start_s: float
    """Seconds from the start of the reply's sound."""


class MouthMark(msgspec.Struct, frozen=True, kw_only=True):
    """What the speaker's mouth looks like from then on."""

    shape: str
    """One of fifteen visemes: `PP`, `aa`, `sil`, …"""
    start_s: float
    """Seconds from the start of the reply's sound."""


class ReplyMarks(Event, frozen=True, kw_only=True):
    """What happens in the sound that follows; only for who has asked for marks."""

    item: str
    words: tuple[WordMark, ...]
    mouth_shapes: tuple[MouthMark, ...]


class ReplySound(Event, frozen=True, kw_only=True):
    """The next 20 ms of the reply's sound."""

    turn: int
    sentence: int
    """Position in the reply, from 0."""
    index: int
    """Position of the packet in its sentence, from 0."""
    packet: bytes
    """One Opus packet, mono."""


class ReplyPaused(Event, frozen=True, kw_only=True):
    """We seem to speak: hold the reply's sound where it is."""

    item: str


class ReplyResumed(Event, frozen=True, kw_only=True):
    """It was nothing: go on with the sound that was held."""

    item: str


class ReplyCleared(Event, frozen=True, kw_only=True):
    """Drop all of the reply's sound that was not played yet."""


class ReplyTruncated(Event, frozen=True, kw_only=True):
    """The conversation keeps only so much of a reply."""

    item: str
    heard_s: float
    """Seconds of the reply's sound."""


class ItemDeleted(Event, frozen=True, kw_only=True):
    """What we said stands no longer by itself: we went on, and it belongs to what comes."""

    item: str


class ToolStarted(Event, frozen=True, kw_only=True):
    """The reply calls a tool that the gateway runs; another reply follows."""

    item: str


class ToolEnded(Event, frozen=True, kw_only=True):
    """The tool has answered, or failed."""

    item: str


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


class Reconnecting(Event, frozen=True):
    """The connection was lost; what we send waits until it is there again."""


class Resumed(Event, frozen=True):
    """The connection is there again, and the session goes on as if nothing had been."""


AnyEvent = (
    SessionReady
    | SpeechStarted
    | SpeechStopped
    | SpeechCommitted
    | SpeechGuessed
    | SpeechHeard
    | SpeechNotHeard
    | SilenceNoticed
    | ReplyStarted
    | ReplyItemKnown
    | ReplyText
    | ReplyMarks
    | ReplySound
    | ReplyPaused
    | ReplyResumed
    | ReplyCleared
    | ReplyTruncated
    | ItemDeleted
    | ToolStarted
    | ToolEnded
    | ReplyDone
    | Refused
    | Reconnecting
    | Resumed
)
