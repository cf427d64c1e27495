"""A real Redis for every test that asks for one."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from bench.redis_server import RedisServer, redis_binary
from bench.system import free_port as find_free_port

# The same examples each time, so that a red run tells of the change; for others:
# HYPOTHESIS_PROFILE=search make check
settings.register_profile("slow machine", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "slow machine"))


@pytest.fixture(scope="session")
def _shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(redis_binary(), tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def redis_server(_shared_redis: RedisServer) -> RedisServer:
    """The one Redis of the run, empty."""
    with _shared_redis.client() as client:
        client.flushall()
    return _shared_redis


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """URL of the one Redis of the run, empty."""
    return redis_server.url


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of the test's own, to be killed and restarted."""
    server = RedisServer(redis_binary(), tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def free_port() -> int:
    """A TCP port that nobody listens on."""
    return find_free_port()
