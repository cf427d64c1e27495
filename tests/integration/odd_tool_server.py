"""An MCP server with tools that do what servers had better not; run as a program by tests."""

import argparse
import asyncio
import os
import signal
from pathlib import Path

from mcp.server.mcpserver import MCPServer

server = MCPServer("odd")


@server.tool()
async def add(first: int, second: int) -> int:
    """Adds two numbers."""
    return first + second


@server.tool()
async def wait(seconds: float) -> str:
    """Takes its time."""
    await asyncio.sleep(seconds)
    return "done"


@server.tool()
async def freeze() -> str:
    """Stops the whole server."""
    os.kill(os.getpid(), signal.SIGSTOP)
    return "done"


@server.tool()
async def die() -> str:
    """Ends the server in mid-call."""
    os._exit(3)


@server.tool()
async def repeat(text: str, times: int) -> str:
    """Says something often."""
    return text * times


@server.tool()
async def chatter() -> str:
    """Writes to standard output what is not MCP."""
    os.write(1, b"loading the index...\n{}\n[1, 2]\n\xff\xfe\n")
    return "done"


@server.tool()
async def variable(name: str) -> str:
    """A variable of the server's environment."""
    return os.environ.get(name, "(not set)")


def main() -> None:
    """Serve over standard input and output, or HTTP if there is a port."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    parser.add_argument("--json", action="store_true", help="answer with a body, not with events")
    parser.add_argument("--starts", type=Path, help="file that gets a line for each start")
    given = parser.parse_args()
    if given.starts:
        with given.starts.open("a") as starts:
            starts.write(f"{os.getpid()}\n")
    if given.port:
        server.run("streamable-http", port=given.port, json_response=given.json)
    else:
        server.run("stdio")


if __name__ == "__main__":
    main()
