"""Settings of the language model service; those of an engine stand beside its class."""

from typing import Annotated

import msgspec

from llm_service.engine import DEFAULT_INSTRUCTIONS
from shared.settings import Settings


class LlmSettings(Settings, frozen=True, kw_only=True):
    """Group VOICECHAT_LLM."""

    engine: str = "llama_cpp"
    """Which engine replies; the names are in `llm_service.engines.ENGINES`."""
    instructions: str = DEFAULT_INSTRUCTIONS
    """System prompt of sessions that bring none."""
    language_note: str = "(Please answer in {language}.)"
    """Put behind what is said in another language than the system prompt's; empty for no note."""
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] = 0.3
    """Sampling temperature of sessions that set none; 0 always takes the likeliest token."""
    max_output_tokens: Annotated[int, msgspec.Meta(ge=1)] = 160
    """Most tokens of a reply; a session can ask for fewer."""
    max_output_characters: Annotated[int, msgspec.Meta(ge=1)] = 8_000
    """Most characters of a reply, whatever its tokens are; the reply is cut behind this many."""
    prompt_bytes: Annotated[int, msgspec.Meta(ge=1)] = 4_000
    """Most bytes (UTF-8) of system prompt, tools, history and question together; a token has about
    4. The oldest history is left out beyond it."""
    tool_output_bytes: Annotated[int, msgspec.Meta(ge=1)] = 2_000
    """Most bytes (UTF-8) of a tool's output that the model is given; the rest of it is cut off."""
    opening_words: Annotated[int, msgspec.Meta(ge=1)] = 3
    """Fewest words of the clause that a reply may open with, for early sound."""
    opening_letters: Annotated[int, msgspec.Meta(ge=0)] = 12
    """Fewest letters of that clause."""
    longest_sentence: Annotated[int, msgspec.Meta(ge=40)] = 240
    """Most characters of a piece to be spoken; longer sentences are broken at clauses."""
