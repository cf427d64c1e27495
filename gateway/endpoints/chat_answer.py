"""What `POST /v1/chat/completions` answers, whole or piece by piece."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from gateway.endpoints.answers import DONE, Whole, event_of, json_of
from shared.messages import ReplyEnded


class Reply(Struct, frozen=True, kw_only=True):
    """A reply that is whole."""

    text: str
    ended: ReplyEnded


class Label(Struct, frozen=True, kw_only=True):
    """What all pieces of an answer carry."""

    id: str
    created: int
    """Seconds since the epoch."""
    model: str


class CachedTokens(Struct, frozen=True, kw_only=True):
    """How the input was read."""

    cached_tokens: int


class Usage(Struct, frozen=True, kw_only=True):
    """What the reply took."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: CachedTokens


Reason = Literal["stop", "length"]


class AssistantMessage(Struct, frozen=True, kw_only=True):
    """The reply."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None


class Choice(Struct, frozen=True, kw_only=True):
    """The one reply."""

    index: int = 0
    message: AssistantMessage
    finish_reason: Reason
    logprobs: None = None


class Completion(Struct, frozen=True, kw_only=True):
    """An answer in one piece."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str
    choices: tuple[Choice, ...]
    usage: Usage


class Delta(Struct, frozen=True, kw_only=True):
    """What is new."""

    role: Literal["assistant"] | UnsetType = UNSET
    content: str | UnsetType = UNSET


class ChunkChoice(Struct, frozen=True, kw_only=True):
    """More of the one reply."""

    index: int = 0
    delta: Delta
    finish_reason: Reason | None = None
    logprobs: None = None


class Chunk(Struct, frozen=True, kw_only=True):
    """A piece of an answer."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: tuple[ChunkChoice, ...]
    usage: Usage | UnsetType | None = UNSET


def write(reply: Reply, label: Label) -> Whole:
    """The answer in one piece."""
    message = AssistantMessage(content=reply.text)
    choice = Choice(message=message, finish_reason=_reason(reply.ended))
    usage = _usage(reply.ended)
    return json_of(
        Completion(
            id=label.id, created=label.created, model=label.model, choices=(choice,), usage=usage
        )
    )


class ChunkWriter:
    """Writes an answer piece by piece."""

    def __init__(self, label: Label, *, include_usage: bool) -> None:
        self._label = label
        self._include_usage = include_usage

    def begin(self) -> bytes:
        """Who speaks."""
        return self._event(ChunkChoice(delta=Delta(role="assistant", content="")))

    def add(self, text: str) -> bytes:
        """More of the text."""
        return self._event(ChunkChoice(delta=Delta(content=text)))

    def end(self, ended: ReplyEnded) -> bytes:
        """Why it ended, and what it took."""
        last = self._event(ChunkChoice(delta=Delta(), finish_reason=_reason(ended)))
        usage = event_of(self._chunk((), _usage(ended))) if self._include_usage else b""
        return last + usage + DONE

    def _event(self, choice: ChunkChoice) -> bytes:
        return event_of(self._chunk((choice,), None if self._include_usage else UNSET))

    def _chunk(self, choices: tuple[ChunkChoice, ...], usage: Usage | UnsetType | None) -> Chunk:
        label = self._label
        return Chunk(
            id=label.id, created=label.created, model=label.model, choices=choices, usage=usage
        )


def _reason(ended: ReplyEnded) -> Reason:
    return "length" if ended.reason == "length" else "stop"


def _usage(ended: ReplyEnded) -> Usage:
    return Usage(
        prompt_tokens=ended.input_tokens,
        completion_tokens=ended.output_tokens,
        total_tokens=ended.input_tokens + ended.output_tokens,
        prompt_tokens_details=CachedTokens(cached_tokens=ended.cached_tokens),
    )
