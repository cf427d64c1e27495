"""The port of language models."""

from collections.abc import AsyncGenerator
from typing import Literal, Protocol

import msgspec

from shared.messages import HistoryItem
from shared.offers import Offer

DEFAULT_INSTRUCTIONS = (
    "You are a helpful voice assistant. "
    "Answer in one to three short sentences, in plain words without markup."
)
"""System prompt of sessions that bring none; engines warm up with it."""


class Prompt(msgspec.Struct, frozen=True, kw_only=True):
    """What a reply is to be written for."""

    messages: tuple[HistoryItem, ...]
    """System prompt first, then the conversation; the last is the user's."""
    reply_so_far: str = ""
    """Beginning of the reply that was already given: the model goes on right behind it."""
    max_tokens: int
    temperature: float


class Token(msgspec.Struct, frozen=True):
    """A piece of the reply, as it is made."""

    delta: str


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What the reply took; the last thing an engine yields."""

    reason: Literal["complete", "length"] = "complete"
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0


class LlmEngine(Protocol):
    """A language model, loaded and warm once constructed; takes `concurrency` calls at once."""

    model: str
    """Its name, for people."""
    concurrency: int

    def reply(self, prompt: Prompt) -> AsyncGenerator[Token | Usage, None]:
        """Tokens, then one Usage. Closing the generator stops within one step, also in prefill.

        Raises EngineError.
        """
        ...

    def close(self) -> None:
        """Give back memory and threads."""
        ...


def offer(name: str, engine: LlmEngine) -> Offer:
    """What a worker with this engine of the registry has to offer."""
    return Offer(engine=name, model=engine.model)
