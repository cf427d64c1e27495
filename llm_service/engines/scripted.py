"""An engine that says what it is told to, for tests of everything around the models."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator
from itertools import chain, repeat
from typing import Annotated

import msgspec

from llm_service.engine import Prompt, Token, Usage
from shared.errors import EngineError
from shared.settings import Settings

QUESTION = "{question}"


class ScriptedSettings(Settings, frozen=True, kw_only=True):
    """Group VOICECHAT_LLM_SCRIPTED."""

    reply: str = "This is a scripted reply. It always says the same, and it ends here."
    """What is said; `{question}` in it stands for what the user said last."""
    first_token_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    """Seconds until the first token."""
    token_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    """Seconds for each token after it; a token is a word and the white space before it."""
    is_endless: bool = False
    """Say the reply again and again, without an end."""
    fails_at: str = ""
    """Fail instead of saying this word."""
    concurrency: Annotated[int, msgspec.Meta(ge=1)] = 64
    """How many replies at once."""


class Scripted:
    """Says its settings' reply, word by word."""

    Settings = ScriptedSettings
    model = "scripted-llm"

    def __init__(self, settings: ScriptedSettings) -> None:
        self.concurrency = settings.concurrency
        self._settings = settings

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Token | Usage, None]:
        """The reply, from behind `reply_so_far`, whatever that says."""
        settings = self._settings
        usage = Usage(input_tokens=sum(len(item.text.split()) for item in prompt.messages))
        await asyncio.sleep(settings.first_token_s)
        spoken = 0
        for word in self._words(prompt):
            if spoken == prompt.max_tokens:
                usage = Usage(reason="length", input_tokens=usage.input_tokens)
                break
            if settings.fails_at and settings.fails_at in word:
                raise EngineError(f"the scripted engine was told to fail at {settings.fails_at!r}")
            await asyncio.sleep(settings.token_s if spoken else 0)
            yield Token(word)
            spoken += 1
        yield Usage(reason=usage.reason, input_tokens=usage.input_tokens, output_tokens=spoken)

    def close(self) -> None:
        """Nothing to give back."""

    def _words(self, prompt: Prompt) -> Iterator[str]:
        said = len(prompt.reply_so_far)
        text = self._settings.reply.replace(QUESTION, prompt.messages[-1].text)
        if not self._settings.is_endless:
            return _tokens(text[said:])
        text += " "
        rest = text[said % len(text) :]
        return chain(_tokens(rest), chain.from_iterable(map(_tokens, repeat(text))))


def _tokens(text: str) -> Iterator[str]:
    return (match[0] for match in re.finditer(r"\s*\S+|\s+", text))
