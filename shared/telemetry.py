"""Logs, and what every process answers over HTTP: /healthz, /readyz and /metrics."""

import json
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Literal

import msgspec
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from shared.errors import VoiceChatError
from shared.settings import Settings

logger = logging.getLogger(__name__)

_CONTEXT = ("session", "turn", "entry")


class LogSettings(Settings, frozen=True, kw_only=True):
    """What is logged, and how. Never what was said."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """Least level shown."""
    format: Literal["human", "json"] = "human"
    """One line for people, or one JSON object, per event."""


class TelemetrySettings(Settings, frozen=True, kw_only=True):
    """Where a worker answers over HTTP."""

    host: str = "127.0.0.1"
    """Address to listen on; 0.0.0.0 in a container."""
    port: Annotated[int, msgspec.Meta(ge=0, le=65_535)] = 0
    """Port to listen on; 0 takes any free one and logs it."""


class Readiness(msgspec.Struct, frozen=True):
    """Whether a process can do its work."""

    is_ready: bool
    detail: dict[str, str | int | bool] = {}
    """What is there and what is missing."""


Probe = Callable[[], Awaitable[Readiness]]


class _HumanFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        context = " ".join(
            f"{k}={v}" for k in _CONTEXT if (v := getattr(record, k, None)) is not None
        )
        return f"{line}  {context}" if context else line


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        event = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        event |= {k: v for k in _CONTEXT if (v := getattr(record, k, None)) is not None}
        if record.exc_info:
            event["exception"] = self.formatException(record.exc_info)
        return json.dumps(event, ensure_ascii=False)


def setup_logging(settings: LogSettings) -> None:
    """Log to standard error, once per process."""
    human = _HumanFormatter("%(asctime)s %(levelname)-7s %(name)s  %(message)s", "%H:%M:%S")
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonFormatter() if settings.format == "json" else human)
    logging.basicConfig(level=settings.level, handlers=[handler], force=True)
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)


def add_routes(app: web.Application, probe: Probe) -> None:
    """Answer /healthz (the process runs), /readyz (it can work: 200 or 503) and /metrics."""

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def readyz(_: web.Request) -> web.Response:
        readiness = await probe()
        body = {"ready": readiness.is_ready, **readiness.detail}
        return web.json_response(body, status=200 if readiness.is_ready else 503)

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", metrics)


def cause_of(error: OSError) -> str:
    """The system's own words for it; asyncio wraps them in a sentence that repeats the address."""
    return os.strerror(error.errno).lower() if error.errno else str(error)


@asynccontextmanager
async def serve_telemetry(settings: TelemetrySettings, probe: Probe) -> AsyncIterator[None]:
    """Answer over HTTP while the block runs; raises VoiceChatError if the port is taken."""
    app = web.Application()
    add_routes(app, probe)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        host, port, *_ = runner.addresses[0]
        logger.info("telemetry at http://%s:%s/metrics", host, port)
        yield
    except OSError as error:
        raise VoiceChatError(
            f"cannot listen on {settings.host}:{settings.port} ({cause_of(error)}); "
            "set VOICECHAT_TELEMETRY_PORT to a free port"
        ) from error
    finally:
        await runner.cleanup()
