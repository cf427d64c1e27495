"""Tools that the gateway runs on a real server of the example, over real processes."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from openai_client import OpenAiClient, openai_client

from bench.system import ROOT, System, running
from client.ask import ask as ask_once
from client.connection import connect

pytest.importorskip("mcp")
pytestmark = pytest.mark.timeout(300)

TOOLS_FILE = """
[notes]
command = "{python}"
args = ["-m", "examples.document_search", "{folder}"]
cwd = "{root}"
"""
SETTINGS = {
    "VOICECHAT_LLM_SCRIPTED_CALLS": 'search_documents {"words": "boiler"}',
    "VOICECHAT_LLM_SCRIPTED_REPLY": "I found: {output}",
    "VOICECHAT_LLM_MAX_OUTPUT_TOKENS": "500",
}


@pytest.fixture
async def system(redis_url: str, free_port: int, tmp_path: Path) -> AsyncIterator[System]:
    """A system whose gateway searches a folder with one document."""
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "house.md").write_text("# The boiler\n\nThe boiler is in the cellar.\n")
    tools = tmp_path / "tools.toml"
    tools.write_text(TOOLS_FILE.format(python=sys.executable, folder=folder, root=ROOT))
    settings = SETTINGS | {"VOICECHAT_GATEWAY_TOOLS_FILE": str(tools)}
    async with running(redis_url, free_port, tmp_path, **settings) as it:
        yield it


async def ask(client: OpenAiClient) -> dict[str, Any]:
    """The reply to a question."""
    await client.type("Where is the boiler?")
    await client.connection.response.create()
    response: dict[str, Any] = (await client.until("response.done"))["response"]
    return response


async def test_the_gateway_runs_its_own_tool_and_goes_on(system: System, free_port: int) -> None:
    async with openai_client(free_port) as client:
        await client.configure(output_modalities=["text"])
        response = await ask(client)
        # The server takes its time to start, and its tool is offered once it has.
        while response["output"][0]["type"] != "mcp_call":
            response = await ask(client)
        ran = await client.until("conversation.item.done")
        second = (await client.until("response.done"))["response"]
    assert "in the cellar" in ran["item"]["output"]
    assert ran["item"]["server_label"] == "notes"
    assert second["output"][0]["content"][0]["text"].startswith("I found: house.md, The boiler")
    assert client.kinds().count("response.mcp_call.completed") == 1
    assert "response.function_call_arguments.done" not in client.kinds()


async def test_our_own_client_waits_for_the_answer_behind_the_tool(system: System) -> None:
    async with connect(system.url) as connection:
        answer = await ask_once(connection, "Where is the boiler?")
        # The server takes its time to start, and its tool is offered once it has.
        while "I found: house.md" not in answer.reply:
            answer = await ask_once(connection, "Where is the boiler?")
    assert "in the cellar" in answer.reply
    assert answer.packets
