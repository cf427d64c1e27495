"""What an endpoint gives: an answer that is whole, or its pieces as they are made."""

from collections.abc import AsyncGenerator
from typing import NamedTuple

import msgspec

JSON = "application/json"
TEXT = "text/plain"
EVENTS = "text/event-stream"


class Whole(NamedTuple):
    """An answer in one piece."""

    body: bytes
    media_type: str = JSON


class Pieces(NamedTuple):
    """An answer that begins before it is whole; closing `pieces` calls its work off."""

    pieces: AsyncGenerator[bytes, None]
    media_type: str


Answer = Whole | Pieces

DONE = b"data: [DONE]\n\n"
"""Ends a stream of events where the API has it so."""


def json_of(body: msgspec.Struct) -> Whole:
    """A JSON answer."""
    return Whole(msgspec.json.encode(body))


def event_of(body: msgspec.Struct) -> bytes:
    """A server-sent event."""
    return b"data: " + msgspec.json.encode(body) + b"\n\n"
