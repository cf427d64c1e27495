"""The connection to one tool server: made again whenever it is lost, never waited for."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, Literal, NamedTuple

import anyio
import httpx2
from mcp import Client, MCPError
from mcp_types import CONNECTION_CLOSED, REQUEST_TIMEOUT, CallToolResult

from gateway.tool_catalogue import Listed, Offer, offers
from gateway.tool_http import tool_http
from gateway.tool_process import tool_process
from gateway.tool_results import cut, result_text
from gateway.tools_file import ToolServer

logger = logging.getLogger(__name__)

_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 30.0
"""Between tries to connect; doubled after each that did not last longer than that."""
_REFRESH_S = 30.0
"""How often a server is asked again for its tools, by which its death is noticed too."""
_MOST_CALLS = 8
"""Calls of one server at a time; further ones wait, within their time."""
_MOST_PAGES = 10


class Answer(NamedTuple):
    """What came of a call."""

    text: str
    outcome: Literal["done", "tool_failed", "timed_out", "unreachable", "refused"]


_UNREACHABLE = Answer("The tool cannot be reached at the moment.", "unreachable")


class ToolConnection:
    """One server. `on_change` is called when its tools change, and when it comes or goes."""

    def __init__(self, server: ToolServer, on_change: Callable[[], None]) -> None:
        self.server = server
        self.offers: tuple[Offer, ...] = ()
        """What it offered last; kept while it cannot be reached."""
        self._on_change = on_change
        self._client: Client | None = None
        self._doubted = asyncio.Event()
        self._slots = asyncio.Semaphore(_MOST_CALLS)
        self._trouble = ""

    @property
    def is_connected(self) -> bool:
        """Whether its tools can be called."""
        return self._client is not None

    async def run(self) -> None:
        """Keep the connection, without end."""
        clock = asyncio.get_running_loop().time
        wait_s = _FIRST_WAIT_S
        while True:
            began_at = clock()
            try:
                async with self._connected() as client:
                    await self._stay(client)
            except Exception as error:  # noqa: BLE001 - a server's trouble stays its own, whatever it is
                self._tell_trouble(error)
            if clock() - began_at > _LONGEST_WAIT_S:
                wait_s = _FIRST_WAIT_S
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    async def call(self, name: str, arguments: dict[str, Any]) -> Answer:
        """What a tool of the server, by the server's name for it, makes of the arguments."""
        limit_s = self.server.timeout_s
        try:
            async with asyncio.timeout(limit_s), self._slots:
                if self._client is None:
                    return _UNREACHABLE
                result = await self._client.call_tool(name, arguments)
        except TimeoutError:
            self._doubted.set()
            return Answer(f"The tool did not answer within {limit_s:g} seconds.", "timed_out")
        except Exception as error:  # noqa: BLE001 - the model is told, the conversation goes on
            return self._failed(error)
        return self._outcome(result)

    def _outcome(self, result: CallToolResult) -> Answer:
        text = result_text(result, self.server.max_output_characters)
        return Answer(text, "tool_failed" if result.is_error else "done")

    def _failed(self, error: Exception) -> Answer:
        """What the model is told of an error; whatever it is, the server is in doubt."""
        self._doubted.set()
        match error:
            case MCPError(code=code) if code in (CONNECTION_CLOSED, REQUEST_TIMEOUT):
                return _UNREACHABLE
            case MCPError():
                return Answer(cut(error.message, self.server.max_output_characters), "tool_failed")
            case httpx2.HTTPError() | OSError() | anyio.ClosedResourceError():
                return _UNREACHABLE
            case _:
                return Answer("The tool gave an answer that cannot be used.", "tool_failed")

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Client]:
        """A client whose server has listed its tools."""
        self._doubted.clear()
        server = self.server
        transport = tool_process(server, self._doubted.set) if server.command else tool_http(server)
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(self.server.connect_timeout_s):
                client = await stack.enter_async_context(Client(transport, cache=None))
            await self._look(client)
            self._client, self._trouble = client, ""
            logger.info("tool server %s: %d tools", self.server.name, len(self.offers))
            self._on_change()
            try:
                yield client
            finally:
                self._client = None
                self._on_change()

    async def _stay(self, client: Client) -> None:
        """Look again from time to time, and at once when there is doubt; raises when it is gone."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_REFRESH_S):
                    await self._doubted.wait()
            self._doubted.clear()
            before = self.offers
            await self._look(client)
            if self.offers != before:
                self._on_change()

    async def _look(self, client: Client) -> None:
        async with asyncio.timeout(self.server.connect_timeout_s):
            listed = await _listed(client)
        found = offers(self.server, listed)
        if found.offers != self.offers:
            for complaint in found.complaints:
                logger.warning("tool server %s: %s", self.server.name, complaint)
        self.offers = found.offers

    def _tell_trouble(self, error: Exception) -> None:
        """Log why it cannot be reached, once for each cause."""
        trouble = _cause(error, self.server)
        if trouble != self._trouble:
            logger.warning("tool server %s: %s; it is tried again", self.server.name, trouble)
        self._trouble = trouble


async def _listed(client: Client) -> list[Listed]:
    """All its tools, page by page."""
    tools: list[Listed] = []
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        page = await client.list_tools(cursor=cursor)
        tools += [
            Listed(tool.name, tool.description or "", tool.input_schema) for tool in page.tools
        ]
        cursor = page.next_cursor
        if cursor is None:
            break
    return tools


def _cause(error: BaseException, server: ToolServer) -> str:
    """Why a server cannot be reached, without what it may have said or been sent."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    match error:
        case TimeoutError():
            return f"no answer within {server.connect_timeout_s:g} s"
        case MCPError(code=code) if code == CONNECTION_CLOSED and server.command:
            return "it has ended; its stderr_file tells why, if one is set"
        case MCPError():
            return f"it answers with MCP error {error.code}"
        case httpx2.HTTPError():
            return f"{type(error).__name__}: no connection to its url"
        case OSError(strerror=str(told)):
            return f"cannot start {server.command}: {told}"
        case _:
            return f"its answers are not MCP ({type(error).__name__})"
