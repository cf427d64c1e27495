"""From a user's turn to the prompt for a reply."""

from collections.abc import Sequence
from itertools import accumulate, dropwhile, groupby

import msgspec

from llm_service.conversation_language import note_languages
from llm_service.engine import Prompt
from llm_service.pairs import CUT_OFF, pair, units
from llm_service.settings import LlmSettings
from shared.messages import FunctionCall, HistoryItem, Role, Tool, UserTurn

CHARACTERS_PER_TOKEN = 4
"""Of English text; only used to count what a lost worker had already said."""

INTERRUPTED = "(I interrupted you there.) "
"""How the model learns that the person spoke over a reply, and where.

Roles other than user and assistant, or a system message in the middle, are refused by many chat
templates, so it must be text. The assistant's own text shows no more than an ellipsis, which is
not spoken: small models say again what they see themselves say. The words are the person's.
"""


class Beginning(msgspec.Struct, frozen=True, kw_only=True):
    """What a lost worker had already published of the reply."""

    text: str = ""
    calls: tuple[FunctionCall, ...] = ()
    """Those that were whole."""
    unfinished: str = ""
    """Name of the tool of a further one, which has to be made again."""


NOTHING = Beginning()


def build_prompt(turn: UserTurn, settings: LlmSettings, beginning: Beginning = NOTHING) -> Prompt:
    """The prompt of a turn, its oldest history left out where all would be too long.

    The system prompt and all since the person's last contribution are always kept.
    """
    options = turn.options
    system = HistoryItem(role="system", text=options.instructions or settings.instructions)
    newest = HistoryItem(role="user", text=turn.text, language=turn.language)
    said = (*turn.history, newest, *_made(beginning))
    conversation = [item for item in said if item.text.strip() or item.calls or item.call_id]
    noted = note_languages(conversation, system.text, settings.language_note)
    paired = pair(noted, settings.tool_output_bytes)
    room = settings.prompt_bytes - _size(system) - sum(map(_tool_size, options.tools))
    temperature = settings.temperature if options.temperature is None else options.temperature
    so_far = "" if beginning.calls else beginning.text
    return Prompt(
        messages=(system, *_join_roles(_mark_cuts(_newest(paired, room)))),
        tools=options.tools,
        tool_choice=beginning.unfinished or options.tool_choice,
        reply_so_far=so_far,
        max_tokens=_tokens_left(turn, settings, so_far),
        temperature=temperature,
    )


def _made(beginning: Beginning) -> tuple[HistoryItem, ...]:
    """Whole calls of the reply itself: no model goes on behind them but in a further reply."""
    if not beginning.calls:
        return ()
    return (HistoryItem(role="assistant", text=beginning.text, calls=beginning.calls),)


def _newest(conversation: Sequence[HistoryItem], room: int) -> Sequence[HistoryItem]:
    """The newest items that fit into `room` bytes, the first of them not the assistant's.

    The place of the cut moves in steps of half the room, so that for many turns in a row the
    prompt begins alike and the engine's prompt cache holds.
    """
    parts = units(conversation)
    ends = list(accumulate(sum(map(_size, part)) for part in parts))
    if not ends or ends[-1] <= room:
        return _from_user(conversation) or conversation
    step = max(room // 2, 1)
    skipped = -(-(ends[-1] - room) // step) * step
    starts = (0, *ends[:-1])
    kept = [part for part, at in zip(parts, starts, strict=True) if at >= skipped]
    return _from_user([item for part in kept for item in part]) or _last_words(conversation)


def _from_user(conversation: Sequence[HistoryItem]) -> Sequence[HistoryItem]:
    """Some chat templates refuse a conversation that the assistant begins."""
    return list(dropwhile(lambda item: item.role in ("assistant", "tool"), conversation))


def _last_words(conversation: Sequence[HistoryItem]) -> Sequence[HistoryItem]:
    """All from the person's last contribution on; all there is if they made none."""
    places = [place for place, item in enumerate(conversation) if item.role == "user"]
    return conversation[places[-1] :] if places else conversation[-1:]


def _mark_cuts(conversation: Sequence[HistoryItem]) -> list[HistoryItem]:
    """Replies that were interrupted end so, and what the person says next begins so."""
    before = zip((None, *conversation), conversation, strict=False)
    return [_marked(item, previous) for previous, item in before]


def _marked(item: HistoryItem, previous: HistoryItem | None) -> HistoryItem:
    if _is_cut(item):
        return msgspec.structs.replace(item, text=_cut_off(item.text))
    if item.role == "user" and previous is not None and _is_cut(previous):
        return msgspec.structs.replace(item, text=INTERRUPTED + item.text)
    return item


def _is_cut(item: HistoryItem) -> bool:
    return item.role == "assistant" and item.is_interrupted


def _cut_off(text: str) -> str:
    """With an ellipsis at its end; behind a space if what was heard is a whole sentence."""
    heard = text.rstrip().removesuffix(CUT_OFF)
    is_whole = heard and not heard[-1].isalnum()
    return f"{heard} {CUT_OFF}" if is_whole else heard + CUT_OFF


def _join_roles(conversation: Sequence[HistoryItem]) -> list[HistoryItem]:
    """One item for neighbours of the same role: many models know only strict alternation."""
    joined: list[HistoryItem] = []
    for role, group in groupby(conversation, lambda item: item.role):
        items = list(group)
        joined += items if role == "tool" else [_joined(role, items)]
    return joined


def _joined(role: Role, items: Sequence[HistoryItem]) -> HistoryItem:
    text = "\n".join(item.text for item in items if item.text)
    return HistoryItem(role=role, text=text, calls=sum((item.calls for item in items), ()))


def _tokens_left(turn: UserTurn, settings: LlmSettings, reply_so_far: str) -> int:
    wanted = turn.options.max_output_tokens or settings.max_output_tokens
    limit = min(wanted, settings.max_output_tokens)
    return max(limit - len(reply_so_far) // CHARACTERS_PER_TOKEN, 1)


def _size(item: HistoryItem) -> int:
    calls = sum(len(f"{call.name}{call.arguments}".encode()) for call in item.calls)
    marks = f" {CUT_OFF}{INTERRUPTED}" if _is_cut(item) else ""
    return len(item.text.encode()) + calls + len(marks.encode())


def _tool_size(tool: Tool) -> int:
    return len(f"{tool.name}{tool.description}{tool.parameters}".encode())
