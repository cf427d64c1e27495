"""What is wrong with a message of a Realtime client, in the words of the protocol."""

import re

import msgspec

from gateway.notices import Problem
from gateway.protocols import realtime_client as client
from gateway.protocols import realtime_objects as objects

_PLACE = re.compile(r" - at `\$\.?(.*)`$")


def write_problem(problem: Problem) -> objects.ErrorDetail:
    """A problem as the client is told of it."""
    return objects.ErrorDetail(
        type="server_error" if problem.is_fault else "invalid_request_error",
        code=problem.code,
        message=problem.message,
        param=problem.param or None,
        event_id=problem.event_id or None,
    )


def explain(text: str, error: msgspec.ValidationError) -> Problem:
    """What is wrong with JSON that is no message of ours; raises DecodeError if it is not JSON."""
    message = msgspec.json.decode(text)
    if not isinstance(message, dict):
        return Problem(code="invalid_event", message="a message is a JSON object with a type")
    event_id, kind = message.get("event_id"), message.get("type")
    if not isinstance(event_id, str) or len(event_id) > client.LONGEST_EVENT_ID:
        event_id = ""
    if not isinstance(kind, str) or kind not in client.KNOWN_TYPES:
        known = ", ".join(sorted(client.KNOWN_TYPES))
        told = f"unknown event type {str(kind)[:100]!r}; supported are {known}"
        return Problem(code="unknown_event_type", message=told, param="type", event_id=event_id)
    place = _PLACE.search(str(error))
    return Problem(
        code="invalid_value",
        message=_shortened(str(error)),
        param=place[1] if place else "",
        event_id=event_id,
    )


def _shortened(told: str) -> str:
    """An error that quotes a wrong value, which may be as long as a message; its place stays."""
    return told if len(told) <= 300 else f"{told[:150]}…{told[-150:]}"
