"""The file that lists tool servers: where each one is, and what is expected of it."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from shared.errors import SettingsError

_MOST_SERVERS = 16
_MOST_FILE_BYTES = 256 * 1024
_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
_VARIABLE = re.compile(r"\$\{(\w+)\}")

Seconds = Annotated[float, Meta(gt=0, le=600)]


class ToolServer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One server: a program to start (`command`) or an address to call (`url`)."""

    name: str
    command: str = ""
    """Program that speaks MCP over its standard input and output."""
    args: tuple[str, ...] = ()
    env: dict[str, str] = {}
    """Its environment besides PATH, HOME and the like; `${NAME}` is taken from the gateway's."""
    cwd: str = ""
    """Folder it is started in; empty for the gateway's."""
    stderr_file: str = ""
    """File that its standard error is added to; empty throws it away, since it may tell what was
    said."""
    url: str = ""
    """Address of a server that speaks streamable HTTP."""
    headers: dict[str, str] = {}
    """Sent with every request; `${NAME}` is taken from the gateway's environment."""
    type: Literal["", "stdio", "http", "streamable-http", "streamable_http"] = ""
    """Accepted, because other programs write it; `command` or `url` decide."""
    connect_timeout_s: Seconds = 15.0
    """Longest time from its start until its tools are known."""
    timeout_s: Seconds = 10.0
    """Longest time of one call, the wait for its turn included."""
    tools: tuple[str, ...] = ()
    """Which of its tools are offered; empty for all."""
    prefix: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{0,32}$")] = ""
    """Put before the names of its tools, so that they differ from another server's."""
    max_output_characters: Annotated[int, Meta(ge=100, le=200_000)] = 8000
    """What a call may return; the rest is cut off."""


def read_tools_file(path: str, variables: Mapping[str, str]) -> tuple[ToolServer, ...]:
    """The servers in a file, in its order; none if there is no path.

    TOML with one table per server; or JSON, if the name ends in .json, with the object
    `mcpServers` that other programs use. Raises SettingsError naming file, server and field.
    """
    if not path:
        return ()
    tables = _tables(path)
    if len(tables) > _MOST_SERVERS:
        raise SettingsError(f"{path}: {len(tables)} servers; there may be {_MOST_SERVERS}")
    return tuple(_server(path, name, table, variables) for name, table in tables.items())


def _tables(path: str) -> dict[str, Any]:
    text = _text(path)
    try:
        tables = json.loads(text) if path.endswith(".json") else tomllib.loads(text)
    except ValueError as error:
        raise SettingsError(f"{path}: {error}") from error
    if isinstance(tables, dict) and "mcpServers" in tables:
        tables = tables["mcpServers"]
    if not isinstance(tables, dict):
        raise SettingsError(f"{path}: expected one table for each server")
    return tables


def _text(path: str) -> str:
    try:
        content = Path(path).read_bytes()
        if len(content) > _MOST_FILE_BYTES:
            raise SettingsError(f"{path}: {len(content)} bytes; it may have {_MOST_FILE_BYTES}")
        return content.decode()
    except OSError as error:
        raise SettingsError(
            f"VOICECHAT_GATEWAY_TOOLS_FILE={path}: {error.strerror or error}"
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: not UTF-8 at byte {error.start}") from error


def _server(path: str, name: str, table: object, variables: Mapping[str, str]) -> ToolServer:
    where = f"{path}: [{name}]"
    if not _NAME.fullmatch(name):
        raise SettingsError(f"{where}: a name has 1 to 32 letters, digits, - or _")
    if not isinstance(table, dict):
        raise SettingsError(f"{where}: expected a table with command or url")
    if "name" in table:
        raise SettingsError(f"{where} name: the table's title is the name; leave the field out")
    try:
        server = msgspec.convert({**table, "name": name}, ToolServer)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{where} {_told(error)}") from error
    _check(where, server)
    return msgspec.structs.replace(
        server,
        env=_filled(f"{where} env", server.env, variables),
        headers=_filled(f"{where} headers", server.headers, variables),
    )


def _told(error: msgspec.ValidationError) -> str:
    """The field first: `timeout_s: Expected `float` > 0`."""
    told, _, field = str(error).partition(" - at `$.")
    return f"{field.rstrip('`')}: {told}" if field else told


def _check(where: str, server: ToolServer) -> None:
    if bool(server.command) == bool(server.url):
        raise SettingsError(f"{where}: set either command or url")
    if server.url and not re.match(r"https?://[^/\s]+", server.url):
        raise SettingsError(f"{where} url: expected http:// or https:// and a host")
    for field in ("args", "env", "cwd", "stderr_file") if server.url else ("headers",):
        if getattr(server, field):
            kind = "url" if server.url else "command"
            raise SettingsError(f"{where} {field}: a server with {kind} has none")


def _filled(where: str, values: Mapping[str, str], variables: Mapping[str, str]) -> dict[str, str]:
    """The values, with `${NAME}` replaced; the values themselves never go into an error."""
    for key, text in values.items():
        for name in _VARIABLE.findall(text):
            if name not in variables:
                raise SettingsError(f"{where}.{key}: the environment has no {name}")
    return {
        key: _VARIABLE.sub(lambda match: variables[match[1]], text) for key, text in values.items()
    }
