"""The gateway's web server: who is let in, and what is answered besides conversations."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import WSCloseCode, web

from gateway import metrics
from gateway.auth import is_allowed
from gateway.endpointing_settings import EndpointingSettings
from gateway.endpoints.errand import Errands
from gateway.endpoints.routes import add_endpoints
from gateway.line import ClientIdle, ClientTooSlow
from gateway.load import Load
from gateway.mailbox import Mailbox
from gateway.offers import Offers
from gateway.protocols.realtime import Realtime
from gateway.second_opinion import SecondOpinion
from gateway.session import Session, Tools
from gateway.settings import GatewaySettings
from gateway.turn_model import TurnModel
from gateway.voice_activity import VoiceActivity, load_detector
from shared.bus import Bus
from shared.errors import BrokerError, VoiceChatError
from shared.telemetry import Readiness, add_routes, cause_of

logger = logging.getLogger(__name__)

_SHUTDOWN_S = 5.0
_WELCOME = {
    "name": "voicechat",
    "realtime": "/v1/realtime",
    "http": "/v1/audio/transcriptions, /v1/audio/speech, /v1/chat/completions",
    "documentation": "docs/protocol.md",
    "ready": "/readyz",
    "metrics": "/metrics",
}


class Gateway:
    """All sessions of this process."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._settings = settings = tools.settings
        self._bus = bus = tools.bus
        self._id = secrets.token_hex(4)
        self._sockets: set[web.WebSocketResponse] = set()
        self.mailbox = Mailbox(bus, self._id, settings.most_incoming)

    def app(self) -> web.Application:
        """The web application."""
        app = web.Application()
        app.router.add_get("/", self._welcome)
        app.router.add_get("/v1/realtime", self._realtime)
        errands = Errands(self._bus, self.mailbox, self._id, self._settings.turn_timeout_s)
        add_endpoints(app, errands, Offers(self._bus), self._settings)
        add_routes(app, self._probe)
        app.on_shutdown.append(self._close_all)
        return app

    async def _welcome(self, _: web.Request) -> web.Response:
        return web.json_response(_WELCOME)

    async def _realtime(self, request: web.Request) -> web.StreamResponse:
        if (refusal := self._refusal(request)) is not None:
            return refusal
        socket = web.WebSocketResponse(
            protocols=("realtime",),
            heartbeat=self._settings.heartbeat_s,
            max_msg_size=4 * self._settings.most_message_bytes,
            compress=False,
        )
        self._sockets.add(socket)
        try:
            await socket.prepare(request)
            await self._converse(request, socket)
        finally:
            self._sockets.discard(socket)
        return socket

    def _refusal(self, request: web.Request) -> web.Response | None:
        """The answer to a client that is not let in."""
        origin, settings = request.headers.get("Origin"), self._settings
        if not is_allowed(origin, request.host, listening=settings.host, origins=settings.origins):
            metrics.SESSIONS_REFUSED.labels("origin").inc()
            told = f"pages of {origin} may not connect; VOICECHAT_GATEWAY_ORIGINS lists who may"
            return web.json_response({"error": told}, status=403)
        if len(self._sockets) >= settings.most_sessions:
            metrics.SESSIONS_REFUSED.labels("full").inc()
            told = f"all {settings.most_sessions} sessions are taken; try again later"
            return web.json_response({"error": told}, status=503, headers={"Retry-After": "5"})
        return None

    async def _converse(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        name = secrets.token_hex(8)
        protocol = Realtime(name, request.query.get("model", "voicechat")[:100], self._settings)
        outcome = "left"
        logger.info("a session begins", extra={"session": name})
        with self.mailbox.inbox(name) as inbox, metrics.SESSIONS.track_inprogress():
            session = Session(
                name,
                self._id,
                tools=self._tools,
                protocol=protocol,
                inbox=inbox,
            )
            try:
                await session.run(socket)
            except ClientTooSlow:
                outcome = "cut_off"
                _cut_off(request)
            except ClientIdle:
                outcome = "idle"
                told = f"nothing was heard for {self._settings.idle_close_s:g} s; connect again"
                await socket.close(code=WSCloseCode.OK, message=told.encode())
        metrics.SESSIONS_ENDED.labels(outcome).inc()
        logger.info("a session ends: %s", outcome, extra={"session": name})

    async def _probe(self) -> Readiness:
        try:
            await self._bus.ping()
            workers = await self._bus.live_workers()
        except BrokerError as error:
            return Readiness(False, {"missing": str(error)})
        missing = ", ".join(stage for stage, count in workers.items() if not count)
        detail: dict[str, str | int | bool] = {
            f"{stage}_workers": count for stage, count in workers.items()
        }
        if missing:
            return Readiness(False, detail | {"missing": f"no worker of: {missing}"})
        return Readiness(True, detail)

    async def _close_all(self, _: web.Application) -> None:
        goodbyes = (
            socket.close(code=WSCloseCode.GOING_AWAY, message=b"the gateway is stopping")
            for socket in set(self._sockets)
        )
        await asyncio.gather(*goodbyes)


def _cut_off(request: web.Request) -> None:
    """Drop the connection: a goodbye would have to wait in the same queue that nobody reads."""
    if request.transport is not None:
        request.transport.abort()


@asynccontextmanager
async def listening(
    settings: GatewaySettings,
    endpointing: EndpointingSettings,
    bus: Bus,
    turn_model: TurnModel | None = None,
) -> AsyncIterator[int]:
    """A gateway at work, as the port it listens on; raises VoiceChatError if that is taken."""
    voices, opinion = VoiceActivity(load_detector()), SecondOpinion(turn_model)
    tools = Tools(bus, settings, endpointing, voices, Load(bus), opinion)
    gateway = Gateway(tools)
    async with asyncio.TaskGroup() as tasks:
        steps = (gateway.mailbox.run(), tools.voices.run(), tools.load.run())
        aides = [tasks.create_task(step) for step in steps]
        runner = web.AppRunner(gateway.app(), access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        try:
            await _listen(runner, settings)
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()
            await tools.second_opinion.close()
            for aide in aides:
                aide.cancel()


async def _listen(runner: web.AppRunner, settings: GatewaySettings) -> None:
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError as error:
        raise VoiceChatError(
            f"cannot listen on {settings.host}:{settings.port} ({cause_of(error)}); "
            "set VOICECHAT_GATEWAY_PORT to a free port"
        ) from error
