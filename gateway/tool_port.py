"""The port of tools that the gateway runs itself: what a session asks of those who run them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple, Protocol

from gateway.tools_file import ToolServer
from shared.messages import Tool


class ToolOutcome(NamedTuple):
    """What came of a call."""

    text: str
    """For the model; of an error: what was wrong, so that it can tell the person."""
    is_error: bool


class ToolRunner(Protocol):
    """Runs tools for all sessions of a gateway."""

    @property
    def tools(self) -> tuple[Tool, ...]:
        """What can be called at the moment; changes as servers come and go."""
        ...

    async def call(self, name: str, arguments: str) -> ToolOutcome:
        """Call a tool with its arguments, a JSON object as text.

        Never raises, and comes back within the limits of the tools file: whatever goes wrong is the
        outcome's text. Cancelling gives the call up.
        """
        ...


class NoTools:
    """Runs none: the gateway has no tool servers."""

    tools: tuple[Tool, ...] = ()

    async def call(self, name: str, arguments: str) -> ToolOutcome:
        """That there is no such tool."""
        return ToolOutcome(f"There is no tool {name}.", is_error=True)


@asynccontextmanager
async def tool_runner(servers: tuple[ToolServer, ...]) -> AsyncIterator[ToolRunner]:
    """What runs the tools of these servers while the block runs; waits for none of them."""
    if not servers:
        yield NoTools()
        return
    # The package takes a second and 30 MB; who has no servers need not have it installed.
    from gateway.tool_servers import tool_servers

    async with tool_servers(servers) as runner:
        yield runner
