"""Addresses as clients write them. Pure."""

from ipaddress import ip_address


def reachable(host: str) -> str:
    """The host of a URL at which a listener on `host` answers on the same machine."""
    if host in ("", "0.0.0.0"):
        return "127.0.0.1"
    return bracketed("::1" if host == "::" else host)


def bracketed(host: str) -> str:
    """The host as it stands before a colon and a port."""
    return f"[{host}]" if ":" in host else host


def is_loopback(host: str) -> bool:
    """Whether this is a name or address of the machine itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
