"""What is said while a slow tool of the gateway runs, over real processes and in real time."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from odd_tools import running_odd_tools
from openai_client import OpenAiClient, openai_client

from shared.audio import WIRE_HZ, read_sound

pytest.importorskip("mcp")
pytestmark = pytest.mark.timeout(300)

QUESTION = Path(__file__).parents[1] / "audio" / "capital-of-france.wav"
FILLER = "One moment, please, while I am looking that up for you."
WORD_S, FILLER_WORDS = 0.25, 11
AFTER_S, TOOL_S = 0.5, 2.5
ANSWER = "It is done."
SETTINGS = {
    "VOICECHAT_STT_SCRIPTED_TEXT": "What is the capital of France?",
    "VOICECHAT_LLM_SCRIPTED_CALLS": f'wait {{"seconds": {TOOL_S}}}',
    "VOICECHAT_LLM_SCRIPTED_REPLY": "It is {output}.",
    "VOICECHAT_TTS_TONE_WORD_S": str(WORD_S),
    "VOICECHAT_GATEWAY_TOOL_FILLER": FILLER,
    "VOICECHAT_GATEWAY_TOOL_FILLER_AFTER_S": str(AFTER_S),
}


@pytest.fixture
async def client(redis_url: str, free_port: int, tmp_path: Path) -> AsyncIterator[OpenAiClient]:
    """A client of a gateway with a tool that takes its time."""
    system = running_odd_tools(redis_url, free_port, tmp_path, **SETTINGS)
    async with system, openai_client(free_port) as it:
        yield it


def now() -> float:
    return asyncio.get_running_loop().time()


async def done(client: OpenAiClient) -> dict[str, Any]:
    """The next response that is over."""
    response: dict[str, Any] = (await client.until("response.done"))["response"]
    return response


def said(client: OpenAiClient) -> list[str]:
    """What each response said, if anything."""
    responses = [event["response"] for event in client.heard if event["type"] == "response.done"]
    items = [item for response in responses for item in response["output"]]
    return [item["content"][0]["transcript"] for item in items if item["type"] == "message"]


async def test_a_filler_is_spoken_once_in_time_and_ends_when_the_reply_begins(
    client: OpenAiClient,
) -> None:
    await client.configure(audio={"input": {"turn_detection": None}})
    await client.type("And now?")
    await client.connection.response.create()
    assert (await done(client))["output"][0]["type"] == "mcp_call"
    called_at = now()
    await client.until("response.output_audio.delta")
    assert AFTER_S - 0.1 < now() - called_at < AFTER_S + 0.5
    await client.until("response.mcp_call.completed")
    filler = await done(client)
    over_at = now()
    await client.until("response.created")
    assert now() - over_at < 0.2
    assert filler["status"] == "completed"
    sound_s = len(client.sound(filler["id"])) / 2 / WIRE_HZ
    assert 0 <= sound_s - FILLER_WORDS * WORD_S < 0.5
    await done(client)
    await asyncio.sleep(AFTER_S)
    await client.type("Thanks.")
    assert said(client) == [FILLER, ANSWER]


async def test_speech_ends_a_filler_and_is_answered_instead(client: OpenAiClient) -> None:
    detection = {"type": "server_vad", "silence_duration_ms": 400}
    await client.configure(audio={"input": {"turn_detection": detection}})
    question = read_sound(QUESTION, WIRE_HZ)
    person = asyncio.create_task(client.speak_on(question))
    try:
        assert (await done(client))["output"][0]["type"] == "mcp_call"
        filler = (await client.until("response.created"))["response"]["id"]
        await client.until("response.output_audio.delta", response_id=filler)
        person.cancel()
        person = asyncio.create_task(client.speak_on(question))
        await client.until("output_audio_buffer.cleared", response_id=filler)
        cut = await done(client)
        assert (cut["id"], cut["status"]) == (filler, "cancelled")
        while ANSWER not in said(client):
            await done(client)
    finally:
        person.cancel()
    kinds = client.kinds()
    committed = [place for place, kind in enumerate(kinds) if kind.endswith("buffer.committed")]
    answered = [
        place
        for place, event in enumerate(client.heard)
        if event.get("transcript") == ANSWER and event["type"].endswith("transcript.done")
    ]
    assert len(committed) == 2
    assert [place > committed[1] for place in answered] == [True]
    assert said(client)[1:] == [FILLER, ANSWER]
    assert "error" not in kinds
