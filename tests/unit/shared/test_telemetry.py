"""Logs with their context, and what a process answers over HTTP."""

import json
import logging
import socket
from collections.abc import Iterator

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer

from shared.errors import VoiceChatError
from shared.metrics import StageMetrics
from shared.telemetry import (
    LogSettings,
    Readiness,
    TelemetrySettings,
    add_routes,
    serve_telemetry,
    setup_logging,
)


@pytest.fixture(autouse=True)
def _loggers() -> Iterator[None]:
    """Leave logging as it was."""
    root, access = logging.getLogger(), logging.getLogger("aiohttp.access")
    before = (root.level, access.level, root.handlers[:])
    yield
    root.handlers[:] = before[2]
    root.setLevel(before[0])
    access.setLevel(before[1])


def logged(capsys: pytest.CaptureFixture[str], settings: LogSettings, **context: object) -> str:
    setup_logging(settings)
    logging.getLogger("shared.sample").info("done in %d ms", 7, extra=context)
    return capsys.readouterr().err


def test_a_line_for_people_names_its_session(capsys: pytest.CaptureFixture[str]) -> None:
    line = logged(capsys, LogSettings(), session="abc", turn=2, nobody="asked")
    assert "INFO    shared.sample  done in 7 ms  session=abc turn=2\n" in line
    assert "asked" not in line


def test_the_first_turn_has_its_number_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert logged(capsys, LogSettings(), session="abc", turn=0).endswith("session=abc turn=0\n")


def test_a_line_without_context_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert logged(capsys, LogSettings()).endswith("done in 7 ms\n")


def test_a_line_for_machines_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    line = logged(capsys, LogSettings(format="json"), session="abc", turn=2, entry="1-0")
    event = json.loads(line)
    assert event.pop("time")
    assert event == {
        "level": "INFO",
        "logger": "shared.sample",
        "message": "done in 7 ms",
        "session": "abc",
        "turn": 2,
        "entry": "1-0",
    }


def test_an_exception_stays_on_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    setup_logging(LogSettings(format="json"))
    try:
        raise ValueError("broken")
    except ValueError:
        logging.getLogger("shared.sample").exception("it fell")
    [line] = capsys.readouterr().err.splitlines()
    assert "ValueError: broken" in json.loads(line)["exception"]


def test_what_is_below_the_level_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert logged(capsys, LogSettings(level="WARNING")) == ""


async def ready() -> Readiness:
    return Readiness(True, {"engine": "tone"})


async def loading() -> Readiness:
    return Readiness(False, {"missing": "the engine is loading"})


def client(probe: object) -> TestClient[web.Request, web.Application]:
    app = web.Application()
    add_routes(app, probe)  # type: ignore[arg-type]  # one of the two above
    return TestClient(TestServer(app))


@pytest.mark.parametrize(
    ("probe", "status", "body"),
    [
        (ready, 200, {"ready": True, "engine": "tone"}),
        (loading, 503, {"ready": False, "missing": "the engine is loading"}),
    ],
)
async def test_readiness_says_what_is_missing(probe: object, status: int, body: object) -> None:
    async with client(probe) as asking:
        answer = await asking.get("/readyz")
        assert (answer.status, await answer.json()) == (status, body)


async def test_a_process_that_loads_is_healthy() -> None:
    async with client(loading) as asking:
        answer = await asking.get("/healthz")
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})


async def samples(asking: TestClient[web.Request, web.Application]) -> dict[str, float]:
    answer = await asking.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    lines = (await answer.text()).splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


async def test_metrics_count_the_jobs_of_a_stage() -> None:
    metrics = StageMetrics("tts")
    metrics.waiting(2)
    async with client(ready) as asking:
        before = await samples(asking)
        metrics.published(0, 0.02)
        metrics.published(1, 0.04)
        metrics.ended("done", 0.001, 0.1)
        metrics.ended("stale", 0.001, 0.3)
        metrics.adopted()
        metrics.waiting(3)
        after = await samples(asking)
    added = {name: value - before.get(name, 0) for name, value in after.items()}
    assert added['voicechat_jobs_total{outcome="done",stage="tts"}'] == 1
    assert added['voicechat_job_first_result_seconds_count{stage="tts"}'] == 1
    assert added['voicechat_job_queued_seconds_bucket{le="0.001",stage="tts"}'] == 2
    worked = "voicechat_job_worked_seconds_sum"
    assert added[f'{worked}{{outcome="done",stage="tts"}}'] == pytest.approx(0.1)
    assert added[f'{worked}{{outcome="stale",stage="tts"}}'] == pytest.approx(0.3)
    assert added['voicechat_jobs_adopted_total{stage="tts"}'] == 1
    assert after['voicechat_jobs_waiting{stage="tts"}'] == 3


async def test_a_worker_answers_while_it_runs(free_port: int) -> None:
    settings = TelemetrySettings(port=free_port)
    async with serve_telemetry(settings, ready), ClientSession() as session:
        answer = await session.get(f"http://127.0.0.1:{free_port}/healthz")
        assert answer.status == 200
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", free_port)).close()


async def test_a_port_in_use_is_named_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(VoiceChatError, match=f":{port} .*VOICECHAT_TELEMETRY_PORT"):
            async with serve_telemetry(TelemetrySettings(port=port), ready):
                pytest.fail("somebody else listens there")
