"""The port of language models."""

from collections.abc import AsyncGenerator
from typing import Literal, Protocol

import msgspec

from shared.messages import HistoryItem, Tool
from shared.offers import Offer

DEFAULT_INSTRUCTIONS = (
    "You are a helpful voice assistant. "
    "Answer in one to three short sentences, in plain words without markup."
)
"""System prompt of sessions that bring none; engines warm up with it."""


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """What a reply is to be written for."""

    messages: tuple[HistoryItem, ...]
    """System prompt first, then the conversation; the last is the user's or a tool's output.
    Behind an assistant's calls stand their outputs, one for each, in the same order."""
    tools: tuple[Tool, ...] = ()
    """What the model may call."""
    tool_choice: str = "auto"
    """`auto`, `none`, `required`, or the name of the tool that is to be called, once."""
    reply_so_far: str = ""
    """Beginning of the reply that was already given: the model goes on right behind it."""
    max_tokens: int
    temperature: float


class Token(msgspec.Struct, frozen=True):
    """A piece of the reply, as it is made."""

    delta: str


class ToolCallDelta(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a call, as it is made. A call ends where another begins, or the reply ends."""

    index: int
    """Position among the calls of the reply, from 0."""
    name: str
    """The same in each piece of a call."""
    arguments: str
    """The next piece of the arguments' JSON text."""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What the reply took; the last thing an engine yields."""

    reason: Literal["complete", "length"] = "complete"
    """`length`: cut at the token limit, if need be in the midst of a call."""
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0


Written = Token | ToolCallDelta | Usage


class LlmEngine(Protocol):
    """A language model, loaded and warm once constructed; takes `concurrency` calls at once."""

    model: str
    """Its name, for people."""
    concurrency: int

    def reply(self, prompt: Prompt) -> AsyncGenerator[Written, None]:
        """Tokens, then the pieces of calls, then one Usage. Text behind a call is not said.

        Closing the generator stops within one step, also in prefill. Raises EngineError. An engine
        that cannot offer tools to its model replies without any.
        """
        ...

    def close(self) -> None:
        """Give back memory and threads."""
        ...


def offer(name: str, engine: LlmEngine) -> Offer:
    """What a worker with this engine of the registry has to offer."""
    return Offer(engine=name, model=engine.model)
