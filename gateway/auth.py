"""Who may connect: web pages of foreign origin may not, for browsers let any page try."""

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit


def is_allowed(origin: str | None, host: str, *, listening: str, origins: Collection[str]) -> bool:
    """Whether a page of this origin may open a WebSocket.

    `origin` and `host` are the request's headers, `listening` the address that we listen on. A
    program sends no Origin and is welcome. A page is if its origin is in `origins`, if it was
    served by this very machine, or by us at an address. That Origin and Host agree on a name is no
    proof of the last: whoever owns a name can make it point at us (DNS rebinding). While we listen
    on a loopback address, pages of other addresses did not come from us.
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
    is_ours = page.netloc == host and _is_address(page.hostname or "")
    return is_ours and not is_loopback(listening)


def is_loopback(host: str) -> bool:
    """Whether this is a name or address of the machine itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return _is_address(host) and ip_address(host).is_loopback


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
