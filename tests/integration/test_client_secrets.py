"""Client tokens, as OpenAI's API has them, on several gateways."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from gateway_bench import PATIENCE_S, Bench, bench
from openai import AsyncOpenAI
from openai.types.realtime import ClientSecretCreateResponse
from test_access import ALICE, bearer, error_of, status

from bench.redis_server import RedisServer
from gateway.settings import GatewaySettings

URL = "/v1/realtime/client_secrets"
SESSION = {
    "type": "realtime",
    "model": "mine",
    "instructions": "Speak like a pirate.",
    "output_modalities": ["text"],
    "audio": {"input": {"turn_detection": None}},
}


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys"
    path.write_text(f"alice: {ALICE}\nbob: bob-{ALICE}\n")
    return path


async def make(stage: Bench, body: object = None, key: str = ALICE) -> dict[str, Any]:
    async with stage.web.post(f"{stage.url}{URL}", json=body or {}, headers=bearer(key)) as answer:
        assert answer.status == 200
        made: dict[str, Any] = await answer.json()
    return made


async def test_the_stock_client_makes_a_token_for_which_a_session_begins_as_configured(
    redis_url: str, keys: Path
) -> None:
    async with bench(redis_url, GatewaySettings(keys_file=str(keys))) as stage:
        async with AsyncOpenAI(api_key=ALICE, base_url=f"{stage.url}/v1") as openai:
            made = await openai.realtime.client_secrets.create(
                expires_after={"anchor": "created_at", "seconds": 60},
                session=SESSION,  # type: ignore[arg-type]  # a TypedDict, written as what it is
            )
        ClientSecretCreateResponse.model_validate(made.model_dump(), strict=True)
        assert made.value.startswith("ek_")
        assert abs(made.expires_at - time.time() - 60) < 10
        assert made.session.type == "realtime"
        assert (made.session.instructions, made.session.model) == (SESSION["instructions"], "mine")
        offers = ("realtime", f"openai-insecure-api-key.{made.value}")
        async with stage.client(protocols=offers) as client:
            shown = client.heard[0]["session"]
            assert shown["instructions"] == SESSION["instructions"]
            assert shown["audio"]["input"]["turn_detection"] is None
            await client.write("Where is the treasure?")
            turn = await stage.pipeline.turn()
            assert turn.options.instructions == SESSION["instructions"]
            assert not turn.options.is_spoken
        assert "session.updated" not in client.kinds()


async def test_a_token_holds_at_any_gateway_and_more_than_once(redis_url: str, keys: Path) -> None:
    settings = GatewaySettings(keys_file=str(keys))
    async with bench(redis_url, settings) as one, bench(redis_url, settings) as other:
        token = (await make(one))["value"]
        assert await status(other, headers=bearer(token)) == 101
        assert await status(one, headers=bearer(token)) == 101


async def test_a_token_opens_sessions_and_nothing_else(redis_url: str, keys: Path) -> None:
    async with bench(redis_url, GatewaySettings(keys_file=str(keys))) as stage:
        token = (await make(stage))["value"]
        for path in (URL, "/v1/audio/speech", "/v1/models"):
            async with stage.web.post(f"{stage.url}{path}", headers=bearer(token)) as response:
                assert response.status == 401
                assert "/v1/realtime only" in (await error_of(response))["message"]
        assert await status(stage, headers=bearer("ek_0123456789abcdef")) == 401


async def test_a_token_holds_no_longer_than_the_key_that_made_it(
    redis_url: str, keys: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_text(f"alice: new-{ALICE}\n")
    async with (
        bench(redis_url, GatewaySettings(keys_file=str(keys))) as before,
        bench(redis_url, GatewaySettings(keys_file=str(other))) as after,
    ):
        token = (await make(before))["value"]
        assert await status(after, headers=bearer(token)) == 401


async def test_sessions_of_a_token_count_as_those_of_its_key(redis_url: str, keys: Path) -> None:
    settings = GatewaySettings(keys_file=str(keys), sessions_per_key=1)
    async with bench(redis_url, settings) as stage:
        token = (await make(stage))["value"]
        async with stage.client(headers=bearer(token)):
            assert await status(stage, headers=bearer(ALICE)) == 429
            assert await status(stage, headers=bearer(token)) == 429
            assert await status(stage, headers=bearer(f"bob-{ALICE}")) == 101


async def test_redis_holds_a_token_by_its_digest_until_it_expires(
    redis_server: RedisServer,
) -> None:
    async with bench(redis_server.url) as stage:
        token = (await make(stage, {"expires_after": {"seconds": 10}}))["value"]
        assert await status(stage, headers=bearer(token)) == 101
        with redis_server.client() as redis:
            (name,) = redis.keys("*client_token*")
            assert token.encode() not in name
            assert 0 < redis.ttl(name) <= 10
            redis.delete(name)
        assert await status(stage, headers=bearer(token)) == 401


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b"{", "invalid_value", id="not JSON"),
        pytest.param(b'{"expires_after": {"seconds": 9}}', "invalid_value", id="too short"),
        pytest.param(b'{"expires_after": {"seconds": 7201}}', "invalid_value", id="too long"),
        pytest.param(b'{"session": 7}', "invalid_value", id="no session"),
        pytest.param(b'{"session": {"type": "other"}}', "invalid_value", id="another kind"),
        pytest.param(
            b'{"session": {"audio": {"output": {"speed": 9}}}}', "invalid_value", id="out of range"
        ),
        pytest.param(
            b'{"session": {"audio": {"input": {"format": {"type": "audio/x"}}}}}',
            "unsupported_value",
            id="unknown format",
        ),
        pytest.param(
            b'{"session": {"instructions": "%s"}}' % (b"x" * 66_000),
            "string_above_max_length",
            id="too large",
        ),
    ],
)
async def test_a_wish_that_cannot_be_granted_is_told_when_it_is_made(
    redis_url: str, body: bytes, code: str
) -> None:
    async with (
        bench(redis_url) as stage,
        stage.web.post(f"{stage.url}{URL}", data=body) as response,
    ):
        assert response.status == 400
        assert (await error_of(response))["code"] == code


async def test_a_body_that_does_not_come_is_not_waited_for_without_end(redis_url: str) -> None:
    async with bench(redis_url, GatewaySettings(send_timeout_s=0.1)) as stage:
        host, _, port = stage.url.removeprefix("http://").rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = f"POST {URL} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{{"
        writer.write(head.encode())
        async with asyncio.timeout(PATIENCE_S):
            status_line = await reader.readline()
        writer.close()
    assert b"408" in status_line


async def test_tokens_are_not_made_without_end(redis_url: str) -> None:
    async with bench(redis_url) as stage:
        for _ in range(100):
            await make(stage)
        for _ in range(100):
            async with stage.web.post(f"{stage.url}{URL}") as response:
                if response.status == 429:
                    return
        pytest.fail("200 tokens were made")
