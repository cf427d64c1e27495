"""What a request says of its sender: the page it comes from, the key it shows, its address.

Browsers let any page try to connect to anywhere, so pages of foreign origin are refused.
"""

from collections.abc import Collection
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import SplitResult, urlsplit

from shared.addresses import is_loopback
from shared.errors import SettingsError

Networks = tuple[IPv4Network | IPv6Network, ...]

_KEY_PROTOCOL = "openai-insecure-api-key."
_PORTS = {"http": 80, "https": 443}
_ONE_SITE = 64
"""Bits of an IPv6 address that tell a household or a server from another; it picks the rest."""


def is_allowed(origin: str | None, host: str, *, listening: str, origins: Collection[str]) -> bool:
    """Whether a page of this origin may use us.

    `origin` and `host` are the request's headers, `listening` the address that we listen on. A
    program sends no Origin and is welcome. A page is if its origin is in `origins`, or if we have
    served it ourselves: from loopback at the very port that it asks now, or at an address. That
    Origin and Host agree on a name is no proof of that: whoever owns a name can make it point at us
    (DNS rebinding). While we listen on a loopback address, pages of others did not come from us.
    """
    if origin is None or origin in origins:
        return True
    page, asked = _parsed(origin), _parsed(f"http://{host}")
    if page is None or asked is None or page.scheme not in _PORTS:
        return False
    if is_loopback(page.hostname or "") and is_loopback(asked.hostname or ""):
        return _port(page, page.scheme) == _port(asked, page.scheme)
    is_ours = page.netloc == host and _address(page.hostname or "") is not None
    return is_ours and not is_loopback(listening)


def shown_key(authorization: str | None, protocols: str) -> str:
    """The key that a request shows; empty if it shows none.

    The values are those of the headers Authorization and Sec-WebSocket-Protocol: a browser cannot
    set the former for a WebSocket.
    """
    scheme, _, key = (authorization or "").strip().partition(" ")
    if scheme.lower() == "bearer":
        return key.strip()
    for protocol in protocols.split(","):
        if protocol.strip().startswith(_KEY_PROTOCOL):
            return protocol.strip().removeprefix(_KEY_PROTOCOL)
    return ""


def read_networks(texts: Collection[str]) -> Networks:
    """Networks and single addresses; raises SettingsError for what is neither."""
    try:
        return tuple(ip_network(text) for text in texts)
    except ValueError as error:
        raise SettingsError(f"VOICECHAT_GATEWAY_TRUSTED_PROXIES: {error}") from error


def sender(peer: str | None, forwarded: str, proxies: Networks) -> str:
    """The address that a request comes from, as it is counted; empty for a local socket.

    `forwarded` is the header X-Forwarded-For. It is believed as far as trusted proxies have
    written it: from its end up to the first address that is none of theirs.
    """
    address = _address(peer or "")
    for text in reversed(forwarded.split(",")):
        if address is None or not any(address in network for network in proxies):
            break
        address = _address(text.strip()) or address
    return _counted(address) if address else ""


def _counted(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address) or address.is_loopback:
        return str(address)
    return str(ip_network((address, _ONE_SITE), strict=False))


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _parsed(url: str) -> SplitResult | None:
    try:
        parsed = urlsplit(url)
        _ = parsed.port
    except ValueError:
        return None
    return parsed


def _port(url: SplitResult, scheme: str) -> int:
    """Its port, else the usual one of the scheme."""
    return url.port or _PORTS[scheme]
