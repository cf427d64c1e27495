"""Functions that a client runs, over real processes: called, answered, waited for."""

import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import pytest_asyncio
from openai_client import OpenAiClient, openai_client

from bench.redis_server import temporary_redis
from bench.system import System, free_port, running
from shared.audio import WIRE_HZ

pytestmark = [pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

SETTINGS = {
    "VOICECHAT_LLM_SCRIPTED_CALLS": 'weather {"city": "Paris"}\nclock {}\nweather {"city": "Rome"}',
    "VOICECHAT_LLM_SCRIPTED_LEAD_IN": "Let me see.",
    "VOICECHAT_LLM_SCRIPTED_REPLY": "It is {output}. That was all.",
    "VOICECHAT_TTS_TONE_WORD_S": "0.1",
    "VOICECHAT_GATEWAY_TOOL_FILLER": "One moment, please.",
    "VOICECHAT_GATEWAY_TOOL_FILLER_AFTER_S": "0.3",
}
WEATHER: dict[str, Any] = {"type": "function", "name": "weather", "parameters": {"type": "object"}}
CLOCK: dict[str, Any] = {"type": "function", "name": "clock"}
TONE = (np.sin(np.arange(WIRE_HZ) * 0.1) / 3).astype(np.float32)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def port(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[int]:
    """Where a system listens that most of these tests use."""
    port, logs = free_port(), tmp_path_factory.mktemp("logs")
    with temporary_redis() as redis:
        async with running(redis.url, port, logs, **SETTINGS):
            yield port


@pytest_asyncio.fixture(loop_scope="module")
async def client(port: int) -> AsyncIterator[OpenAiClient]:
    async with openai_client(port) as it:
        yield it


async def calls(client: OpenAiClient, *tools: dict[str, Any], **session: Any) -> list[Any]:
    """The calls of the reply to a question, once it is over."""
    audio: Any = {"input": {"turn_detection": None}}
    await client.configure(tools=list(tools), audio=audio, **session)
    await client.type("And now?")
    await client.connection.response.create()
    output = (await client.until("response.done"))["response"]["output"]
    return [item for item in output if item["type"] == "function_call"]


async def give(client: OpenAiClient, call: dict[str, Any], output: str) -> None:
    """The output of a call."""
    item: Any = {"type": "function_call_output", "call_id": call["call_id"], "output": output}
    await client.connection.conversation.item.create(item=item)


def said(done: dict[str, Any]) -> str:
    """What a response says."""
    content = done["response"]["output"][0]["content"][0]
    return str(content.get("transcript") or content.get("text"))


async def test_a_call_is_answered_with_its_output(client: OpenAiClient) -> None:
    [call] = await calls(client, CLOCK, output_modalities=["text"])
    assert (call["name"], call["arguments"], call["status"]) == ("clock", "{}", "completed")
    await give(client, call, "noon")
    await client.connection.response.create()
    assert said(await client.until("response.done")) == "It is noon. That was all."


async def test_calls_side_by_side_are_answered_together(client: OpenAiClient) -> None:
    first, second = await calls(client, WEATHER, output_modalities=["text"])
    arguments = [msgspec.json.decode(call["arguments"]) for call in (first, second)]
    assert arguments == [{"city": "Paris"}, {"city": "Rome"}]
    await give(client, second, "hot")
    await give(client, first, "mild")
    await client.connection.response.create()
    assert said(await client.until("response.done")) == "It is mild hot. That was all."
    places = {
        event["item_id"]: event["output_index"]
        for event in client.heard
        if event["type"] == "response.function_call_arguments.done"
    }
    assert places == {first["id"]: 1, second["id"]: 2}


async def test_a_reply_may_have_to_do_without_tools(client: OpenAiClient) -> None:
    assert await calls(client, CLOCK, tool_choice="none", output_modalities=["text"]) == []


async def test_a_call_comes_before_what_was_said_before_it_has_been_heard(
    client: OpenAiClient,
) -> None:
    [call] = await calls(client, CLOCK, output_modalities=["audio"])
    kinds = client.kinds()
    assert kinds.index("response.function_call_arguments.done") < kinds.index("response.done")
    await give(client, call, "noon")
    await client.connection.response.create()
    done = await client.until("response.done")
    assert said(done) == "It is noon. That was all."
    assert client.sound(done["response"]["id"])


async def test_a_long_wait_is_filled(client: OpenAiClient) -> None:
    [call] = await calls(client, CLOCK, output_modalities=["audio"])
    filler = await client.until("response.done")
    assert said(filler) == "One moment, please."
    assert client.sound(filler["response"]["id"])
    await give(client, call, "noon")
    await client.connection.response.create()
    assert said(await client.until("response.done")) == "It is noon. That was all."


async def test_a_filler_gives_way_to_the_reply(client: OpenAiClient) -> None:
    [call] = await calls(client, CLOCK, output_modalities=["audio"])
    await client.until("response.output_audio.delta")
    await give(client, call, "noon")
    await client.connection.response.create()
    await client.until("response.done")
    assert said(await client.until("response.done")) == "It is noon. That was all."
    assert "error" not in client.kinds()


async def test_what_is_said_while_a_function_runs_goes_before(client: OpenAiClient) -> None:
    [call] = await calls(client, CLOCK, output_modalities=["audio"])
    await client.say(TONE)
    await client.connection.input_audio_buffer.commit()
    await client.connection.response.create(response={"tools": []})
    done = await client.until("response.done")
    assert said(done) == "It is . That was all."
    await give(client, call, "noon")
    await client.until("conversation.item.done")
    await client.connection.response.create(response={"tools": []})
    assert (await client.until("response.done"))["response"]["status"] == "completed"
    assert "error" not in client.kinds()


async def test_a_call_survives_the_worker_that_makes_it(redis_url: str, tmp_path: Path) -> None:
    city = "Llanfairpwllgwyngyll " * 20
    slow = SETTINGS | {
        "VOICECHAT_LLM_SCRIPTED_CALLS": f'clock {{}}\nweather {{"city": "{city}"}}',
        "VOICECHAT_LLM_SCRIPTED_TOKEN_S": "0.1",
        "VOICECHAT_GATEWAY_TURN_TIMEOUT_S": "120",
    }
    port = free_port()
    async with running(redis_url, port, tmp_path, **slow) as system, openai_client(port) as client:
        await begin_long_call(client)
        await replace_llm(system)
        output = (await client.until("response.done"))["response"]["output"]
    first, second = [item for item in output if item["type"] == "function_call"]
    assert (first["name"], second["name"]) == ("clock", "weather")
    assert msgspec.json.decode(second["arguments"]) == {"city": city}
    assert first["call_id"] != second["call_id"]
    assert client.kinds().count("response.function_call_arguments.done") == 2


async def begin_long_call(client: OpenAiClient) -> None:
    """Ask, and wait until the second call has begun."""
    await client.configure(tools=[CLOCK, WEATHER], output_modalities=["text"])
    await client.type("And now?")
    await client.connection.response.create()
    await client.until("response.function_call_arguments.done")
    await client.until("response.function_call_arguments.delta")


async def replace_llm(system: System) -> None:
    """Kill the language model worker, and start another."""
    system.signal("llm_service", signal.SIGKILL)
    await system.ended("llm_service")
    system.start("llm_service", "heir")
