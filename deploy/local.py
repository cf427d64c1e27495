"""`voicechat up`: Redis, the gateway and the workers on this machine, under one supervisor."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib import import_module

import aiohttp

from deploy.console import Console
from deploy.embedded_redis import (
    REDIS_URL,
    find_server,
    given_url,
    private_folder,
    redis_part,
    socket_of,
)
from deploy.own_addresses import own_addresses
from deploy.parts import parts, with_ports
from deploy.ports import free_port
from deploy.settings import Settings
from deploy.supervisor import Supervisor
from gateway.settings import GatewaySettings
from shared.addresses import bracketed, reachable
from shared.broker import BusSettings, open_broker
from shared.errors import EngineUnavailable, VoiceChatError
from shared.registry import check_name, install_command
from shared.settings import GROUPS, Environment, variable
from shared.state_folder import local_certificate

_PORT = variable("GATEWAY", "port")
_CERTIFICATE = variable("GATEWAY", "tls_certificate")
_CERTIFICATE_KEY = variable("GATEWAY", "tls_key")
_TELEMETRY_PORT = variable("TELEMETRY", "port")
_STAGES = ("stt", "llm", "tts")
_USUAL_URL = f"http://{GatewaySettings().host}:{GatewaySettings().port}"
_PROBE_S = 0.1
_PROBE_TIMEOUT = aiohttp.ClientTimeout(total=5)
_READY = "ready"


async def up(environment: Mapping[str, str], *, is_tls: bool = False) -> int:
    """Run everything until Ctrl-C; returns the exit status.

    With `is_tls` the gateway speaks TLS, by a certificate that is made for it unless one is set.
    Raises VoiceChatError for what can be known before the processes are started.
    """
    ours = Environment(environment)
    settings, gateway = ours.read(Settings, "UP"), ours.read(GatewaySettings, "GATEWAY")
    ours.read(BusSettings, "REDIS")
    ours.leave([*(group for group in GROUPS if group not in ("UP", "GATEWAY")), "LOG"])
    ours.check()
    gateway.check_exposure()
    check_engines(environment)
    port = free_port(gateway.host, gateway.port)
    supervisor = Supervisor(console := Console(), settings.grace_s)
    if is_tls and not gateway.tls_certificate:
        environment = {**environment, **_own_certificate(environment, console)}
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, supervisor.stop)
    runner = _Runner(settings, {**environment, _PORT: str(port)}, console, supervisor)
    scheme = "https" if is_tls or gateway.tls_certificate else "http"
    places = [f"{scheme}://{host}:{port}" for host in _hosts(gateway.host)]
    console.step(f"the gateway: {gateway.welcome}")
    failure = await supervisor.run(runner.live(*places))
    if failure:
        print(f"error: {failure.reason}", file=sys.stderr)
        return failure.status
    console.step("stopped")
    return 0


def _own_certificate(environment: Mapping[str, str], console: Console) -> dict[str, str]:
    """The settings of a gateway with a self-signed certificate; raises VoiceChatError."""
    try:
        from deploy.certificate import certificate_for, this_machine
    except ImportError as error:
        raise VoiceChatError(
            f"--tls needs the package cryptography; install it with: {install_command('gateway')}"
        ) from error
    files = certificate_for(this_machine(), local_certificate(environment))
    console.step(f"{'made' if files.is_new else 'using'} the certificate {files.certificate}")
    return {_CERTIFICATE: str(files.certificate), _CERTIFICATE_KEY: str(files.key)}


def _hosts(host: str) -> list[str]:
    """As what a listener on this host is reached, from here first."""
    versions = {"0.0.0.0": (4,), "::": (6,), "": (4, 6)}.get(host, ())
    elsewhere = [address for address in own_addresses() if address.version in versions]
    return [reachable(host), *(bracketed(str(address)) for address in elsewhere)]


def check_engines(environment: Mapping[str, str]) -> None:
    """Raise EngineUnavailable for the name of no engine, which a worker would tell much later."""
    for stage in _STAGES:
        name = environment.get(choice := variable(stage, "engine"))
        if name is None:
            continue
        try:
            check_name(import_module(f"{stage}_service.engines").ENGINES, name)
        except EngineUnavailable as error:
            raise EngineUnavailable(f"{choice}: {error}") from error


class _Runner:
    """The life of the system: what stands on what."""

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        console: Console,
        supervisor: Supervisor,
    ) -> None:
        self._settings = settings
        self._environment = environment
        self._console = console
        self._supervisor = supervisor

    async def live(self, url: str, *elsewhere: str) -> None:
        """Start all, say so, and go on until cancelled; the URLs are those of the gateway."""
        async with self._redis() as redis_url:
            environment = {**self._environment, REDIS_URL: redis_url}
            await self._wait_for_redis(redis_url)
            started = parts(self._settings, sys.executable)
            if _TELEMETRY_PORT not in self._environment:
                started = with_ports(started, lambda: free_port("127.0.0.1", 0))
            self._console.step(f"starting {', '.join(part.name for part in started)}")
            async with self._supervisor.running(started, environment):
                await self._wait_until_ready(url)
                self._supervisor.all_stand()
                self._console.ready(url, started, elsewhere, is_usual=url == _USUAL_URL)
                await asyncio.Event().wait()

    @asynccontextmanager
    async def _redis(self) -> AsyncIterator[str]:
        """URL of a Redis: the given one, else our own."""
        if given := given_url(self._environment):
            self._console.step("using the Redis that the environment names")
            yield given
            return
        server = find_server()
        with private_folder() as folder:
            self._console.step(f"starting a private Redis ({server.name})")
            async with self._supervisor.running([redis_part(server, folder)], {}):
                yield f"unix://{socket_of(folder)}"

    async def _wait_for_redis(self, url: str) -> None:
        values = {**self._environment, REDIS_URL: url}
        async with open_broker(Environment(values).read(BusSettings, "REDIS")):
            self._console.step("Redis answers")

    async def _wait_until_ready(self, url: str) -> None:
        limit_s = self._settings.ready_timeout_s
        try:
            async with asyncio.timeout(limit_s):
                await self._watch(f"{url}/readyz")
        except TimeoutError:
            raise VoiceChatError(
                f"not ready after {limit_s:g} s; look at what was waited for last, "
                f"or give it more time with {variable('UP', 'ready_timeout_s')}"
            ) from None

    async def _watch(self, url: str) -> None:
        """Tell what is waited for, whenever that changes, until it is nothing."""
        told = ""
        async with aiohttp.ClientSession(timeout=_PROBE_TIMEOUT) as session:
            while (state := await _state(session, url)) != _READY:
                if state != told:
                    self._console.step(state)
                told = state
                await asyncio.sleep(_PROBE_S)


async def _state(session: aiohttp.ClientSession, url: str) -> str:
    try:
        async with session.get(url, ssl=False) as answer:  # our own process on this machine
            if answer.status == 200:
                return _READY
            body = await answer.json()
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return "the gateway is starting"
    return f"waiting: {body.get('missing', 'the gateway says it is not ready')}"
