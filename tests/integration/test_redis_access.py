"""Redis behind a password, an ACL user and TLS."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.redis_server import RedisServer, redis_binary
from shared.broker import BusSettings
from shared.bus import connect
from shared.errors import BrokerError
from shared.messages import UserTurn
from shared.streams import CONTROL, TURNS

TURN = UserTurn(session="s", turn=1, gateway="g", deadline_s=9e9, text="hello")


@pytest.fixture
def guarded(tmp_path: Path, free_port: int) -> Iterator[RedisServer]:
    """A Redis with TLS only, whose one user may touch our keys and nothing else."""
    _certificate(tmp_path)
    words = ["--tls-port", str(free_port), "--tls-auth-clients", "no"]
    words += ["--tls-cert-file", str(tmp_path / "cert.pem")]
    words += ["--tls-key-file", str(tmp_path / "key.pem")]
    words += ["--user", "voice", "on", ">secret", "~{voicechat}:*", "&*", "+@all", "-@dangerous"]
    words += ["--requirepass", "other"]
    server = RedisServer(redis_binary(), tmp_path, *words)
    try:
        server.start()
    except RuntimeError:
        pytest.skip("this redis-server was built without TLS")
    server.url = f"rediss://voice:secret@localhost:{free_port}"
    yield server
    server.kill()


async def test_a_turn_travels_over_tls_as_an_acl_user(guarded: RedisServer, tmp_path: Path) -> None:
    settings = BusSettings(url=guarded.url, ca_file=str(tmp_path / "cert.pem"))
    async with connect(settings, "one") as bus:
        await bus.join(TURNS)
        await bus.submit(TURN, "g")
        delivery = await bus.take(TURNS, 1)
        assert delivery is not None
        await bus.deliver(delivery, 0, done=True)
        await bus.beat(TURNS)
        assert (await bus.live_workers())["llm"] == 1
        await bus.observe(CONTROL).aclose()


async def test_a_wrong_password_is_told_without_naming_it(
    guarded: RedisServer, tmp_path: Path
) -> None:
    url = guarded.url.replace("secret", "guess")
    settings = BusSettings(url=url, ca_file=str(tmp_path / "cert.pem"))
    with pytest.raises(BrokerError, match="refuses us") as caught:
        async with connect(settings, "one"):
            pass
    assert "guess" not in str(caught.value)


async def test_an_unknown_certificate_is_refused(guarded: RedisServer) -> None:
    with pytest.raises(BrokerError, match="does not answer"):
        async with connect(BusSettings(url=guarded.url, patience_s=0.2), "one"):
            pass


def _certificate(folder: Path) -> None:
    key, certificate = str(folder / "key.pem"), str(folder / "cert.pem")
    words = [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    words += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    words += ["-keyout", key, "-out", certificate]
    subprocess.run(["openssl", *words], check=True, capture_output=True)
