"""An engine that says what it is told to, for tests of everything around the models."""

import asyncio
import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from itertools import chain, repeat
from typing import Annotated

import msgspec

from llm_service.engine import Prompt, Token, ToolCallDelta, Usage, Written
from shared.errors import EngineError
from shared.messages import HistoryItem
from shared.settings import Settings

QUESTION = "{question}"
OUTPUT = "{output}"


class ScriptedSettings(Settings, frozen=True, kw_only=True):
    """Group VOICECHAT_LLM_SCRIPTED."""

    reply: str = "This is a scripted reply. It always says the same, and it ends here."
    """What is said; `{question}` in it stands for what the user said last, `{output}` for what
    the tools put out since."""
    calls: str = ""
    """Tools that are called first, if they are offered: one a line, each a name and JSON."""
    lead_in: str = ""
    """What is said before they are called."""
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
    """Says its settings' reply, word by word, and calls its settings' tools before."""

    Settings = ScriptedSettings
    model = "scripted-llm"

    def __init__(self, settings: ScriptedSettings) -> None:
        self.concurrency = settings.concurrency
        self._settings = settings

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Written, None]:
        """The reply, from behind `reply_so_far`, whatever that says."""
        settings = self._settings
        usage = Usage(input_tokens=sum(len(item.text.split()) for item in prompt.messages))
        await asyncio.sleep(settings.first_token_s)
        made = 0
        for item in self._items(prompt):
            if made == prompt.max_tokens:
                usage = Usage(reason="length", input_tokens=usage.input_tokens)
                break
            if isinstance(item, Token) and settings.fails_at and settings.fails_at in item.delta:
                raise EngineError(f"the scripted engine was told to fail at {settings.fails_at!r}")
            await asyncio.sleep(settings.token_s if made else 0)
            yield item
            made += 1
        yield Usage(reason=usage.reason, input_tokens=usage.input_tokens, output_tokens=made)

    def close(self) -> None:
        """Nothing to give back."""

    def _items(self, prompt: Prompt) -> Iterator[Token | ToolCallDelta]:
        calls = self._due_calls(prompt)
        if not calls:
            return map(Token, self._words(prompt))
        lead_in = self._settings.lead_in[len(prompt.reply_so_far) :]
        return chain(map(Token, _tokens(lead_in)), _pieces(calls))

    def _due_calls(self, prompt: Prompt) -> list[tuple[str, str]]:
        """Names and arguments of the calls to make: all that are offered, unless they were made.

        Where one is asked for by its name, it is the first of that name which was not made yet.
        """
        offered = {tool.name for tool in prompt.tools}
        lines = [line.strip().partition(" ") for line in self._settings.calls.splitlines()]
        calls = [(name, given) for name, _, given in lines if name in offered]
        made = [call.name for item in _since_question(prompt) for call in item.calls]
        if prompt.tool_choice in offered:
            wanted = [call for call in calls if call[0] == prompt.tool_choice]
            return wanted[made.count(prompt.tool_choice) :][:1] or [(prompt.tool_choice, "{}")]
        return [] if made or prompt.tool_choice == "none" else calls

    def _words(self, prompt: Prompt) -> Iterator[str]:
        said = len(prompt.reply_so_far)
        asked = [item.text for item in prompt.messages if item.role == "user"]
        outputs = [item.text for item in _since_question(prompt) if item.role == "tool"]
        text = self._settings.reply.replace(QUESTION, asked[-1] if asked else "")
        text = text.replace(OUTPUT, " ".join(outputs))
        if not self._settings.is_endless:
            return _tokens(text[said:])
        text += " "
        rest = text[said % len(text) :]
        return chain(_tokens(rest), chain.from_iterable(map(_tokens, repeat(text))))


def _since_question(prompt: Prompt) -> Sequence[HistoryItem]:
    """What stands behind the user's last words."""
    places = [place for place, item in enumerate(prompt.messages) if item.role == "user"]
    return prompt.messages[places[-1] + 1 :] if places else prompt.messages


def _pieces(calls: Sequence[tuple[str, str]]) -> Iterator[ToolCallDelta]:
    for index, (name, given) in enumerate(calls):
        for piece in _tokens(given or "{}"):
            yield ToolCallDelta(index=index, name=name, arguments=piece)


def _tokens(text: str) -> Iterator[str]:
    return (match[0] for match in re.finditer(r"\s*\S+|\s+", text))
