"""What a conversation tells its client; a protocol turns it into messages."""

from typing import Literal

import msgspec

from gateway.items import Item
from gateway.latency import Latency
from shared.messages import MouthShape, ReplyOptions

Status = Literal["completed", "incomplete", "cancelled", "failed"]


class Notice(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Something that the client is to be told."""


class SessionWasConfigured(Notice, frozen=True):
    """The wishes of the session hold from now on."""


class SpeechStarted(Notice, frozen=True, kw_only=True):
    """The person has begun to speak; a reply that was being given is over."""

    item: int
    """The item that the utterance will become."""
    at_s: float
    """Where it begins, pre-roll included, in seconds of sound since the session began."""


class SpeechStopped(Notice, frozen=True, kw_only=True):
    """The person has finished."""

    item: int
    at_s: float
    """Where the speech ends, in seconds of sound since the session began."""


class HypothesisKnown(Notice, frozen=True, kw_only=True):
    """What the person seems to have said so far, while they are still speaking."""

    item: int
    delta: str
    """Words that will hardly change any more, behind all deltas before."""
    rest: str
    """What follows them and may still change."""


class IdleNoticed(Notice, frozen=True, kw_only=True):
    """Nobody has said anything for the session's idle timeout."""

    item: int
    """What is said in the person's place."""
    start_s: float
    end_s: float


class InputWasCommitted(Notice, frozen=True, kw_only=True):
    """The utterance has become an item."""

    item: int
    previous: int | None
    """The item before it."""


class InputWasCleared(Notice, frozen=True):
    """The speech received was forgotten."""


class ItemKnown(Notice, frozen=True, kw_only=True):
    """An item stands in the conversation."""

    item: Item
    previous: int | None
    """The item before it."""
    name: str = ""
    """The client's own id of it, if it has chosen one."""


class ItemWasRetrieved(Notice, frozen=True, kw_only=True):
    """An item as the conversation has it."""

    item: Item


class TranscriptKnown(Notice, frozen=True, kw_only=True):
    """What the person said; empty if nothing."""

    item: int
    text: str
    audio_s: float
    language: str = ""
    """A BCP 47 tag; empty if none was recognised."""


class TranscriptFailed(Notice, frozen=True, kw_only=True):
    """Nobody will know what the person said."""

    item: int
    code: str
    detail: str


class ReplyStarted(Notice, frozen=True, kw_only=True):
    """A reply is on its way."""

    reply: int
    item: int
    """The item that the reply becomes."""
    previous: int | None
    options: ReplyOptions
    is_aside: bool = False
    """Whether it is given beside the conversation, which does not hear of it."""
    metadata: dict[str, str] | None = None
    """The client's own notes on it."""


class ReplyText(Notice, frozen=True, kw_only=True):
    """The next piece of a reply's text."""

    reply: int
    delta: str


class WordMark(msgspec.Struct, frozen=True, kw_only=True):
    """Where a word lies in the reply's text and in its sound."""

    text: str
    """Without white space around it."""
    offset: int
    """Characters from the start of the reply's text."""
    start_s: float
    """Seconds from the start of the reply's sound."""


class ReplyMarks(Notice, frozen=True, kw_only=True):
    """What happens in the sound that the next ReplyAudio brings, each thing once and in order."""

    reply: int
    words: tuple[WordMark, ...]
    mouth_shapes: tuple[MouthShape, ...]
    """Times from the start of the reply's sound; empty if they are not known."""


class ReplyAudio(Notice, frozen=True, kw_only=True):
    """The next piece of a reply's sound, in order, with no gap within a sentence."""

    reply: int
    turn: int
    sentence: int
    first_packet: int
    """Position of the first packet in its sentence, from 0."""
    packets: tuple[bytes, ...]
    """Opus packets of 20 ms, mono."""
    is_last: bool
    """The sentence's sound ends here."""
    lead: tuple[bytes, ...] = ()
    """Packets of the sentence that the client has, but not from this gateway's decoder."""


class CallStarted(Notice, frozen=True, kw_only=True):
    """A reply calls a tool."""

    reply: int
    item: int
    """The item that the call becomes."""
    previous: int | None
    """The item before it."""
    place: int
    """Position among all that the reply puts out, from 0."""
    call_id: str
    name: str
    server: str
    """Label of the server on which the gateway runs the tool; empty if the client runs it."""


class CallArguments(Notice, frozen=True, kw_only=True):
    """The next piece of a call's arguments."""

    reply: int
    item: int
    delta: str


class CallEnded(Notice, frozen=True, kw_only=True):
    """A call has all its arguments, or will never have them."""

    reply: int
    item: int
    arguments: str
    """All of them; they count, should they differ from the pieces."""
    is_whole: bool


class ToolStarted(Notice, frozen=True, kw_only=True):
    """The gateway runs a tool."""

    item: int
    """The call."""
    place: int
    """As of CallStarted."""


class ToolEnded(Notice, frozen=True, kw_only=True):
    """The gateway has run a tool."""

    item: Item
    """The call, with what came of it."""
    previous: int | None
    place: int


class ReplyPaused(Notice, frozen=True, kw_only=True):
    """Somebody seems to speak: the client holds the reply's sound where it is."""

    item: int


class ReplyResumed(Notice, frozen=True, kw_only=True):
    """It was nothing: the client goes on with the sound it holds."""

    item: int


class ItemWasTruncated(Notice, frozen=True, kw_only=True):
    """The conversation keeps only this of a reply."""

    item: int
    audio_end_s: float
    text: str


class ItemWasDeleted(Notice, frozen=True, kw_only=True):
    """The conversation does not have this item any more."""

    item: int
    is_taken_back: bool = False
    """The person went on: what they said first becomes part of an item to come."""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What the reply took."""

    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0


class ReplyFinished(Notice, frozen=True, kw_only=True):
    """Nothing more of this reply follows."""

    reply: int
    status: Status
    reason: str = ""
    """Machine-readable cause, unless it was completed."""
    detail: str = ""
    """The cause for a person, if it failed."""
    text: str
    """What the conversation keeps of the reply."""
    usage: Usage
    latency: Latency


class Problem(Notice, frozen=True, kw_only=True):
    """What was asked for cannot be done; the session goes on."""

    code: str
    message: str
    event_id: str = ""
    param: str = ""
    """Path of the field that was wrong."""
    is_fault: bool = False
    """Whether it is the server's fault, not the client's."""


AnyNotice = (
    SessionWasConfigured
    | SpeechStarted
    | SpeechStopped
    | HypothesisKnown
    | IdleNoticed
    | InputWasCommitted
    | InputWasCleared
    | ItemKnown
    | ItemWasRetrieved
    | TranscriptKnown
    | TranscriptFailed
    | ReplyStarted
    | ReplyText
    | ReplyMarks
    | ReplyAudio
    | CallStarted
    | CallArguments
    | CallEnded
    | ToolStarted
    | ToolEnded
    | ReplyPaused
    | ReplyResumed
    | ItemWasTruncated
    | ItemWasDeleted
    | ReplyFinished
    | Problem
)
