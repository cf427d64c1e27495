"""The client library and a live gateway over TLS, with a key."""

import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from gateway_bench import bench

from client import checks
from client.access import Access
from client.connection import connect
from deploy.certificate import CertificateFiles, certificate_for, this_machine
from gateway.settings import GatewaySettings
from shared.errors import VoiceChatError
from shared.state_folder import local_certificate

KEY = "k-0123456789abcdef"


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CertificateFiles:
    """A certificate that is not where clients look for this machine's."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return certificate_for(this_machine(), tmp_path / "certificate.pem")


@asynccontextmanager
async def gateway(redis_url: str, files: CertificateFiles) -> AsyncIterator[str]:
    """The address of a gateway with TLS and a key."""
    settings = GatewaySettings(
        tls_certificate=str(files.certificate), tls_key=str(files.key), key=KEY
    )
    async with bench(redis_url, settings) as stage:
        yield f"127.0.0.1:{stage.port}/v1/realtime"


async def told(url: str, access: Access) -> str:
    """What is said of a connection that does not come about."""
    with pytest.raises(VoiceChatError) as error:
        async with connect(url, access=access):
            pass
    return str(error.value)


async def test_a_client_with_key_and_certificate_is_let_in(
    redis_url: str, files: CertificateFiles
) -> None:
    access = Access(key=KEY, ca=str(files.certificate))
    async with gateway(redis_url, files) as place:
        async with connect(f"wss://{place}", access=access) as connection:
            await connection.send_text("hello")
        async with connect(f"wss://{place.replace('127.0.0.1', 'localhost')}", access=access):
            pass


async def test_the_certificate_of_this_machine_needs_not_be_named(redis_url: str) -> None:
    ours = certificate_for(this_machine(), local_certificate(os.environ))
    async with gateway(redis_url, ours) as place, connect(f"wss://{place}", access=Access(key=KEY)):
        pass


async def test_it_stands_up_to_a_strict_verifier(redis_url: str, files: CertificateFiles) -> None:
    context = ssl.create_default_context(cafile=files.certificate)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    settings = GatewaySettings(tls_certificate=str(files.certificate), tls_key=str(files.key))
    async with bench(redis_url, settings) as stage:
        url = f"https://localhost:{stage.port}/healthz"
        async with stage.web.get(url, ssl=context) as response:
            assert response.status == 200


async def test_an_unknown_certificate_is_not_trusted_and_says_what_to_do(
    redis_url: str, files: CertificateFiles
) -> None:
    async with gateway(redis_url, files) as place:
        said = await told(f"wss://{place}", Access(key=KEY))
    assert "is not trusted" in said
    assert "--ca" in said


async def test_a_key_that_is_missing_or_wrong_is_told(
    redis_url: str, files: CertificateFiles
) -> None:
    async with gateway(redis_url, files) as place:
        said = await told(f"wss://{place}", Access(ca=str(files.certificate)))
        assert "status 401: a key is needed" in said
        assert "--key" in said
        said = await told(f"wss://{place}", Access(ca=str(files.certificate), key="wrong"))
        assert "status 401: the key is not known" in said


async def test_the_doctor_knows_a_gateway_with_tls(redis_url: str, files: CertificateFiles) -> None:
    async with gateway(redis_url, files) as place:
        port = str(urlsplit(f"wss://{place}").port)
        found = await checks.port({"VOICECHAT_GATEWAY_PORT": port})
    assert found.detail.startswith(f"a gateway runs at 127.0.0.1:{port}")


async def test_tls_or_none_is_told_apart(redis_url: str, files: CertificateFiles) -> None:
    async with gateway(redis_url, files) as place:
        assert "begins with wss://" in await told(f"ws://{place}", Access())
    async with bench(redis_url) as stage:
        url = f"wss://127.0.0.1:{stage.port}/v1/realtime"
        assert "begins with ws://" in await told(url, Access())
