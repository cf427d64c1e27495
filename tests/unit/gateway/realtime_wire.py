"""Speaks to one client's side of the Realtime protocol, and reads what it answers."""

from typing import Any

import msgspec
from official_events import check

from gateway.notices import AnyNotice, Problem
from gateway.protocols.realtime import Realtime
from gateway.settings import GatewaySettings


def open_session() -> Realtime:
    """The protocol of a session `abc` whose texts may have 20 characters."""
    return Realtime("abc", "voicechat", GatewaySettings(most_text_characters=20))


def read(realtime: Realtime, kind: str, **fields: object) -> object:
    """What a message of the client, with the id `e`, is understood as."""
    return read_text(realtime, msgspec.json.encode({"type": kind, "event_id": "e", **fields}))


def read_text(realtime: Realtime, text: bytes) -> object:
    """What a text of the client is understood as."""
    (heard,) = realtime.read(text.decode())
    return heard


def update(realtime: Realtime, **session: object) -> object:
    """What a session.update is understood as."""
    return read(realtime, "session.update", session=session)


def problem(heard: object) -> Problem:
    """The problem that it is."""
    assert isinstance(heard, Problem), heard
    return heard


def written(messages: list[bytes]) -> list[dict[str, Any]]:
    """Messages to the client, decoded; each is what the official types say."""
    events = [msgspec.json.decode(message) for message in messages]
    for event in events:
        check(event)
    return events


def tell(realtime: Realtime, *notices: AnyNotice) -> list[dict[str, Any]]:
    """What the client is told by these notices, without the messages' own ids."""
    messages = written([message for notice in notices for message in realtime.write(notice)])
    return [
        {key: value for key, value in message.items() if key != "event_id"} for message in messages
    ]
