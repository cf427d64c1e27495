"""What the entries of streams hold: a message is their field `m`."""

import logging
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from shared.messages import AnyMessage, decode
from shared.streams import Broadcast

logger = logging.getLogger(__name__)


def readable(stream: Broadcast, entries: Iterable[Any]) -> Iterator[AnyMessage]:
    """The messages of stream entries, without those that a newer process may have written."""
    for _, fields in entries:
        try:
            yield decode(payload_of(fields))
        except msgspec.DecodeError:
            logger.warning("skipped an unreadable message on %s", stream.name)


def payload_of(fields: list[bytes] | None) -> bytes:
    """The message among a stream entry's fields and values; empty if there is none."""
    values = iter(fields or ())
    return dict(zip(values, values, strict=True)).get(b"m", b"")
