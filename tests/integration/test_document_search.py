"""The example MCP server, started by the gateway's own tool runner and by a gateway process."""

import asyncio
import signal
import sys
from pathlib import Path

import msgspec
from aiohttp import ClientConnectionError, ClientSession

from bench.system import ROOT, System
from gateway.tool_servers import tool_servers
from gateway.tools_file import ToolServer

PATIENCE_S = 60.0


def folder(tmp_path: Path) -> Path:
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "house.md").write_text("# House\n\n## Heating\n\nThe boiler stands in the cellar.\n")
    (notes / "garden.md").write_text("# Garden\n\nA pear tree.\n")
    return notes


async def test_a_reply_can_ask_for_what_stands_in_a_document(tmp_path: Path) -> None:
    notes = folder(tmp_path)
    args = ("-m", "examples.document_search", str(notes))
    server = ToolServer(name="notes", command=sys.executable, args=args, cwd=str(ROOT))
    async with tool_servers((server,)) as runner, asyncio.timeout(PATIENCE_S):
        while not runner.tools:
            await asyncio.sleep(0.01)
        (own,) = runner.tools
        tool = own.tool
        assert own.server == "notes"
        assert tool.name == "search_documents"
        assert msgspec.json.decode(tool.parameters)["required"] == ["words"]

        found = await runner.call(tool.name, '{"words": "Where is the boiler?", "most": 1}')
        assert not found.is_error
        assert found.text == "house.md, House › Heating:\nThe boiler stands in the cellar."

        nothing = await runner.call(tool.name, '{"words": "submarine"}')
        assert nothing.text == "Nothing was found in 2 documents."

        too_many = await runner.call(tool.name, '{"words": "pear", "most": 1000}')
        assert too_many.is_error


async def test_an_index_that_cannot_be_kept_is_told_in_a_line(tmp_path: Path) -> None:
    index = tmp_path / "nowhere" / "notes.sqlite"
    program = (sys.executable, "-m", "examples.document_search", str(folder(tmp_path)))
    process = await asyncio.create_subprocess_exec(
        *program, "--index", str(index), cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(process.communicate(), PATIENCE_S)
    assert process.returncode == 2
    assert f"the index {index} cannot be used" in said.decode()
    assert "Traceback" not in said.decode()


async def test_a_gateway_starts_what_its_tools_file_lists(
    redis_url: str, free_port: int, tmp_path: Path
) -> None:
    tools_file = tmp_path / "tools.toml"
    tools_file.write_text(
        f"""
        [notes]
        command = "{sys.executable}"
        args = ["-m", "examples.document_search", "{folder(tmp_path)}"]

        [hangs]
        command = "sleep"
        args = ["600"]
        """
    )
    settings = {"VOICECHAT_GATEWAY_TOOLS_FILE": str(tools_file)}
    system = System(redis_url, free_port, settings, tmp_path)
    gateway = system.start("gateway")
    try:
        async with ClientSession() as web, asyncio.timeout(PATIENCE_S):
            while "\nvoicechat_tool_servers 1.0" not in await metrics(web, system):
                await asyncio.sleep(0.1)
        system.signal(gateway, signal.SIGTERM)
        assert await system.ended(gateway) == 0
    finally:
        system.stop()


async def metrics(web: ClientSession, system: System) -> str:
    try:
        async with web.get(system.web("/metrics")) as page:
            return await page.text()
    except ClientConnectionError:
        return ""  # it is starting


async def test_a_faulty_tools_file_is_a_start_up_error(
    redis_url: str, free_port: int, tmp_path: Path
) -> None:
    tools_file = tmp_path / "tools.toml"
    tools_file.write_text("[notes]\ncommand = 'x'\ntimeout_s = -1\n")
    settings = {"VOICECHAT_GATEWAY_TOOLS_FILE": str(tools_file)}
    system = System(redis_url, free_port, settings, tmp_path)
    assert await system.ended(system.start("gateway")) == 2
    told = (tmp_path / "gateway.log").read_text()
    assert told == f"error: {tools_file}: [notes] timeout_s: Expected `float` > 0.0\n"
