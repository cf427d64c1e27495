"""The table of streams: every road for messages, who takes from it, and how much it keeps."""

from typing import assert_never

import msgspec

from shared.messages import (
    AnyControl,
    AnyMessage,
    AnyReply,
    PartialTranscript,
    ReplyEnded,
    Sentence,
    SessionEnded,
    SessionMoved,
    SpeechChunk,
    Stage,
    ToolCall,
    Transcript,
    TurnCancelled,
    UserTurn,
    Utterance,
    WorkFailed,
)


class WorkStream(msgspec.Struct, frozen=True):
    """A stream of jobs, shared out among the workers of one stage."""

    name: str
    stage: Stage
    """Also the name of the consumer group."""


class Broadcast(msgspec.Struct, frozen=True):
    """A stream that its readers observe; the oldest entries go when it is full."""

    name: str
    carries: tuple[type, ...]
    keep: int
    """Entries kept, more than the slowest reader may be behind."""
    expires_s: int
    """Life of the stream after its last entry."""


UTTERANCES = WorkStream("utterances", "stt")
TURNS = WorkStream("turns", "llm")
SENTENCES = WorkStream("sentences", "tts")
WORK_STREAMS = (UTTERANCES, TURNS, SENTENCES)

CONTROL = Broadcast("control", (TurnCancelled, SessionEnded), keep=10_000, expires_s=3600)
DEAD = Broadcast("dead", (), keep=1_000, expires_s=86_400)


def replies(gateway: str) -> Broadcast:
    """The stream of one gateway: all that the conversations on it wait for."""
    heard, said = (PartialTranscript, Transcript), (Sentence, ToolCall, ReplyEnded, SpeechChunk)
    carries = (*heard, *said, WorkFailed, SessionMoved)
    return Broadcast(f"replies:{gateway}", carries, keep=10_000, expires_s=600)


Road = WorkStream | Broadcast


def roads(message: AnyMessage, gateway: str) -> tuple[Road, ...]:
    """Where a message travels, `gateway` being the one that waits for its turn."""
    match message:
        case Utterance():
            return (UTTERANCES,)
        case UserTurn():
            return (TURNS,)
        case Sentence():
            return (replies(gateway), SENTENCES) if message.is_spoken else (replies(gateway),)
        case PartialTranscript() | Transcript():
            return (replies(gateway),)
        case ToolCall() | ReplyEnded() | SpeechChunk() | WorkFailed():
            return (replies(gateway),)
        case SessionMoved():
            return (replies(gateway),)
        case TurnCancelled() | SessionEnded():
            return (CONTROL,)
        case _:
            assert_never(message)


def concludes(result: AnyReply | AnyControl | UserTurn | Utterance) -> bool:
    """Whether no further result of the same job follows this one."""
    match result:
        case PartialTranscript() | Transcript() | UserTurn() | ReplyEnded() | WorkFailed():
            return True
        case SpeechChunk():
            return result.is_last
        case Sentence() | ToolCall() | TurnCancelled() | SessionEnded() | Utterance():
            return False
        case _:
            assert_never(result)
