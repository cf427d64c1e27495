"""An MCP server written by hand, of the protocol before 2026; run as a program by tests.

An argument makes it list nonsense: `wrong-types`, `no-list`, or `endless` pages.
"""

import json
import sys
from typing import Any

SCHEMA = {"type": "object", "properties": {"room": {"type": "string"}}}
NUMBER = {"type": "object", "properties": {"value": {"type": "number"}}, "required": ["value"]}
PAGES: dict[str | None, dict[str, Any]] = {
    None: {"tools": [{"name": "measure", "inputSchema": SCHEMA}], "nextCursor": "more"},
    "more": {
        "tools": [
            {"name": "promise", "inputSchema": SCHEMA, "outputSchema": NUMBER},
            {"name": "refuse", "description": None, "inputSchema": SCHEMA},
        ]
    },
}


class RefusedError(Exception):
    """Answered as an error of the protocol."""


def listed(cursor: str | None, nonsense: str) -> dict[str, Any]:
    """A page of tools."""
    match nonsense:
        case "wrong-types":
            return {"tools": [{"name": 7, "inputSchema": "none"}]}
        case "no-list":
            return {"tools": "none"}
        case "endless":
            page = int(cursor or 0)
            tools = [{"name": f"tool-{page}-{n}", "inputSchema": SCHEMA} for n in range(20)]
            return {"tools": tools, "nextCursor": str(page + 1)}
        case _:
            return PAGES[cursor]


def called(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The result of a tool."""
    match name:
        case "measure":
            return {"content": [{"type": "text", "text": f"21 in {json.dumps(arguments)}"}]}
        case "promise":
            return {"content": [], "structuredContent": {"value": "warm"}}
        case _:
            raise RefusedError("the room is locked")


def answer(method: str, params: dict[str, Any]) -> dict[str, Any]:
    """The result of a request."""
    match method:
        case "initialize":
            return {
                "protocolVersion": "2025-06-18",
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "plain", "version": "1"},
            }
        case "tools/list":
            return listed(params.get("cursor"), "".join(sys.argv[1:]))
        case "tools/call":
            return called(params["name"], params["arguments"])
        case _:
            raise RefusedError(f"no such method: {method}")


def main() -> None:
    """Answer each line."""
    for line in sys.stdin:
        request = json.loads(line)
        if "id" not in request:
            continue
        reply: dict[str, Any] = {"jsonrpc": "2.0", "id": request["id"]}
        try:
            reply["result"] = answer(request["method"], request.get("params") or {})
        except RefusedError as error:
            reply["error"] = {"code": -32602, "message": str(error)}
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
