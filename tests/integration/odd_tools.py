"""A system whose gateway runs the tools of the odd server, over real processes."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import ClientSession

from bench.system import System, running

_SERVER = Path(__file__).with_name("odd_tool_server.py")
_PATIENCE_S = 60.0


@asynccontextmanager
async def running_odd_tools(
    redis_url: str, port: int, folder: Path, **settings: str
) -> AsyncIterator[System]:
    """The system once its tools are offered; the server is called `odd`."""
    tools = folder / "tools.toml"
    tools.write_text(f'[odd]\ncommand = "{sys.executable}"\nargs = ["{_SERVER}"]\n')
    settings["VOICECHAT_GATEWAY_TOOLS_FILE"] = str(tools)
    async with running(redis_url, port, folder, **settings) as system:
        await _until_connected(system)
        yield system


async def _until_connected(system: System) -> None:
    async with ClientSession() as web, asyncio.timeout(_PATIENCE_S):
        while True:
            async with web.get(system.web("/metrics")) as response:
                if "voicechat_tool_servers 1.0" in await response.text():
                    return
            await asyncio.sleep(0.05)
