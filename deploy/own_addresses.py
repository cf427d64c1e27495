"""The addresses under which other machines reach this one."""

import fcntl
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

_SIOCGIFADDR = 0x8915
_IPV6 = Path("/proc/net/if_inet6")
_TEMPORARY = 0x01
"""Flag of an IPv6 address that changes every day."""

Address = IPv4Address | IPv6Address


def own_addresses() -> tuple[Address, ...]:
    """All of them, sorted; without loopback, and those that hold for a link or a day only."""
    found = {*_by_interface(), *_ipv6(), *_by_route()}
    lasting = (address for address in found if not address.is_loopback)
    usable = [address for address in lasting if not address.is_link_local]
    return tuple(sorted(usable, key=lambda address: (address.version, int(address))))


def _by_interface() -> Iterator[Address]:
    """The IPv4 address of each interface, as Linux tells it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            with suppress(OSError):  # this interface has none, or the system is not Linux
                asked = struct.pack("256s", name.encode()[:15])
                answer = fcntl.ioctl(asking.fileno(), _SIOCGIFADDR, asked)
                yield IPv4Address(answer[20:24])


def _ipv6() -> Iterator[Address]:
    """The IPv6 addresses that Linux lists."""
    lines = _IPV6.read_text().splitlines() if _IPV6.exists() else []
    for line in lines:
        digits, _, _, _, flags, _ = line.split()
        if not int(flags, 16) & _TEMPORARY:
            yield IPv6Address(int(digits, 16))


def _by_route() -> Iterator[Address]:
    """The address that would be used towards others, on any system; nothing is sent."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.connect(("192.0.2.1", 9))
        yield ip_address(asking.getsockname()[0])
