"""Ports to listen on, and what to do when there is none to be had."""

import errno
import os
import socket

from shared.addresses import bracketed
from shared.errors import VoiceChatError
from shared.settings import variable

_HOST = variable("GATEWAY", "host")
_PORT = variable("GATEWAY", "port")
_HIGHEST = 65_535


def free_port(host: str, port: int) -> int:
    """The port, or any free one for 0; raises VoiceChatError if nobody can listen there now."""
    if not 0 <= port <= _HIGHEST:
        raise VoiceChatError(f"{_PORT}={port} is no port: they go from 0 to {_HIGHEST}")
    try:
        family, address = _resolve(host, port)
        with socket.create_server(address, family=family) as listening:
            taken: int = listening.getsockname()[1]
            return taken
    except (OSError, UnicodeError) as error:
        cause, mend = _explain(error, port)
        raise VoiceChatError(
            f"cannot listen on {bracketed(host)}:{port} ({cause}): {mend}"
        ) from error


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    """IPv4 or IPv6, and the address that the name stands for."""
    found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, address = found[0]
    return family, (str(address[0]), port)


def _explain(error: Exception, port: int) -> tuple[str, str]:
    """The cause in the system's words, and what mends it."""
    number = error.errno if isinstance(error, OSError) else None
    if isinstance(error, socket.gaierror) or number is None:
        return "no such host", f"set {_HOST} to an address of this machine"
    cause = os.strerror(number).lower()
    match number:
        case errno.EADDRINUSE:
            other = port + 1 if port < _HIGHEST else port - 1
            return cause, f"stop what uses it, or choose another with {_PORT}={other}"
        case errno.EACCES:
            return cause, f"choose a port from 1024 on with {_PORT}"
        case _:
            return cause, f"set {_HOST} to an address of this machine"
