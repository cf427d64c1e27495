"""The gateway's web server: its routes, and what runs beside them."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from ssl import SSLContext

from aiohttp import web

from gateway.admission import REALTIME, Admission
from gateway.client_secrets import ClientSecrets
from gateway.client_tokens import ClientTokens
from gateway.endpointing_settings import EndpointingSettings
from gateway.endpoints.errand import Errands
from gateway.endpoints.routes import add_endpoints
from gateway.guard import add_guard
from gateway.keys import Keys
from gateway.load import Load
from gateway.mailbox import Mailbox
from gateway.offers import Offers
from gateway.page import add_page
from gateway.protocols.realtime import Realtime
from gateway.protocols.realtime_beta import HEADER, SUBPROTOCOL, RealtimeBeta
from gateway.protocols.realtime_client import Kind
from gateway.protocols.resume import ResumableProtocol
from gateway.protocols.voicechat2 import VoiceChat2
from gateway.second_opinion import SecondOpinion
from gateway.session_tools import Tools
from gateway.settings import GatewaySettings
from gateway.sockets import Sockets
from gateway.tls import server_context
from gateway.tool_port import NoTools, ToolRunner
from gateway.turn_model import TurnModel
from gateway.voice_activity import VoiceActivity, load_detector
from shared.bus import Bus
from shared.errors import BrokerError, VoiceChatError
from shared.telemetry import Readiness, add_routes, cause_of

_SHUTDOWN_S = 5.0
_WELCOME = {
    "name": "voicechat",
    "realtime": "/v1/realtime",
    "voicechat2": "/ws",
    "http": "/v1/audio/transcriptions, /v1/audio/speech, /v1/chat/completions",
    "documentation": "docs/protocol.md, docs/http.md",
    "ready": "/readyz",
    "metrics": "/metrics",
}


class Gateway:
    """What this process answers."""

    def __init__(self, tools: Tools, keys: Keys) -> None:
        self._settings = settings = tools.settings
        self._bus = bus = tools.bus
        name = secrets.token_hex(4)
        self.mailbox = Mailbox(bus, name, settings.most_incoming)
        self.sockets = Sockets(tools, name, self.mailbox)
        self._errands = Errands(bus, self.mailbox, name, settings.turn_timeout_s)
        self._offers = Offers(bus)
        self._admission = Admission(settings, keys, ClientTokens(bus.notes))
        self._client_secrets = ClientSecrets(settings, bus)

    def app(self) -> web.Application:
        """The web application."""
        app = web.Application()
        add_guard(app, self._admission)
        if self._settings.page_folder:
            add_page(app, Path(self._settings.page_folder))
        else:
            app.router.add_get("/", self._welcome)
        app.router.add_get(REALTIME, self._realtime)
        app.router.add_post(f"{REALTIME}/client_secrets", self._client_secrets.create)
        app.router.add_get("/ws", self._voicechat2)
        add_endpoints(app, self._errands, self._offers, self._settings)
        add_routes(app, self._probe)
        app.on_shutdown.append(self._close_all)
        return app

    async def _welcome(self, _: web.Request) -> web.Response:
        return web.json_response(_WELCOME)

    async def _realtime(self, request: web.Request) -> web.StreamResponse:
        model = request.query.get("model", "voicechat")[:100]

        kind: Kind = (
            "transcription" if request.query.get("intent") == "transcription" else "realtime"
        )
        voices = await self._voices()

        def protocol(session: str) -> ResumableProtocol:
            realtime = Realtime(session, model, self._settings, voices, kind)
            return RealtimeBeta(realtime) if _is_beta(request) else realtime

        return await self.sockets.serve(
            request, protocol, subprotocols=("realtime", SUBPROTOCOL), resumable=protocol
        )

    async def _voices(self) -> tuple[str, ...]:
        """Names of the voices that can be had now; none if that cannot be told."""
        try:
            return tuple(voice.name for voice in await self._offers.voices())
        except BrokerError:
            return ()

    async def _voicechat2(self, request: web.Request) -> web.StreamResponse:
        return await self.sockets.serve(request, lambda _: VoiceChat2(self._settings))

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
        await self.sockets.close()


def _is_beta(request: web.Request) -> bool:
    """Whether the client speaks the Realtime API as it was in its beta."""
    name, value = HEADER
    offered = request.headers.getall("Sec-WebSocket-Protocol", ())
    is_offered = any(SUBPROTOCOL in protocols for protocols in offered)
    return is_offered or value in request.headers.get(name, "")


@asynccontextmanager
async def listening(
    settings: GatewaySettings,
    endpointing: EndpointingSettings,
    bus: Bus,
    turn_model: TurnModel | None = None,
    tool_runner: ToolRunner = NoTools(),  # noqa: B008 - it holds nothing
) -> AsyncIterator[int]:
    """A gateway at work, as the port it listens on; raises VoiceChatError if that is taken."""
    settings.check_exposure()
    keys, tls = Keys(settings), server_context(settings)
    voices, opinion = VoiceActivity(load_detector()), SecondOpinion(turn_model)
    tools = Tools(bus, settings, endpointing, voices, Load(bus), opinion, tool_runner)
    gateway = Gateway(tools, keys)
    async with asyncio.TaskGroup() as tasks:
        steps = (gateway.mailbox.run(), tools.voices.run(), tools.load.run(), keys.run())
        aides = [tasks.create_task(step) for step in steps]
        runner = web.AppRunner(gateway.app(), access_log=None, shutdown_timeout=_SHUTDOWN_S)
        await runner.setup()
        try:
            await _listen(runner, settings, tls)
            keys.announce()
            yield runner.addresses[0][1]
        finally:
            await runner.cleanup()
            await tools.second_opinion.close()
            for aide in aides:
                aide.cancel()


async def _listen(runner: web.AppRunner, settings: GatewaySettings, tls: SSLContext | None) -> None:
    try:
        await web.TCPSite(runner, settings.host, settings.port, ssl_context=tls).start()
    except OSError as error:
        raise VoiceChatError(
            f"cannot listen on {settings.host}:{settings.port} ({cause_of(error)}); "
            "set VOICECHAT_GATEWAY_PORT to a free port"
        ) from error
