"""Who may connect: web pages of foreign origin may not, for browsers let any page try."""

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit


def is_allowed(origin: str | None, host: str, *, listening: str, origins: Collection[str]) -> bool:
    """Whether a page of this origin may open a WebSocket.

    `origin` and `host` are the request's headers, `listening` the address that we listen on. A
    program sends no Origin and is welcome. A page is if its origin is in `origins`, if it was
    served by this very machine, or by us. While we listen on a loopback address, a host name that
    is not loopback is no proof of the last: a foreign name can be made to point at 127.0.0.1.
    """
    if origin is None or origin in origins:
        return True
    try:
        page = urlsplit(origin)
    except ValueError:
        return False
    if page.scheme not in ("http", "https"):
        return False
    if is_loopback(page.hostname or ""):
        return True
    return page.netloc == host and not is_loopback(listening)


def is_loopback(host: str) -> bool:
    """Whether this is a name or address of the machine itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
