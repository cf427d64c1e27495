"""Tools in `POST /v1/chat/completions` as the stock `openai` SDK uses them, with real workers."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from openai import AsyncOpenAI, BadRequestError
from openai.types.chat import ChatCompletionMessage

from bench.redis_server import RedisServer, redis_binary
from bench.system import free_port, running

pytestmark = [pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {
    "VOICECHAT_LLM_SCRIPTED_CALLS": 'weather {"city": "Paris"}\nclock {}\nweather {"city": "Rome"}',
    "VOICECHAT_LLM_SCRIPTED_LEAD_IN": "Let me see.",
    "VOICECHAT_LLM_SCRIPTED_REPLY": "It is {output}. That was all.",
}
QUESTION: Any = {"role": "user", "content": "And now?"}


def tool(name: str) -> Any:
    return {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}


CLOCK, WEATHER = tool("clock"), tool("weather")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def openai(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AsyncOpenAI]:
    redis = RedisServer(redis_binary(), tmp_path_factory.mktemp("redis"))
    redis.start()
    port, logs = free_port(), tmp_path_factory.mktemp("logs")
    url = f"http://127.0.0.1:{port}/v1"
    try:
        async with (
            running(redis.url, port, logs, **SETTINGS),
            AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client,
        ):
            yield client
    finally:
        redis.kill()


async def ask(openai: AsyncOpenAI, *messages: Any, **fields: Any) -> tuple[Any, str]:
    """The message that answers, and why it ended."""
    answer = await openai.chat.completions.create(
        model="any", messages=[QUESTION, *messages], **fields
    )
    return answer.choices[0].message, answer.choices[0].finish_reason


def arguments(message: ChatCompletionMessage) -> list[Any]:
    calls = [call for call in message.tool_calls or [] if call.type == "function"]
    return [msgspec.json.decode(call.function.arguments) for call in calls]


def output(call_id: str, text: str) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": text}


async def test_a_call_goes_round(openai: AsyncOpenAI) -> None:
    asked, reason = await ask(openai, tools=[CLOCK])
    [call] = asked.tool_calls
    assert (reason, asked.content, call.function.name) == ("tool_calls", "Let me see.", "clock")
    answer, reason = await ask(openai, asked, output(call.id, "noon"), tools=[CLOCK])
    assert (reason, answer.content, answer.tool_calls) == (
        "stop",
        "It is noon. That was all.",
        None,
    )


async def test_calls_side_by_side_go_round(openai: AsyncOpenAI) -> None:
    asked, _ = await ask(openai, tools=[WEATHER])
    assert arguments(asked) == [{"city": "Paris"}, {"city": "Rome"}]
    first, second = asked.tool_calls
    outputs = (output(second.id, "hot"), output(first.id, "mild"))
    answer, _ = await ask(openai, asked, *outputs, tools=[WEATHER])
    assert answer.content == "It is mild hot. That was all."


async def test_one_call_at_a_time_can_be_wished(openai: AsyncOpenAI) -> None:
    asked, reason = await ask(openai, tools=[WEATHER], parallel_tool_calls=False)
    assert (reason, arguments(asked)) == ("tool_calls", [{"city": "Paris"}])


@pytest.mark.parametrize(
    ("choice", "names"),
    [
        ("auto", ["weather", "clock", "weather"]),
        ("none", []),
        ("required", ["weather", "clock", "weather"]),
        ({"type": "function", "function": {"name": "clock"}}, ["clock"]),
    ],
    ids=["auto", "none", "required", "named"],
)
async def test_the_client_says_whether_tools_are_called(
    openai: AsyncOpenAI, choice: Any, names: list[str]
) -> None:
    message, reason = await ask(openai, tools=[CLOCK, WEATHER], tool_choice=choice)
    assert [call.function.name for call in message.tool_calls or []] == names
    assert reason == ("tool_calls" if names else "stop")


async def test_calls_come_in_pieces_and_go_round(openai: AsyncOpenAI) -> None:
    """Through the SDK's own accumulator, which refuses pieces that do not fit together."""
    kinds = []
    async with openai.chat.completions.stream(
        model="any", messages=[QUESTION], tools=[CLOCK, WEATHER]
    ) as stream:
        async for event in stream:
            kinds.append(event.type)
        [choice] = (await stream.get_final_completion()).choices
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content == "Let me see."
    assert arguments(choice.message) == [{"city": "Paris"}, {}, {"city": "Rome"}]
    assert kinds.count("tool_calls.function.arguments.done") == 3
    calls = choice.message.tool_calls or []
    assert len({call.id for call in calls}) == 3
    asked = choice.message.model_dump(exclude_none=True, exclude={"parsed"})
    outputs = [output(call.id, f"{place}") for place, call in enumerate(calls)]
    answer, _ = await ask(openai, asked, *outputs, tools=[CLOCK, WEATHER])
    assert answer.content == "It is 0 1 2. That was all."


async def test_an_output_without_its_call_is_refused(openai: AsyncOpenAI) -> None:
    with pytest.raises(BadRequestError) as caught:
        await ask(openai, output("call_x", "noon"), tools=[CLOCK])
    assert (caught.value.code, caught.value.param) == ("invalid_value", "messages[1].tool_call_id")
