"""All tool servers of a gateway: whose tools are offered, and which of them a call goes to."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from gateway import metrics
from gateway.items import ServerTool
from gateway.tool_catalogue import Offer, catalogue
from gateway.tool_connection import Answer, ToolConnection
from gateway.tool_port import ToolOutcome
from gateway.tools_file import ToolServer

logger = logging.getLogger(__name__)

_TALKATIVE = ("mcp", "client", "httpx2")
"""Loggers of the package, which write down what was asked and answered, and secret addresses."""


class ToolServers:
    """Implements gateway.tool_port.ToolRunner."""

    def __init__(self, servers: Iterable[ToolServer]) -> None:
        self._connections = {
            server.name: ToolConnection(server, self._arrange) for server in servers
        }
        self._named: dict[str, Offer] = {}
        self._tools: tuple[ServerTool, ...] = ()
        self._complaints: tuple[str, ...] = ()

    @property
    def tools(self) -> tuple[ServerTool, ...]:
        """Those of all servers that can be reached, in the file's order."""
        return self._tools

    async def run(self) -> None:
        """Keep all connections, without end."""
        async with asyncio.TaskGroup() as tasks:
            for connection in self._connections.values():
                tasks.create_task(connection.run())

    async def call(self, name: str, arguments: str) -> ToolOutcome:
        """See the port."""
        with metrics.TOOL_CALL.time():
            answer = await self._answer(name, arguments)
        metrics.TOOL_CALLS.labels(answer.outcome).inc()
        return ToolOutcome(answer.text, is_error=answer.outcome != "done")

    async def _answer(self, name: str, arguments: str) -> Answer:
        offer = self._named.get(name)
        if offer is None:
            return Answer(f"There is no tool {name[:64]}.", "refused")
        try:
            given = msgspec.json.decode(arguments or "{}", type=dict[str, Any])
        except (msgspec.DecodeError, RecursionError) as error:
            return Answer(f"The arguments have to be a JSON object: {error}", "refused")
        return await self._connections[offer.server].call(offer.remote_name, given)

    def _arrange(self) -> None:
        """Who has a name keeps it while it cannot be reached: no call goes to another's tool."""
        connections = self._connections.values()
        self._named, complaints = catalogue(
            offer for connection in connections for offer in connection.offers
        )
        for complaint in set(complaints) - set(self._complaints):
            logger.warning("%s", complaint)
        self._complaints = complaints
        metrics.TOOL_SERVERS.set(sum(connection.is_connected for connection in connections))
        self._tools = tuple(
            ServerTool(offer.tool, offer.server)
            for offer in self._named.values()
            if self._connections[offer.server].is_connected
        )


@asynccontextmanager
async def tool_servers(servers: Iterable[ToolServer]) -> AsyncIterator[ToolServers]:
    """Tool servers, connected in the background while the block runs; ended behind it."""
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    runner = ToolServers(servers)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(runner.run())
        try:
            yield runner
        finally:
            running.cancel()
