"""A tool server as a child process: MCP over its standard input and output.

The package's own transport reads lines of any length, and logs those that it cannot read; a line
here has a limit, and nothing that a server says is logged.
"""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import IO

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client.stdio import get_default_environment
from mcp.shared.message import SessionMessage
from mcp_types.jsonrpc import jsonrpc_message_adapter

from gateway.tools_file import ToolServer

_LONGEST_LINE_BYTES = 2 * 1024 * 1024
_MOST_STRANGE_LINES = 1000
"""In a row, that are no messages: some servers print a greeting."""
_DISCARDED_BYTES = 64 * 1024
_GRACE_S = 2.0
"""How long a server has to end by itself, and again after each signal."""

Incoming = MemoryObjectReceiveStream[SessionMessage | Exception]
Outgoing = MemoryObjectSendStream[SessionMessage]


@asynccontextmanager
async def tool_process(
    server: ToolServer, on_end: Callable[[], None]
) -> AsyncIterator[tuple[Incoming, Outgoing]]:
    """The streams to and from a server that runs meanwhile; `on_end`: it will say no more.

    Raises OSError if it cannot be started.
    """
    process = await _start(server)
    to_client, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    outgoing, from_client = anyio.create_memory_object_stream[SessionMessage](0)
    pumps = [
        asyncio.create_task(_read(process, to_client, on_end)),
        asyncio.create_task(_write(process, from_client)),
    ]
    try:
        yield incoming, outgoing
    finally:
        incoming.close()
        outgoing.close()
        try:
            await _stop(process)
        finally:
            _signal(process, signal.SIGKILL)
            await asyncio.wait(pumps, timeout=_GRACE_S)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            to_client.close()
            from_client.close()


async def _start(server: ToolServer) -> Process:
    with _errors(server.stderr_file) as errors:
        return await asyncio.create_subprocess_exec(
            server.command,
            *server.args,
            stdin=PIPE,
            stdout=PIPE,
            stderr=errors,
            cwd=server.cwd or None,
            env=get_default_environment() | server.env,
            start_new_session=True,  # so that its own children end with it
            limit=_LONGEST_LINE_BYTES,
        )


@contextmanager
def _errors(path: str) -> Iterator[IO[bytes] | int]:
    if not path:
        yield DEVNULL
        return
    with Path(path).open("ab") as file:
        yield file


async def _read(
    process: Process,
    to_client: MemoryObjectSendStream[SessionMessage | Exception],
    on_end: Callable[[], None],
) -> None:
    """Hand on what the server says until it ends, talks nonsense, or says too much in one line.

    What it says after that is thrown away: no reader is to keep it from ending.
    """
    assert process.stdout is not None
    with suppress(ValueError, ConnectionError, anyio.BrokenResourceError):
        strange = 0
        while (line := await process.stdout.readline()) and strange < _MOST_STRANGE_LINES:
            strange = 0 if await _hand_on(line, to_client) else strange + 1
    to_client.close()
    on_end()
    while await process.stdout.read(_DISCARDED_BYTES):
        continue


async def _hand_on(
    line: bytes, to_client: MemoryObjectSendStream[SessionMessage | Exception]
) -> bool:
    """Whether the line is a message."""
    try:
        message = jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValueError:
        await asyncio.sleep(0)  # others have their turn
        return False
    await to_client.send(SessionMessage(message))
    return True


async def _write(process: Process, from_client: MemoryObjectReceiveStream[SessionMessage]) -> None:
    assert process.stdin is not None
    with suppress(ConnectionError):
        async for outgoing in from_client:
            line = outgoing.message.model_dump_json(by_alias=True, exclude_unset=True)
            process.stdin.write(line.encode() + b"\n")
            await process.stdin.drain()
    from_client.close()


async def _stop(process: Process) -> None:
    """Close the server's input, by which it ends; tell it to, and at last make it."""
    assert process.stdin is not None
    process.stdin.close()
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                await process.wait()
                return
        _signal(process, number)
    with suppress(TimeoutError):
        async with asyncio.timeout(_GRACE_S):
            await process.wait()


def _signal(process: Process, number: signal.Signals) -> None:
    """Tell the server and its children, as far as they are still there."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
