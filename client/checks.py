"""What `voicechat doctor` looks at, one function each."""

import asyncio
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, Literal

import aiohttp
import av
import msgspec

from client.settings import ClientSettings
from deploy.embedded_redis import REDIS_URL, find_server, given_url
from deploy.settings import Settings as UpSettings
from gateway.endpointing_settings import EndpointingSettings
from gateway.settings import GatewaySettings
from gateway.tools_file import read_tools_file
from gateway.turn_model import choose_turn_model
from shared.addresses import reachable
from shared.broker import BusSettings, open_broker
from shared.errors import EngineUnavailable, ModelError, VoiceChatError
from shared.registry import choose, find, install_command
from shared.settings import PREFIX, Environment, Settings, variable
from shared.telemetry import LogSettings, TelemetrySettings
from shared.voice_activity import VoiceDetector
from shared.worker import WorkerSettings

Health = Literal["ok", "optional", "fault"]

_PROBE_TIMEOUT = aiohttp.ClientTimeout(total=3)
_SERVICES = {
    "stt": ("stt_service.settings", "SttSettings"),
    "llm": ("llm_service.settings", "LlmSettings"),
    "tts": ("tts_service.settings", "Settings"),
}

STAGES = tuple(_SERVICES)
_GROUPS: dict[str, type[Settings]] = {
    "REDIS": BusSettings,
    "LOG": LogSettings,
    "TELEMETRY": TelemetrySettings,
    "WORKER": WorkerSettings,
    "GATEWAY": GatewaySettings,
    "UP": UpSettings,
    "CLIENT": ClientSettings,
}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What was found about one subject."""

    subject: str
    health: Health = "ok"
    """`optional`: missing, but the default set does without."""
    detail: str
    mend: str = ""
    """A command, or what else to do."""


def python(running: tuple[int, int, int]) -> Finding:
    """Whether this Python is new enough."""
    version = ".".join(map(str, running))
    if running >= (3, 11):
        return Finding(subject="Python", detail=version)
    return Finding(
        subject="Python",
        health="fault",
        detail=f"{version} is too old; 3.11 is needed",
        mend="sudo apt install python3.11-venv && make run PYTHON=python3.11",
    )


def opus() -> Finding:
    """Whether PyAV can make Opus."""
    try:
        av.codec.Codec("libopus", "w")
    except ValueError:
        return Finding(
            subject="Opus",
            health="fault",
            detail=f"PyAV {av.__version__} was built without libopus",
            mend=".venv/bin/pip install --force-reinstall --only-binary :all: 'av<19'",
        )
    return Finding(subject="Opus", detail=f"PyAV {av.__version__}")


def settings(environment: Mapping[str, str]) -> Finding:
    """Whether each variable with our prefix is known, and fits."""
    variables = Environment(environment)
    try:
        for group, kind in _GROUPS.items():
            variables.read(kind, group)
        endpointing = variables.read(EndpointingSettings, "ENDPOINTING")
        choose_turn_model(endpointing.turn_model, variables)
        tools_file = variables.read(GatewaySettings, "GATEWAY").tools_file
        read_tools_file(tools_file, environment)
        for stage in STAGES:
            _read_stage(stage, variables)
        variables.check()
        variables.read(GatewaySettings, "GATEWAY").check_exposure()
    except VoiceChatError as error:
        return Finding(subject="settings", health="fault", detail=str(error))
    count = sum(name.startswith(PREFIX) for name in environment)
    return Finding(subject="settings", detail=f"{count} of the environment, all known")


def _read_stage(stage: str, variables: Environment) -> None:
    chosen = variables.read(_stage_settings(stage), stage.upper())
    try:
        choose(_registry(stage), getattr(chosen, "engine", ""), variables, stage.upper())
    except EngineUnavailable:
        variables.leave([stage.upper()])


def _stage_settings(stage: str) -> type[Settings]:
    module, name = _SERVICES[stage]
    kind: type[Settings] = getattr(import_module(module), name)
    return kind


def _registry(stage: str) -> Mapping[str, str]:
    registry: Mapping[str, str] = import_module(f"{stage}_service.engines").ENGINES
    return registry


def voice_detection() -> Finding:
    """Whether voice detection can run."""
    try:
        VoiceDetector()
    except ModelError as error:
        return Finding(
            subject="voice detection",
            health="fault",
            detail=str(error),
            mend=install_command("voice-detection"),
        )
    return Finding(subject="voice detection", detail="Silero VAD")


def engines(stage: str, environment: Mapping[str, str]) -> Iterator[Finding]:
    """The chosen engine of a stage, loaded with its model; of the others, whether they could be."""
    registry, variables = _registry(stage), Environment(environment)
    try:
        own = variables.read(_stage_settings(stage), stage.upper())
        chosen: str = getattr(own, "engine", "")
        yield _load(stage, chosen, lambda: choose(registry, chosen, variables, stage.upper())())
    except VoiceChatError as error:
        yield Finding(subject=stage, health="fault", detail=str(error))
        chosen = ""
    for other in registry:
        if other != chosen:
            yield _import(stage, other, registry)


def _load(stage: str, name: str, make: Any) -> Finding:
    subject = f"{stage}: {name}"
    try:
        make().close()
    except VoiceChatError as error:
        detail, _, mend = str(error).partition("; install it with: ")
        return Finding(subject=subject, health="fault", detail=detail, mend=mend)
    return Finding(subject=subject, detail="chosen; loads, with its model")


def _import(stage: str, name: str, registry: Mapping[str, str]) -> Finding:
    subject = f"{stage}: {name}"
    try:
        find(registry, name)
    except VoiceChatError as error:
        detail, _, mend = str(error).partition("; install it with: ")
        return Finding(subject=subject, health="optional", detail=detail, mend=mend)
    return Finding(subject=subject, detail=f"can be chosen with {variable(stage, 'engine')}={name}")


async def redis(environment: Mapping[str, str]) -> Finding:
    """The Redis that would be used: whether it answers, or is there to be started."""
    try:
        if not (url := given_url(environment)):
            return Finding(subject="Redis", detail=f"a private one by {find_server()}")
        values = {**environment, REDIS_URL: url, variable("REDIS", "patience_s"): "1"}
        async with open_broker(Environment(values).read(BusSettings, "REDIS")):
            return Finding(subject="Redis", detail="the given one answers")
    except VoiceChatError as error:
        return Finding(
            subject="Redis",
            health="fault",
            detail=str(error),
            mend=f"start it, or unset {REDIS_URL} and REDIS_URL for a private one",
        )


async def port(environment: Mapping[str, str]) -> Finding:
    """The gateway's port: free, ours already, or somebody else's."""
    try:
        gateway = Environment(environment).read(GatewaySettings, "GATEWAY")
    except VoiceChatError as error:
        return Finding(subject="port", health="fault", detail=str(error))
    place = f"{reachable(gateway.host)}:{gateway.port}"
    try:
        _, writer = await asyncio.open_connection(gateway.host, gateway.port)
    except (OSError, OverflowError):
        return Finding(subject="port", detail=f"{place} is free")
    writer.close()
    for scheme in ("http", "https"):  # `voicechat up --tls` is in no setting
        if (answer := await _readiness(f"{scheme}://{place}/readyz")) is not None:
            return Finding(subject="port", detail=f"a gateway runs at {place}: {answer}")
    return Finding(
        subject="port",
        health="fault",
        detail=f"something else uses {place}",
        mend=f"export {variable('GATEWAY', 'port')}={gateway.port + 1}",
    )


async def _readiness(url: str) -> str | None:
    """What a gateway says of itself; none if it is none."""
    try:
        async with (
            aiohttp.ClientSession(timeout=_PROBE_TIMEOUT) as session,
            session.get(url, ssl=False) as answer,  # on this machine, and nothing secret is sent
        ):
            body = await answer.json()
            return "ready" if body["ready"] else f"not ready, {body.get('missing', 'loading')}"
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError, KeyError, TypeError):
        return None


def sound_card() -> Finding:
    """Whether `voicechat talk` can hear and play."""
    from client.sound_card import open_sound_card

    try:
        open_sound_card()
    except VoiceChatError as error:
        detail, _, mend = str(error).partition("; install it with: ")
        return Finding(subject="sound card", health="optional", detail=detail, mend=mend)
    return Finding(subject="sound card", detail="PortAudio is there, for 'voicechat talk'")


def running_python() -> tuple[int, int, int]:
    """The version of this Python."""
    return sys.version_info[:3]
