"""Runs a gateway until it is told to stop."""

import asyncio
import gc
import logging
import os
import sys

# Before numpy is imported: BLAS's own threads wait for each other longer than these products take.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from gateway.app import listening
from gateway.endpointing_settings import EndpointingSettings
from gateway.settings import GatewaySettings
from gateway.tool_port import tool_runner
from gateway.tools_file import read_tools_file
from gateway.turn_model import choose_turn_model, loaded
from shared.broker import BusSettings
from shared.bus import connect
from shared.process import run
from shared.settings import GROUPS, Environment

logger = logging.getLogger(__name__)


async def _program(environment: Environment, stopping: asyncio.Event) -> None:
    settings = environment.read(GatewaySettings, "GATEWAY")
    endpointing = environment.read(EndpointingSettings, "ENDPOINTING")
    turn_model = choose_turn_model(endpointing.turn_model, environment)
    tool_servers = read_tools_file(settings.tools_file, os.environ)
    redis = environment.read(BusSettings, "REDIS")
    environment.leave(group for group in GROUPS if group not in ("GATEWAY", "ENDPOINTING"))
    environment.check()
    async with (
        connect(redis) as bus,
        loaded(turn_model) as model,
        tool_runner(tool_servers) as tools,
        listening(settings, endpointing, bus, model, tools) as port,
    ):
        # What is there now stays; looking through it for garbage stops all sessions.
        gc.freeze()
        scheme = "https" if settings.tls_certificate else "http"
        logger.info("listening on %s://%s:%d", scheme, settings.host, port)
        await stopping.wait()


if __name__ == "__main__":
    sys.exit(run(_program))
