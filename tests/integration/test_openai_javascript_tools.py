"""Tools of the gateway in a session of OpenAI's own JavaScript library, over real processes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from javascript_client import JavascriptClient, javascript_client
from odd_tools import running_odd_tools

pytest.importorskip("mcp")
pytestmark = pytest.mark.timeout(300)

SETTINGS = {
    "VOICECHAT_LLM_SCRIPTED_CALLS": 'add {"first": 2, "second": 3}\nadd {"first": 4, "second": 4}',
    "VOICECHAT_LLM_SCRIPTED_REPLY": "It is {output}.",
}
ANSWER = "It is 5 8."


@pytest.fixture
async def port(redis_url: str, free_port: int, tmp_path: Path) -> AsyncIterator[int]:
    """Where a gateway listens that can add."""
    async with running_odd_tools(redis_url, free_port, tmp_path, **SETTINGS):
        yield free_port


async def rounds(client: JavascriptClient, count: int) -> None:
    """So many questions, one after the other, each with its answer."""
    for _ in range(count):
        await client.do("message", text="How much?")
        await client.until("answered", text=ANSWER)


def answers(client: JavascriptClient) -> list[object]:
    """All that was answered, without replies that only called tools."""
    told = (thing["text"] for thing in client.heard if thing["told"] == "answered")
    return [text for text in told if text]


@pytest.mark.parametrize("modality", ["text", "audio"])
async def test_the_gateways_tools_are_run_and_answered_once(port: int, modality: str) -> None:
    """The library asks for a reply at the end of each call, though it comes by itself."""
    async with javascript_client(port, outputModalities=[modality]) as client:
        await rounds(client, 3)
        outputs = [thing["output"] for thing in client.heard if thing["told"] == "mcp"]
        assert outputs == ["5", "8"] * 3
        assert client.errors() == []
        assert answers(client) == [ANSWER] * 3
