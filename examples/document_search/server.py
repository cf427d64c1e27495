"""The MCP server: one tool, which searches the folder."""

import asyncio
import time
from typing import Annotated

from mcp.server.mcpserver import MCPServer
from pydantic import Field

from examples.document_search.index import Hit, Index

_REFRESH_S = 2.0
"""How long what was found in the folder counts as new."""
_MOST_HITS = 10

Words = Annotated[str, Field(max_length=1000, description="What to look for, in a few words.")]
Count = Annotated[int, Field(ge=1, le=_MOST_HITS, description="How many passages to return.")]


def make_server(index: Index) -> MCPServer:
    """A server of this index, which it keeps up to date."""
    server = MCPServer("document-search", log_level="WARNING")
    lock = asyncio.Lock()
    refreshed_at = -_REFRESH_S

    @server.tool(structured_output=False)
    async def search_documents(words: Words, most: Count = 3) -> str:
        """Search the user's own documents. Use it for questions about them, and say the file."""
        nonlocal refreshed_at
        async with lock:
            if time.monotonic() - refreshed_at >= _REFRESH_S:
                await asyncio.to_thread(index.refresh)
                refreshed_at = time.monotonic()
            hits = await asyncio.to_thread(index.search, words, most)
        return answer(hits, len(index))

    return server


def answer(hits: list[Hit], documents: int) -> str:
    """The hits as a text that says where each is from."""
    if not hits:
        return f"Nothing was found in {documents} documents."
    return "\n\n".join(f"{_place(hit)}:\n{hit.snippet}" for hit in hits)


def _place(hit: Hit) -> str:
    return f"{hit.name}, {hit.heading}" if hit.heading else hit.name
