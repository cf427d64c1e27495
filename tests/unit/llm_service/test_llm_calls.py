"""Turns with tools in, sentences and calls out, also after a crash, with the scripted engine."""

from contextlib import aclosing
from itertools import groupby

import msgspec
import pytest

from llm_service.calls import PIECE_CHARACTERS
from llm_service.draft import Draft
from llm_service.engine import Token, ToolCallDelta
from llm_service.engines.scripted import Scripted, ScriptedSettings
from llm_service.handler import LlmHandler
from llm_service.settings import LlmSettings
from shared.errors import EngineError
from shared.handler import one_by_one
from shared.messages import (
    AnyResult,
    FunctionCall,
    HistoryItem,
    ReplyEnded,
    ReplyOptions,
    Sentence,
    Tool,
    ToolCall,
    UserTurn,
)

LONG = '{"city": "' + "Llanfairpwllgwyngyll " * 5 + '"}'
ROME = '{"city": "Rome"}'
CALLS = f"weather {LONG}\nclock\nweather {ROME}"
MADE = [("weather", LONG), ("clock", "{}"), ("weather", ROME)]
LEAD_IN = "Yes, let me look that up. One moment."
OPTIONS = ReplyOptions(tools=(Tool(name="weather"), Tool(name="clock")))
TURN = UserTurn(session="s", turn=3, gateway="g", deadline_s=9.0, text="Weather?", options=OPTIONS)


def handler(settings: LlmSettings | None = None, **script: object) -> LlmHandler:
    wanted = {"calls": CALLS, "lead_in": LEAD_IN, "reply": "It is {output}."} | script
    return LlmHandler(
        Scripted(msgspec.convert(wanted, ScriptedSettings)), settings or LlmSettings()
    )


async def results(
    made: LlmHandler, job: UserTurn = TURN, published: tuple[AnyResult, ...] = ()
) -> list[AnyResult]:
    async with aclosing(one_by_one(made.handle(job, published))) as items:
        return [item async for item in items]


def text(items: list[AnyResult]) -> str:
    return "".join(item.text for item in items if isinstance(item, Sentence))


def calls(items: list[AnyResult]) -> list[tuple[str, str]]:
    """Names and arguments of the whole calls, put together as a gateway does."""
    pieces = [item for item in items if isinstance(item, ToolCall)]
    made: list[tuple[str, str]] = []
    for index, group in groupby(pieces, lambda piece: piece.index):
        arguments, piece = "", None
        for piece in group:
            assert piece.offset <= len(arguments)
            arguments = arguments[: piece.offset] + piece.arguments
        assert index == len(made)
        assert piece is not None
        if piece.is_last:
            made.append((piece.name, arguments))
    return made


def end(items: list[AnyResult]) -> ReplyEnded:
    ended = items[-1]
    assert isinstance(ended, ReplyEnded)
    return ended


async def test_calls_follow_what_is_said() -> None:
    items = await results(handler())
    kinds = [kind for kind, _ in groupby(type(item) for item in items)]
    assert kinds == [Sentence, ToolCall, ReplyEnded]
    assert text(items) == LEAD_IN
    assert calls(items) == MADE
    assert (end(items).sentences, end(items).calls, end(items).reason) == (2, 3, "complete")


async def test_arguments_travel_in_pieces_of_some_length() -> None:
    pieces = [item for item in await results(handler()) if isinstance(item, ToolCall)]
    long = [piece for piece in pieces if piece.index == 0]
    assert len(long) > 2
    assert all(len(piece.arguments) == PIECE_CHARACTERS for piece in long[:-1])
    assert [piece.is_last for piece in long] == [False] * (len(long) - 1) + [True]


async def test_each_call_has_an_id_of_its_own_wherever_it_is_made() -> None:
    ids = {}
    for session in ("s", "t"):
        for number in (3, 4):
            job = msgspec.structs.replace(TURN, session=session, turn=number)
            for item in await results(handler(), job):
                if isinstance(item, ToolCall):
                    ids[session, number, item.index] = item.call_id
    assert len(set(ids.values())) == len(ids) == 12
    assert all(len(made) <= 32 for made in ids.values())


async def test_a_reply_may_be_nothing_but_calls() -> None:
    items = await results(handler(lead_in=""))
    assert text(items) == ""
    assert calls(items) == MADE


async def test_outputs_are_answered() -> None:
    call = FunctionCall(call_id="1", name="weather", arguments=ROME)
    history = (
        HistoryItem(role="user", text="Weather?"),
        HistoryItem(role="assistant", text="", calls=(call,)),
        HistoryItem(role="tool", text="mild", call_id="1"),
    )
    items = await results(handler(), msgspec.structs.replace(TURN, text="", history=history))
    assert (text(items), calls(items)) == ("It is mild.", [])


@pytest.mark.parametrize(
    ("choice", "made"),
    [("none", []), ("auto", MADE), ("required", MADE), ("clock", MADE[1:2]), ("weather", MADE[:1])],
)
async def test_the_session_can_choose(choice: str, made: list[tuple[str, str]]) -> None:
    options = msgspec.structs.replace(OPTIONS, tool_choice=choice)
    assert calls(await results(handler(), msgspec.structs.replace(TURN, options=options))) == made


async def test_no_tool_is_called_that_is_not_offered() -> None:
    options = ReplyOptions(tools=(Tool(name="clock"),))
    assert calls(await results(handler(), msgspec.structs.replace(TURN, options=options))) == [
        ("clock", "{}")
    ]


async def test_after_a_crash_at_any_point_each_call_is_made_once() -> None:
    whole = await results(handler())
    for count in range(len(whole)):
        published = tuple(whole[:count])
        rest = await results(handler(), published=published)
        together = [*published, *rest]
        made = calls(together)
        assert text(together) == LEAD_IN
        assert made == MADE[: len(made)]
        ids = [item.call_id for item in together if isinstance(item, ToolCall) and item.is_last]
        assert len(set(ids)) == len(ids) == end(together).calls == len(made) > 0


async def test_a_call_that_was_left_unfinished_is_made_again_from_its_beginning() -> None:
    whole = await results(handler())
    first = next(place for place, item in enumerate(whole) if isinstance(item, ToolCall))
    rest = await results(handler(), published=tuple(whole[: first + 1]))
    again, before = rest[0], whole[first]
    assert isinstance(again, ToolCall)
    assert isinstance(before, ToolCall)
    assert (again.index, again.call_id, again.offset) == (before.index, before.call_id, 0)
    assert calls([*whole[: first + 1], *rest]) == MADE[:1]


async def test_a_call_that_is_cut_has_no_end() -> None:
    settings = LlmSettings(max_output_tokens=len(LEAD_IN.split()) + 3)
    items = await results(handler(settings))
    assert text(items) == LEAD_IN
    assert calls(items) == []
    assert (end(items).calls, end(items).reason) == (0, "length")


async def test_arguments_count_against_the_most_characters() -> None:
    settings = LlmSettings(max_output_characters=len(LEAD_IN) + 60)
    items = await results(handler(settings))
    assert calls(items) == []
    assert sum(len(item.arguments) for item in items if isinstance(item, ToolCall)) <= 80
    assert end(items).reason == "length"


async def test_text_behind_a_call_is_not_said() -> None:
    draft = Draft(TURN, LlmSettings(), [])
    items = (Token("Yes."), ToolCallDelta(index=0, name="clock", arguments="{}"), Token(" No."))
    made = [result for item in items for result in draft.take(item, 0.1)]
    made += draft.finish()
    assert text([*made]) == "Yes."
    assert calls([*made]) == [("clock", "{}")]


@pytest.mark.parametrize("arguments", ["[]", '{"a": ', "yes"])
async def test_arguments_that_are_no_object_are_an_error(arguments: str) -> None:
    with pytest.raises(EngineError, match="no JSON object"):
        await results(handler(calls=f"clock {arguments}"))


async def test_what_is_called_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    await results(handler())
    assert "calls=3" in caplog.text
    assert not any(word in caplog.text for word in ("Llanfair", "Rome", "weather"))
