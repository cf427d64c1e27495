"""Opens WebSockets to a gateway, and says why that failed."""

import asyncio
import re
from collections.abc import Mapping

import aiohttp

from shared.errors import VoiceChatError

_CONNECT_TIMEOUT_S = 10.0
_HEARTBEAT_S = 5.0
"""Who can resume wants to know soon that the connection is lost."""
_REASON_TIMEOUT = aiohttp.ClientTimeout(total=3)
_MOST_MESSAGE_BYTES = 16 * 1024 * 1024
_PASSING = (429, 502, 503, 504)
"""Statuses of a gateway that is full or asked too fast, and of a proxy whose gateway is away."""


class NobodyThere(VoiceChatError):
    """No gateway takes us just now."""


async def open_socket(
    web: aiohttp.ClientSession, url: str, query: Mapping[str, str]
) -> aiohttp.ClientWebSocketResponse:
    """A WebSocket to the gateway at this URL, with a query behind it.

    Raises VoiceChatError, or NobodyThere if the gateway may be there again in a moment.
    """
    try:
        async with asyncio.timeout(_CONNECT_TIMEOUT_S):
            return await web.ws_connect(
                url, params=query, max_msg_size=_MOST_MESSAGE_BYTES, heartbeat=_HEARTBEAT_S
            )
    except aiohttp.ClientSSLError as error:
        raise VoiceChatError(_distrust(url, error)) from error
    except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, ValueError) as error:
        raise VoiceChatError(f"{url!r} is not a WebSocket URL like ws://host:8000/…") from error
    except aiohttp.WSServerHandshakeError as error:
        kind = NobodyThere if error.status in _PASSING else VoiceChatError
        raise kind(await _refusal(web, url, error.status)) from error
    except aiohttp.ServerDisconnectedError as error:
        raise NobodyThere(
            f"{url} hangs up: if it is a gateway with TLS, its URL begins with wss://"
        ) from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise NobodyThere(
            f"nothing answers at {url}: start the system with 'voicechat up', or give its URL "
            "with --url"
        ) from error


def _distrust(url: str, error: aiohttp.ClientSSLError) -> str:
    """Why no TLS connection came about."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        cause = getattr(error.certificate_error, "verify_message", "it does not fit")
        return (
            f"the certificate of {url} is not trusted ({cause}): name the file of its authority, "
            "or of itself, with --ca"
        )
    return f"{url} does not speak TLS: without, its URL begins with ws://"


async def _refusal(web: aiohttp.ClientSession, url: str, status: int) -> str:
    """Why the handshake failed; a gateway says it to anybody who asks, the handshake drops it."""
    if status not in (401, 403, 429, 503):
        return f"there is no gateway at {url} (status {status}): its path is usually /v1/realtime"
    told = f"{url} refuses us with status {status}"
    try:
        async with web.get(re.sub("^ws", "http", url), timeout=_REASON_TIMEOUT) as answer:
            reason = (await answer.json())["error"]["message"]
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError, KeyError, TypeError):
        return f"{told}: it is full, or does not let in who comes from here without a key"
    where = "; give one with --key, or in VOICECHAT_CLIENT_KEY" if status == 401 else ""
    return f"{told}: {reason}{where}"
