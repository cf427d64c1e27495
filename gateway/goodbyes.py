"""How clients are sent away, and what they are told then."""

import asyncio
from contextlib import suppress

from aiohttp import WSCloseCode, WSMsgType, web

from gateway import metrics, refusals
from gateway.protocols.port import ClientProtocol
from gateway.settings import GatewaySettings

TAKEN_OVER = 4001
"""WebSocket close code: the session goes on on another connection."""
NOT_RESUMABLE = 4004
"""WebSocket close code: there is no such session to go on with."""


async def expired(
    socket: web.WebSocketResponse, protocol: ClientProtocol, settings: GatewaySettings
) -> None:
    """The session has lasted as long as it may."""
    problem = refusals.session_expired(settings.longest_session_s)
    metrics.PROBLEMS.labels(problem.code).inc()
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(settings.send_timeout_s):
            for message in protocol.write(problem):
                await socket.send_frame(message, WSMsgType.TEXT)
    await socket.close(code=WSCloseCode.OK, message=problem.message.encode())


async def idle(socket: web.WebSocketResponse, settings: GatewaySettings) -> None:
    """The client has said nothing for too long."""
    told = f"nothing was heard for {settings.idle_close_s:g} s; connect again"
    await socket.close(code=WSCloseCode.OK, message=told.encode())


async def stopping(socket: web.WebSocketResponse) -> None:
    """The gateway stops."""
    await socket.close(code=WSCloseCode.GOING_AWAY, message=b"the gateway is stopping")


async def taken_over(socket: web.WebSocketResponse) -> None:
    """The client has come back on another connection, or another client has its secret."""
    await socket.close(code=TAKEN_OVER, message=b"the session goes on on another connection")


async def not_resumable(socket: web.WebSocketResponse, refusal: bytes) -> None:
    """There is no such session to go on with."""
    with suppress(ConnectionError):
        await socket.send_frame(refusal, WSMsgType.TEXT)
    await socket.close(code=NOT_RESUMABLE, message=b"there is no such session")


async def failed(socket: web.WebSocketResponse) -> None:
    """The session cannot go on here, by a fault of ours."""
    told = b"the gateway has made a mistake; connect again"
    await socket.close(code=WSCloseCode.INTERNAL_ERROR, message=told)


async def try_again(socket: web.WebSocketResponse) -> None:
    """Redis does not answer, so nobody knows."""
    told = b"Redis does not answer; try again in a moment"
    await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=told)
