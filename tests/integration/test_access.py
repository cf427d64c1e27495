"""Keys, origins and limits at a live gateway."""

import asyncio
import base64
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, WSCloseCode, WSMsgType, WSServerHandshakeError
from gateway_bench import PATIENCE_S, Bench, bench
from http_bench import upload, wav
from multidict import CIMultiDict

from gateway.settings import GatewaySettings
from shared.errors import SettingsError

ALICE, BOB = "alice-0123456789", "bob-0123456789ab"
SECOND_OF_SILENCE = base64.b64encode(bytes(48_000)).decode()


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys"
    path.write_text(f"alice: {ALICE}\nbob: {BOB}\n")
    return path


async def status(stage: Bench, **options: Any) -> int:
    """What a WebSocket handshake is answered with; 101 if a session begins."""
    try:
        async with stage.client(**options):
            return 101
    except WSServerHandshakeError as error:
        return error.status


async def error_of(response: ClientResponse) -> dict[str, Any]:
    error: dict[str, Any] = (await response.json())["error"]
    assert set(error) == {"message", "type", "code", "param"}
    return error


async def refused(stage: Bench, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Status and code of the refusal of a session, asked for without a handshake."""
    async with stage.web.get(f"{stage.url}/v1/realtime", headers=headers) as response:
        return response.status, (await error_of(response))["code"]


async def test_whoever_has_a_key_is_let_in(redis_url: str, keys: Path) -> None:
    async with bench(redis_url, GatewaySettings(keys_file=str(keys))) as stage:
        assert await status(stage, headers=bearer(ALICE)) == 101
        assert await status(stage, headers=bearer(BOB)) == 101
        assert await status(stage, headers=bearer(ALICE[:-1])) == 401
        assert await status(stage) == 401


async def test_a_single_key_can_be_a_setting(redis_url: str, keys: Path) -> None:
    settings = GatewaySettings(keys_file=str(keys), key="single-0123456789")
    async with bench(redis_url, settings) as stage:
        assert await status(stage, headers=bearer("single-0123456789")) == 101
        assert await status(stage, headers=bearer(ALICE)) == 101


async def test_a_browser_shows_its_key_as_a_sub_protocol_that_is_not_echoed(
    redis_url: str, keys: Path
) -> None:
    offers = (
        "realtime",
        f"openai-insecure-api-key.{ALICE}",
        "openai-agents-sdk.0.1.2",
    )
    async with bench(redis_url, GatewaySettings(keys_file=str(keys))) as stage:
        async with stage.client(protocols=offers) as client:
            assert client.socket.protocol == "realtime"
        assert await status(stage, protocols=("realtime", "openai-insecure-api-key.x")) == 401


async def test_every_route_needs_the_key_but_those_for_the_operator(
    redis_url: str, keys: Path
) -> None:
    async with bench(redis_url, GatewaySettings(keys_file=str(keys))) as stage:
        for path in ("/v1/models", "/v1/audio/speech", "/no/such/path"):
            async with stage.web.post(f"{stage.url}{path}") as response:
                assert response.status == 401
                assert response.headers["WWW-Authenticate"] == "Bearer"
                assert (await error_of(response))["code"] == "invalid_api_key"
        async with stage.web.get(f"{stage.url}/no/such/path", headers=bearer(BOB)) as response:
            assert response.status == 404
        for path in ("/", "/healthz", "/metrics"):
            async with stage.web.get(f"{stage.url}{path}") as response:
                assert response.status == 200


async def test_a_key_is_never_shown(
    redis_url: str, keys: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with bench(redis_url, GatewaySettings(keys_file=str(keys))) as stage:
        assert await status(stage, headers=bearer(ALICE)) == 101
        assert await status(stage, headers=bearer("guess-0123456789")) == 401
        async with stage.web.get(f"{stage.url}/v1/models", headers=bearer("guess-01")) as response:
            told = await response.text()
        async with stage.web.get(f"{stage.url}/metrics") as response:
            told += await response.text()
    ours = "".join(record.getMessage() for record in caplog.records if record.name != "asyncio")
    assert "who has a key may come in: alice, bob" in ours
    for key in (ALICE, BOB, "guess-01"):
        assert key not in ours + told
    assert 'voicechat_sessions_refused_total{outcome="key"}' in told


async def test_a_key_is_not_shown_where_it_is_the_only_sub_protocol_on_offer(
    redis_url: str, keys: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    offers = (f"openai-insecure-api-key.{ALICE}",)
    async with bench(redis_url, GatewaySettings(keys_file=str(keys))) as stage:
        assert await status(stage, protocols=offers) == 101
        async with stage.web.ws_connect(f"{stage.url}/ws", protocols=offers) as socket:
            assert socket.protocol is None
    assert ALICE not in "".join(record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (b"Authorization: Bearer \xff\xfe", b"401 Unauthorized"),
        (b"Sec-WebSocket-Protocol: openai-insecure-api-key.\xff", b"401 Unauthorized"),
        (b"Authorization: Bearer ek_\xff", b"401 Unauthorized"),
        (b"Origin: http://\xff", b"403 Forbidden"),
    ],
)
async def test_headers_that_are_no_text_are_refused_like_others(
    redis_url: str, keys: Path, header: bytes, told: bytes
) -> None:
    async with bench(redis_url, GatewaySettings(keys_file=str(keys))) as stage:
        host, _, port = stage.url.removeprefix("http://").rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        request = b"GET /v1/realtime HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n\r\n"
        writer.write(request % header)
        answer = await reader.read()
        writer.close()
    assert told in answer.partition(b"\r\n")[0]
    assert b'{"error":{' in answer


async def test_keys_change_without_a_restart(
    redis_url: str, keys: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with bench(redis_url, GatewaySettings(keys_file=str(keys))) as stage:
        rewrite(keys, "not a key\n")
        await until_logged(caplog, "line 1 is not of the form name: key")
        assert await status(stage, headers=bearer(ALICE)) == 101
        replace(keys, f"carol: carol-{BOB}\n")
        await until_logged(caplog, "keys were read again: carol")
        assert await status(stage, headers=bearer(f"carol-{BOB}")) == 101
        assert await status(stage, headers=bearer(ALICE)) == 401
        remove(keys)
        await until_logged(caplog, "no such file or directory")
        assert await status(stage, headers=bearer(f"carol-{BOB}")) == 101


def rewrite(path: Path, text: str) -> None:
    path.write_text(text)


def replace(path: Path, text: str) -> None:
    """Put another file in its place, as secrets are renewed."""
    path.with_name("new").write_text(text)
    path.with_name("new").replace(path)


def remove(path: Path) -> None:
    path.unlink()


async def until_logged(caplog: pytest.LogCaptureFixture, text: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while text not in caplog.text:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        pytest.param(GatewaySettings(host="0.0.0.0"), "VOICECHAT_GATEWAY_OPEN", id="open"),
        pytest.param(GatewaySettings(keys_file="/none/keys"), "cannot be read", id="no file"),
        pytest.param(GatewaySettings(key="short"), "VOICECHAT_GATEWAY_KEY has 5", id="short key"),
        pytest.param(GatewaySettings(trusted_proxies=("x",)), "TRUSTED_PROXIES", id="proxy"),
    ],
)
async def test_a_gateway_with_wrong_settings_does_not_start(
    redis_url: str, settings: GatewaySettings, told: str
) -> None:
    with pytest.raises(SettingsError, match=told):
        async with bench(redis_url, settings):
            pass


async def test_only_pages_of_ours_and_listed_ones_get_a_session(redis_url: str) -> None:
    settings = GatewaySettings(origins=("http://listed.example",))
    async with bench(redis_url, settings) as stage:
        ours = (stage.url, f"http://localhost:{stage.port}", "http://listed.example")
        for origin in ours:
            assert await status(stage, headers={"Origin": origin}) == 101
        for origin in ("http://localhost:5173", "http://127.0.0.1", "https://evil.example", "null"):
            assert await status(stage, headers={"Origin": origin}) == 403
        rebound = {"Origin": f"http://evil.example:{stage.port}"}
        host = {"Host": f"evil.example:{stage.port}"}
        assert await status(stage, headers=rebound | host) == 403


async def test_pages_that_may_not_connect_may_not_post_either(redis_url: str) -> None:
    url, headers = "/v1/realtime/client_secrets", {"Origin": "http://localhost:5173"}
    async with bench(redis_url) as stage:
        async with stage.web.post(f"{stage.url}{url}", headers=headers) as response:
            assert response.status == 403
            assert (await error_of(response))["code"] == "origin_not_allowed"
            assert "Access-Control-Allow-Origin" not in response.headers
        async with stage.web.options(
            f"{stage.url}{url}", headers=headers | {"Access-Control-Request-Method": "POST"}
        ) as response:
            assert response.status == 403


async def test_a_listed_page_may_ask_first_and_read_the_answer(redis_url: str, keys: Path) -> None:
    settings = GatewaySettings(origins=("https://listed.example",), keys_file=str(keys))
    page = {"Origin": "https://listed.example"}
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-custom"}
    async with bench(redis_url, settings) as stage:
        url = f"{stage.url}/v1/realtime/client_secrets"
        async with stage.web.options(url, headers=page | ask) as response:
            assert response.status == 204
            assert response.headers["Access-Control-Allow-Origin"] == page["Origin"]
            assert "POST" in response.headers["Access-Control-Allow-Methods"]
            assert response.headers["Access-Control-Allow-Headers"] == "x-custom"
        for key, expected in ((ALICE, 200), ("wrong", 401)):
            async with stage.web.post(url, headers=page | bearer(key)) as response:
                assert response.status == expected
                assert response.headers["Access-Control-Allow-Origin"] == page["Origin"]


async def test_a_key_may_have_so_many_sessions_from_wherever(redis_url: str, keys: Path) -> None:
    settings = GatewaySettings(keys_file=str(keys), sessions_per_key=1)
    async with bench(redis_url, settings) as stage, stage.client(headers=bearer(ALICE)):
        assert await refused(stage, bearer(ALICE)) == (429, "too_many_sessions")
        assert await status(stage, headers=bearer(ALICE)) == 429
        assert await status(stage, headers=bearer(BOB)) == 101


async def test_an_address_may_have_so_many_sessions(redis_url: str) -> None:
    settings = GatewaySettings(sessions_per_address=1, trusted_proxies=("127.0.0.1",))
    near, far = ({"X-Forwarded-For": f"192.0.2.{n}"} for n in (1, 2))
    async with bench(redis_url, settings) as stage, stage.client(headers=near):
        async with stage.web.get(f"{stage.url}/v1/realtime", headers=near) as response:
            assert response.status == 429
            assert response.headers["Retry-After"] == "5"
            assert "address has 1 sessions" in (await error_of(response))["message"]
        assert await status(stage, headers=far) == 101
        lie = CIMultiDict([*far.items(), *near.items()])  # the proxy's own header is the last
        assert await status(stage, headers=lie) == 429


async def test_a_full_house_says_so(redis_url: str) -> None:
    async with bench(redis_url, GatewaySettings(most_sessions=1)) as stage, stage.client():
        assert await refused(stage) == (503, "sessions_full")


async def test_too_many_requests_are_told_when_to_come_again(redis_url: str) -> None:
    async with bench(redis_url, GatewaySettings(messages_per_s=0.1)) as stage:
        async with stage.web.get(f"{stage.url}/v1/nothing") as response:
            assert response.status == 404
        async with stage.web.get(f"{stage.url}/v1/nothing") as response:
            assert response.status == 429
            assert 1 <= int(response.headers["Retry-After"]) <= 11
            assert (await error_of(response))["type"] == "rate_limit_error"


async def test_messages_over_the_limit_are_dropped_and_told_once(redis_url: str) -> None:
    async with bench(redis_url, GatewaySettings(messages_per_s=20)) as stage:
        async with stage.client() as client:
            for _ in range(200):
                await client.say("input_audio_buffer.clear")
            error = (await client.until("error"))["error"]
            assert error["code"] == "rate_limit_exceeded"
            await asyncio.sleep(0.2)
            await client.say("response.cancel", event_id="later")
            while error["event_id"] != "later":
                error = (await client.until("error"))["error"]
        assert 19 <= client.kinds().count("input_audio_buffer.cleared") < 100
        assert client.kinds().count("error") <= 3


async def test_sound_over_the_limit_is_dropped_and_told_once(redis_url: str) -> None:
    async with bench(redis_url, GatewaySettings(audio_s_per_minute=3)) as stage:
        async with stage.client() as client:
            await client.push_to_talk()
            for _ in range(10):
                await client.say("input_audio_buffer.append", audio=SECOND_OF_SILENCE)
            assert (await client.until("error"))["error"]["code"] == "rate_limit_exceeded"
            await client.say("input_audio_buffer.commit")
            await client.until("input_audio_buffer.committed")
            packets = (await stage.pipeline.utterance()).packets
        assert 2.8 <= len(packets) * 0.02 <= 4
        assert client.kinds().count("error") <= 3


async def test_speech_that_is_put_into_the_conversation_counts_too(redis_url: str) -> None:
    spoken = {"type": "input_audio", "audio": SECOND_OF_SILENCE}
    item = {"type": "message", "role": "user", "content": [spoken]}
    async with bench(redis_url, GatewaySettings(audio_s_per_minute=2)) as stage:
        async with stage.client() as client:
            for _ in range(4):
                await client.say("conversation.item.create", item=item)
            assert (await client.until("error"))["error"]["code"] == "rate_limit_exceeded"
        assert client.kinds().count("conversation.item.added") <= 3


async def test_sound_of_a_session_and_of_uploads_counts_together(redis_url: str) -> None:
    async with bench(redis_url, GatewaySettings(audio_s_per_minute=2)) as stage:
        async with stage.client() as client:
            for _ in range(3):
                await client.say("input_audio_buffer.append", audio=SECOND_OF_SILENCE)
            await client.until("error")
        url = f"{stage.url}/v1/audio/transcriptions"
        async with stage.web.post(url, data=upload(wav(3))) as response:
            assert response.status == 429
            assert "Retry-After" in response.headers
            error = await error_of(response)
        assert (error["type"], error["code"]) == ("rate_limit_error", "rate_limit_exceeded")
        assert "2 seconds of sound in a minute" in error["message"]


async def test_a_session_that_lasts_too_long_is_told_so_and_closed(redis_url: str) -> None:
    async with bench(redis_url, GatewaySettings(longest_session_s=0.3)) as stage:
        async with stage.client() as client:
            assert (await client.until("error"))["error"]["code"] == "session_expired"
            async with asyncio.timeout(PATIENCE_S):
                message = await client.socket.receive()
            assert (message.type, message.data) == (WSMsgType.CLOSE, WSCloseCode.OK)
            assert "may last 0.3 s" in (message.extra or "")
        assert await status(stage) == 101
