"""What every language model engine owes its port, with real models."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from llm_service.engine import DEFAULT_INSTRUCTIONS, LlmEngine, Prompt, Token, Usage, Written
from llm_service.engines import ENGINES
from llm_service.handler import LlmHandler
from llm_service.settings import LlmSettings
from shared.errors import EngineError, EngineUnavailable, ModelError
from shared.handler import one_by_one
from shared.messages import HistoryItem, ReplyEnded, UserTurn
from shared.models import locate
from shared.registry import find

LLAMAS = ("llama_cpp", "llama_cpp_python")


def engine_class(name: str) -> Any:
    """The class of an engine; skips the test where it cannot run."""
    try:
        return find(ENGINES, name)
    except EngineUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[LlmEngine]:
    """Each engine with its default settings, but two replies at once."""
    made = engine_class(request.param)
    loaded = made(made.Settings(concurrency=2))
    yield loaded
    loaded.close()


@pytest.fixture(scope="module", params=LLAMAS)
def llama(request: pytest.FixtureRequest) -> Iterator[LlmEngine]:
    """Each engine that reads GGUF files."""
    made = engine_class(request.param)
    loaded = made(made.Settings())
    yield loaded
    loaded.close()


def prompt(text: str = "How do plants make food?", **changes: Any) -> Prompt:
    system = HistoryItem(role="system", text=DEFAULT_INSTRUCTIONS)
    user = HistoryItem(role="user", text=text)
    plain = Prompt(messages=(system, user), max_tokens=60, temperature=0.0)
    return msgspec.structs.replace(plain, **changes)


async def read(reply: AsyncGenerator[Written, None]) -> tuple[str, Usage]:
    """The whole text, and the usage, which must come last."""
    async with aclosing(reply):
        items = [item async for item in reply]
    tokens, usage = items[:-1], items[-1]
    assert isinstance(usage, Usage)
    assert all(isinstance(token, Token) and token.delta for token in tokens)
    return "".join(token.delta for token in tokens if isinstance(token, Token)), usage


def test_an_engine_names_its_model(engine: LlmEngine) -> None:
    assert engine.model
    assert "/" not in engine.model


async def test_a_reply_comes_in_tokens_and_ends_with_its_usage(engine: LlmEngine) -> None:
    text, usage = await read(engine.reply(prompt()))
    assert len(text.split()) >= 5
    assert usage.reason == "complete"
    assert usage.input_tokens > usage.cached_tokens >= 0
    assert usage.output_tokens >= 5


async def test_tokens_come_one_by_one(engine: LlmEngine) -> None:
    async with aclosing(engine.reply(prompt())) as items:
        tokens = [item.delta async for item in items if isinstance(item, Token)]
    assert len(tokens) >= len("".join(tokens).split()) // 2 > 1


async def test_the_same_prompt_gives_the_same_reply_at_temperature_0(engine: LlmEngine) -> None:
    first, _ = await read(engine.reply(prompt()))
    second, _ = await read(engine.reply(prompt()))
    assert first == second


async def test_two_replies_at_once_do_not_mix(engine: LlmEngine) -> None:
    plants = prompt()
    france = prompt("What is the capital of France?")
    alone = [(await read(engine.reply(each)))[0] for each in (plants, france)]
    both = await asyncio.gather(*(read(engine.reply(each)) for each in (plants, france)))
    begun = [(text[:12], together[:12]) for text, (together, _) in zip(alone, both, strict=True)]
    assert all(text == together for text, together in begun)


async def test_a_reply_is_cut_at_its_most_tokens(engine: LlmEngine) -> None:
    _, usage = await read(engine.reply(prompt(max_tokens=4)))
    assert usage.reason == "length"
    assert usage.output_tokens == 4


async def test_closing_stops_and_the_next_reply_works(engine: LlmEngine) -> None:
    for _ in range(3):
        async with aclosing(engine.reply(prompt())) as items:
            async for _ in items:
                break
    text, _ = await read(engine.reply(prompt()))
    assert text


async def test_a_cancelled_task_stops_and_the_next_reply_works(engine: LlmEngine) -> None:
    whole, _ = await read(engine.reply(prompt()))
    task = asyncio.create_task(read(engine.reply(prompt("Tell me a long story."))))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])
    assert (await read(engine.reply(prompt())))[0] == whole


@pytest.mark.parametrize("words", [3, 6, 9])
async def test_a_reply_goes_on_behind_what_was_said(engine: LlmEngine, words: int) -> None:
    whole, _ = await read(engine.reply(prompt()))
    said = " ".join(whole.split(" ")[:words])
    rest, _ = await read(engine.reply(prompt(reply_so_far=said)))
    assert said + rest == whole


async def test_a_reply_that_was_said_to_its_end_has_no_more(engine: LlmEngine) -> None:
    whole, _ = await read(engine.reply(prompt()))
    rest, usage = await read(engine.reply(prompt(reply_so_far=whole)))
    assert rest == ""
    assert usage.reason == "complete"


async def test_a_second_turn_takes_its_beginning_from_the_cache(llama: LlmEngine) -> None:
    text, first = await read(llama.reply(prompt()))
    more = (
        *prompt().messages,
        HistoryItem(role="assistant", text=text),
        HistoryItem(role="user", text="And animals?"),
    )
    _, second = await read(llama.reply(prompt(messages=more, max_tokens=5)))
    assert second.cached_tokens >= first.input_tokens


async def test_a_prompt_that_is_too_long_is_an_error_that_says_so(llama: LlmEngine) -> None:
    with pytest.raises(EngineError, match=r"\d+ tokens and the model takes 2048; raise VOICECHAT"):
        await read(llama.reply(prompt("word " * 3000)))
    assert (await read(llama.reply(prompt())))[0]


async def test_reading_a_long_prompt_can_be_stopped(llama: LlmEngine) -> None:
    whole, _ = await read(llama.reply(prompt()))
    long = prompt("house " * 300, max_tokens=1)
    task = asyncio.create_task(read(llama.reply(long)))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert (await read(llama.reply(prompt())))[0] == whole
    _, usage = await read(llama.reply(long))
    assert usage.cached_tokens < 300


@pytest.mark.parametrize("name", LLAMAS)
@pytest.mark.parametrize("kind", ["missing", "cut off", "cut in its header", "text", "no tensors"])
def test_a_bad_model_file_is_an_error_that_names_it(name: str, kind: str, tmp_path: Path) -> None:
    made = engine_class(name)
    whole = locate(made.Settings().model, "gguf").read_bytes()
    contents = {
        "cut off": whole[:-50_000],
        "cut in its header": whole[:1_000_000],
        "text": b"This is no model.",
        "no tensors": b"GGUF" + (3).to_bytes(4, "little") + bytes(16),
    }
    file = tmp_path / "model.gguf"
    if kind in contents:
        file.write_bytes(contents[kind])
    with pytest.raises(ModelError, match=r"model\.gguf"):
        made(made.Settings(model=str(file)))


async def test_a_model_is_told_the_language_of_the_answer(llama: LlmEngine) -> None:
    turn = UserTurn(
        session="s", turn=1, gateway="g", deadline_s=9e9, text="今日は。", language="ja"
    )
    inputs = []
    for settings in (LlmSettings(), LlmSettings(language_note="")):
        results = one_by_one(LlmHandler(llama, settings).handle(turn))
        ended = [result async for result in results if isinstance(result, ReplyEnded)]
        inputs.append(ended[0].input_tokens)
    assert 5 < inputs[0] - inputs[1] < 20
