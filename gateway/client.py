"""A client as its session sees it."""

from collections.abc import Callable
from typing import NamedTuple

from aiohttp import WSMsgType

from gateway.guest import Guest
from gateway.protocols.port import ClientProtocol

Send = Callable[[list[bytes], WSMsgType], None]
"""Takes messages for the client, in their order; must not wait."""


class Client(NamedTuple):
    """What it speaks, what it may send, and how it is sent to."""

    protocol: ClientProtocol
    guest: Guest
    send: Send
