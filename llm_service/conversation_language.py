"""In which language a conversation is, and how the model learns in which to answer."""

import re
from collections.abc import Iterable, Iterator

import msgspec

from shared.languages import NAMES, english_name, language_tag, primary
from shared.messages import HistoryItem, UserTurn
from shared.text_language import language_of

LANGUAGE = "{language}"
_INSTRUCTIONS_LANGUAGE = "en"
"""Of instructions that do not show theirs: they are too short, or the default ones reworded."""
_ANY_NAME = re.compile(rf"\b(?:{'|'.join(NAMES.values())})\b")


def conversation_language(turn: UserTurn) -> str:
    """The language of the newest contribution that shows one, else the session's; may be empty."""
    newest = HistoryItem(role="user", text=turn.text, language=turn.language)
    said = (item for item in (newest, *reversed(turn.history)) if item.role == "user")
    shown = filter(None, map(_language, said))
    return next(shown, language_tag(turn.options.language))


def note_languages(
    conversation: Iterable[HistoryItem], instructions: str, note: str
) -> list[HistoryItem]:
    """The conversation, with the note behind what was said in another language than the prompt's.

    What is said next in the prompt's own language has it, too. The note of an item depends on what
    stands before it alone, so that prompts go on beginning alike. Instructions that name a
    language speak for themselves.
    """
    if not note or _ANY_NAME.search(instructions):
        return list(conversation)
    own = primary(language_of(instructions)) or _INSTRUCTIONS_LANGUAGE
    return list(_noted(conversation, own, note))


def _noted(conversation: Iterable[HistoryItem], own: str, note: str) -> Iterator[HistoryItem]:
    is_foreign = False
    for item in conversation:
        language = primary(_language(item)) if item.role == "user" else ""
        name = english_name(language)
        if name and (is_foreign or language != own):
            yield msgspec.structs.replace(item, text=f"{item.text} {note.replace(LANGUAGE, name)}")
        else:
            yield item
        is_foreign = language != own if language else is_foreign


def _language(item: HistoryItem) -> str:
    """Empty also for an aside, all in brackets: those are our words, not the person's."""
    text = item.text.strip()
    is_aside = text.startswith("(") and text.endswith(")")
    return "" if is_aside or not text else language_of(text, language_tag(item.language))
