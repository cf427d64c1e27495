"""Every message, grouped by the arrow it travels on.

gateway → stt → llm → tts are jobs: a worker takes them and owes results. The rest are results and
control. Messages only grow: new fields have defaults, so that old and new processes work together.
"""

from typing import Literal

import msgspec

Stage = Literal["stt", "llm", "tts"]
Role = Literal["system", "user", "assistant", "tool"]
Viseme = Literal[
    "sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "ih", "oh", "ou"
]
"""Shape of a mouth that speaks, by the names that avatars know."""


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of a message."""


class Message(Part, frozen=True, kw_only=True, tag=True, tag_field="type"):
    """An immutable fact that crosses a process boundary."""

    session: str
    """Whose conversation."""
    turn: int
    """Number of the turn in its session, from 1; a newer turn makes older ones stale."""
    queued_s: float = 0.0
    """Seconds its job waited in the stream; stamped on results by the worker loop."""
    worked_s: float = 0.0
    """Seconds from taking the job to this result; stamped by the worker loop."""


class Job(Message, frozen=True, kw_only=True):
    """Work for a stage."""

    gateway: str
    """Id of the gateway that waits for the results."""
    deadline_s: float
    """When it is worthless if not begun, in seconds since the epoch on the broker's clock."""
    patience_s: float = 30.0
    """Once it has begun: seconds without a further result after which it has failed."""


# What jobs carry


class FunctionCall(Part, frozen=True, kw_only=True):
    """A tool that the assistant called."""

    call_id: str
    """Names the call in its session."""
    name: str
    arguments: str
    """JSON text."""


class HistoryItem(Part, frozen=True, kw_only=True):
    """One earlier contribution to the conversation."""

    role: Role
    """`tool`: the output of a call."""
    text: str
    is_interrupted: bool = False
    """The person began to speak here."""
    calls: tuple[FunctionCall, ...] = ()
    """What the assistant called, behind what it said."""
    call_id: str = ""
    """Of which call a tool's text is the output."""
    language: str = ""
    """Language it is in, as a BCP 47 tag, if one was recognised."""


class Tool(Part, frozen=True, kw_only=True):
    """A function that the assistant may call."""

    name: str
    description: str = ""
    parameters: str = "{}"
    """JSON Schema of the arguments, as JSON text."""


class ReplyOptions(Part, frozen=True, kw_only=True):
    """How the session wants to be answered."""

    instructions: str = ""
    """System prompt; empty for the llm service's own."""
    language: str = ""
    """Language of all speech, as a BCP 47 tag; empty: it is recognised in each utterance."""
    voice: str = ""
    """Voice name; empty for the tts service's own."""
    speed: float = 1.0
    """Rate of speech, 0.25 to 4."""
    temperature: float | None = None
    """Sampling temperature; none for the llm service's own."""
    max_output_tokens: int = 0
    """Most tokens of a reply; 0 for the llm service's own limit."""
    is_spoken: bool = True
    """Whether the reply is wanted as speech."""
    has_marks: bool = False
    """Whether the gateway tells when each word is spoken, and how the mouth moves."""
    tools: tuple[Tool, ...] = ()
    """What the assistant may call."""
    tool_choice: str = "auto"
    """`auto`, `none`, `required` (any of them), or the name of the one that is to be called."""


# gateway → stt


class Utterance(Job, frozen=True, kw_only=True):
    """One stretch of speech, and the conversation so far."""

    packets: tuple[bytes, ...]
    """Opus packets, mono, in order."""
    is_partial: bool = False
    """The person is still speaking: only a PartialTranscript is wanted."""
    wants_reply: bool = True
    """Whether the transcript goes on to the llm."""
    history: tuple[HistoryItem, ...] = ()
    options: ReplyOptions = ReplyOptions()


# stt → gateway


class PartialTranscript(Message, frozen=True, kw_only=True):
    """What the person has said so far; may change."""

    text: str
    """The whole hypothesis, not an addition to the last."""
    language: str = ""
    """Language recognised, if the engine tells."""


class Transcript(Message, frozen=True, kw_only=True):
    """What the person said; final. Empty if nothing was said."""

    text: str
    language: str = ""
    """Language recognised, if the engine tells."""
    audio_s: float = 0.0
    """Length of the utterance in seconds."""


# stt → llm (the gateway, for typed text)


class UserTurn(Job, frozen=True, kw_only=True):
    """What the person said or typed, and the conversation so far."""

    text: str
    """Empty if the history already ends with what is to be answered."""
    language: str = ""
    """Language it is in, as a BCP 47 tag, if one was recognised."""
    history: tuple[HistoryItem, ...] = ()
    options: ReplyOptions = ReplyOptions()


# llm → tts and gateway


class Sentence(Job, frozen=True, kw_only=True):
    """One speakable piece of a reply."""

    index: int
    """Position in the reply, from 0."""
    text: str
    """Exact slice of the reply, leading white space included: all of them joined are the reply."""
    voice: str = ""
    speed: float = 1.0
    language: str = ""
    """Language it is in, as a BCP 47 tag; empty if that cannot be told."""
    is_spoken: bool = True
    first_token_s: float = 0.0
    """TTFT in seconds: UserTurn taken to first token; the same on each sentence of a reply."""


# llm → gateway


class ToolCall(Message, frozen=True, kw_only=True):
    """A piece of a call that the reply makes; calls follow the sentences."""

    index: int
    """Position among the calls of the reply, from 0."""
    call_id: str
    """Names the call in its session; the same when it is made again after a crash."""
    name: str
    arguments: str
    """The next piece of the arguments' JSON text."""
    offset: int = 0
    """Characters of that text before this piece; what had come behind them is void."""
    is_last: bool = False


class ReplyEnded(Message, frozen=True, kw_only=True):
    """The reply has no further sentence and no further call."""

    sentences: int
    """How many there were."""
    calls: int = 0
    """How many whole calls there were."""
    reason: Literal["complete", "length"] = "complete"
    """`length`: cut at the token limit."""
    input_tokens: int = 0
    cached_tokens: int = 0
    """How many of the input tokens came from the prompt cache."""
    output_tokens: int = 0


# tts → gateway


class SpokenWord(Part, frozen=True, kw_only=True):
    """Where a word lies in the text and in the sound."""

    offset: int
    """Characters from the start of the sentence's text."""
    start_s: float
    """Seconds from the start of the sentence's sound."""


class MouthShape(Part, frozen=True, kw_only=True):
    """What the mouth looks like from a place of the sound on."""

    shape: Viseme
    start_s: float
    """Seconds from the start of the sentence's sound."""


class SpeechChunk(Message, frozen=True, kw_only=True):
    """A piece of a sentence's sound."""

    sentence: int
    index: int
    """Position in the sentence, from 0."""
    packets: tuple[bytes, ...]
    """Opus packets of 20 ms, mono."""
    is_last: bool = False
    words: tuple[SpokenWord, ...] = ()
    """Words that begin in this chunk, where the engine tells."""
    mouth_shapes: tuple[MouthShape, ...] = ()
    """Those that begin in this chunk, where the engine knows its phonemes."""


# any stage → gateway


class WorkFailed(Message, frozen=True, kw_only=True):
    """A stage could not do its work; the turn is over."""

    stage: Stage
    code: str
    """Machine-readable cause: `engine_failed`, `bad_audio`, `expired`, `gave_up`."""
    detail: str
    """What was wrong and what to do, for a person; never what was said."""


# gateway → every worker


class TurnCancelled(Message, frozen=True, kw_only=True):
    """This turn and all before it are over."""


class SessionEnded(Message, frozen=True, kw_only=True):
    """The session is over, and with it all its turns."""


# gateway → gateway


class SessionMoved(Message, frozen=True, kw_only=True):
    """The client has resumed its session elsewhere: whoever holds it lets it go, and says nothing.

    `turn` counts the turns so far.
    """


AnyJob = Utterance | UserTurn | Sentence
AnyResult = (
    PartialTranscript
    | Transcript
    | UserTurn
    | Sentence
    | ToolCall
    | ReplyEnded
    | SpeechChunk
    | WorkFailed
)
AnyReply = (
    PartialTranscript | Transcript | Sentence | ToolCall | ReplyEnded | SpeechChunk | WorkFailed
)
AnyControl = TurnCancelled | SessionEnded
AnyMessage = AnyJob | AnyReply | AnyControl | SessionMoved

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[AnyMessage] = msgspec.msgpack.Decoder(AnyMessage)


def encode(message: Message) -> bytes:
    """MessagePack of a message."""
    return _encoder.encode(message)


def decode(payload: bytes) -> AnyMessage:
    """The message in these bytes; raises msgspec.DecodeError (ValidationError included)."""
    return _decoder.decode(payload)
