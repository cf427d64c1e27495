"""Which tools are offered to the model, by which name, and whose they are."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gateway.tools_file import ToolServer
from shared.messages import Tool

_MOST_TOOLS = 64
"""Of one server: each costs the model tokens in every turn."""
_MOST_DESCRIPTION = 1024
_MOST_PARAMETERS = 16 * 1024
_LONGEST_NAME = 64
_MOST_COMPLAINTS = 10


class Listed(NamedTuple):
    """A tool as its server lists it."""

    name: str
    description: str
    schema: Mapping[str, Any]
    """JSON schema of its arguments."""


class Offer(NamedTuple):
    """A tool as the model is offered it."""

    tool: Tool
    server: str
    remote_name: str
    """What its server calls it."""


class Offers(NamedTuple):
    """What is offered, and why something else is not."""

    offers: tuple[Offer, ...]
    complaints: tuple[str, ...]


def offers(server: ToolServer, listed: Sequence[Listed]) -> Offers:
    """What a server's tools are offered as, in their order.

    Names get the server's prefix, and `_` for what models are not allowed to write. Complaints
    name the tools that are left out against the configuration, and why.
    """
    found: dict[str, Offer] = {}
    complaints = []
    for tool in _wanted(server, listed):
        offer = _offer(server, tool)
        if fault := _fault(offer, found):
            complaints.append(f"{tool.name[:_LONGEST_NAME]!r} is not offered: {fault}")
        else:
            found[offer.tool.name] = offer
    known = {tool.name for tool in listed}
    missing = (name for name in server.tools if name not in known)
    complaints += [f"{name!r} is not offered: the server has no such tool" for name in missing]
    if len(complaints) > _MOST_COMPLAINTS:
        complaints[_MOST_COMPLAINTS:] = [f"{len(complaints)} tools are not offered"]
    return Offers(tuple(found.values()), tuple(complaints))


def catalogue(all_offers: Iterable[Offer]) -> tuple[dict[str, Offer], tuple[str, ...]]:
    """Offers by name, and a complaint for each whose name an earlier server already has."""
    named: dict[str, Offer] = {}
    complaints = []
    for offer in all_offers:
        holder = named.setdefault(offer.tool.name, offer)
        if holder is not offer:
            complaints.append(
                f"{offer.tool.name!r} of {offer.server} is not offered: {holder.server} has a tool "
                f"of that name; give {offer.server} a prefix"
            )
    return named, tuple(complaints)


def _wanted(server: ToolServer, listed: Iterable[Listed]) -> Iterator[Listed]:
    return (tool for tool in listed if not server.tools or tool.name in server.tools)


def _offer(server: ToolServer, listed: Listed) -> Offer:
    name = server.prefix + re.sub(r"[^A-Za-z0-9_-]", "_", listed.name)
    parameters = json.dumps(listed.schema, ensure_ascii=False, separators=(",", ":"))
    description = listed.description[:_MOST_DESCRIPTION]
    tool = Tool(name=name, description=description, parameters=parameters)
    return Offer(tool, server.name, listed.name)


def _fault(offer: Offer, found: Mapping[str, Offer]) -> str:
    """Why it cannot be offered; empty if it can."""
    name, parameters = offer.tool.name, offer.tool.parameters
    if not 0 < len(name) <= _LONGEST_NAME:
        return f"its name has {len(name)} characters, not 1 to {_LONGEST_NAME}"
    if name in found:
        return "the server has another of that name"
    if len(parameters) > _MOST_PARAMETERS:
        return f"its schema has {len(parameters)} characters; it may have {_MOST_PARAMETERS}"
    if len(found) >= _MOST_TOOLS:
        return f"a server may have {_MOST_TOOLS} tools; name those you need in `tools`"
    return ""
