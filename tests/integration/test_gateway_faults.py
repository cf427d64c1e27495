"""Bad input, full houses and missing partners: each gets its error, and the gateway goes on."""

import asyncio
import base64
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, WSCloseCode, WSMsgType, WSServerHandshakeError
from gateway_bench import PATIENCE_S, Client, bench

from bench.redis_server import RedisServer
from gateway.settings import GatewaySettings

ITEM = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "x" * 99}]}
SMALL = GatewaySettings(most_message_bytes=2000, most_text_characters=20, longest_utterance_s=0.1)
SILENCE = base64.b64encode(bytes(960)).decode()


def odd(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "event_id": "mine", **fields}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        pytest.param("{", "invalid_json", id="not JSON"),
        pytest.param("[1]", "invalid_event", id="not an object"),
        pytest.param(odd("no.such.event"), "unknown_event_type", id="unknown type"),
        pytest.param(odd("response.create", response=7), "invalid_value", id="wrong field"),
        pytest.param("x" * 2001, "message_too_large", id="too large"),
        pytest.param(
            odd("input_audio_buffer.append", audio="%%%"), "invalid_audio", id="not base64"
        ),
        pytest.param(
            odd("input_audio_buffer.append", audio="YWJj"), "invalid_audio", id="odd bytes"
        ),
        pytest.param(
            odd("input_audio_buffer.commit"), "input_audio_buffer_commit_empty", id="empty commit"
        ),
        pytest.param(odd("response.cancel"), "response_cancel_not_active", id="nothing to cancel"),
        pytest.param(
            odd("conversation.item.create", item=ITEM), "string_above_max_length", id="long text"
        ),
        pytest.param(
            odd("session.update", session={"instructions": "x" * 21}),
            "string_above_max_length",
            id="long instructions",
        ),
        pytest.param(
            odd(
                "session.update",
                session={"audio": {"input": {"format": {"type": "audio/pcm", "rate": 8000}}}},
            ),
            "unsupported_value",
            id="wrong rate",
        ),
    ],
)
async def test_a_bad_message_gets_its_error_and_the_session_goes_on(
    redis_url: str, message: str | dict[str, Any], code: str
) -> None:
    async with bench(redis_url, SMALL) as stage, stage.client() as client:
        if isinstance(message, str):
            await client.socket.send_str(message)
        else:
            await client.socket.send_json(message)
        error = (await client.until("error"))["error"]
        assert error["code"] == code
        if isinstance(message, dict):
            assert error["event_id"] == "mine"
        await client.say("input_audio_buffer.clear")
        await client.until("input_audio_buffer.cleared")


async def test_binary_messages_need_a_session_of_opus(redis_url: str) -> None:
    async with bench(redis_url) as stage, stage.client() as client:
        await client.socket.send_bytes(b"\x78abc")
        assert (await client.until("error"))["error"]["code"] == "invalid_audio"


async def test_an_utterance_without_end_is_cut_and_told_once(redis_url: str) -> None:
    async with bench(redis_url, SMALL) as stage, stage.client() as client:
        await client.push_to_talk()
        for _ in range(10):
            await client.say("input_audio_buffer.append", audio=SILENCE)
        await client.say("input_audio_buffer.commit")
        await client.until("input_audio_buffer.committed")
        assert client.kinds().count("error") == 1
        assert len((await stage.pipeline.utterance()).packets) == 5


async def test_a_message_beyond_all_measure_closes_the_session(redis_url: str) -> None:
    async with bench(redis_url, SMALL) as stage, stage.client() as client:
        await client.socket.send_str("x" * 9000)
        async with asyncio.timeout(PATIENCE_S):
            message = await client.socket.receive()
        assert (message.type, message.data) == (WSMsgType.CLOSE, WSCloseCode.MESSAGE_TOO_BIG)


async def test_pages_of_foreign_origin_are_refused(redis_url: str) -> None:
    async with bench(redis_url) as stage:
        with pytest.raises(WSServerHandshakeError) as refused:
            async with stage.client(headers={"Origin": "https://evil.example"}):
                pass
        assert refused.value.status == 403
        async with stage.client(headers={"Origin": stage.url}) as client:
            assert client.kinds() == ["session.created"]


async def test_no_more_sessions_than_set_are_let_in(redis_url: str) -> None:
    async with bench(redis_url, GatewaySettings(most_sessions=1)) as stage:
        async with stage.client():
            with pytest.raises(WSServerHandshakeError) as refused:
                async with stage.client():
                    pass
            assert refused.value.status == 503
        # The gateway may need a moment to notice that the client has left.
        for _ in range(200):
            if await _can_connect(stage.web, stage.url):
                return
            await asyncio.sleep(0.05)
        pytest.fail("the place of a client that left stays taken")


async def test_the_realtime_subprotocol_is_chosen(redis_url: str) -> None:
    offers = ("openai-insecure-api-key.x", "realtime")
    async with bench(redis_url) as stage, stage.client(protocols=offers) as client:
        assert client.socket.protocol == "realtime"


async def test_a_client_that_does_not_read_is_cut_off(redis_url: str) -> None:
    settings = GatewaySettings(send_timeout_s=0.2, most_outgoing=50)
    async with bench(redis_url, settings) as stage, stage.client() as client:
        flood = '{"type":"no.such.event"}'
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(_flood(client, flood), PATIENCE_S)


async def test_a_gateway_that_stops_says_goodbye(redis_url: str) -> None:
    async with ClientSession() as web:
        async with bench(redis_url) as stage:
            socket = await web.ws_connect(f"{stage.url}/v1/realtime")
            await socket.receive()
            farewell = asyncio.create_task(socket.receive())
        message = await farewell
    assert (message.type, message.data) == (WSMsgType.CLOSE, WSCloseCode.GOING_AWAY)


async def test_a_busy_system_refuses_the_turn_and_says_so(redis_url: str) -> None:
    async with bench(redis_url, queue_limit=1) as stage, stage.client() as client:
        await client.write()
        await stage.pipeline.turn()
        async with stage.client() as other:
            await other.write()
            done = await other.until("response.done")
        assert done["response"]["status_details"]["error"]["code"] == "queue_full"


async def test_a_redis_that_goes_away_fails_the_turn_and_not_the_session(
    own_redis: RedisServer,
) -> None:
    async with bench(own_redis.url) as stage, stage.client() as client:
        own_redis.kill()
        await client.write()
        done = await client.until("response.done")
        assert done["response"]["status_details"]["error"]["code"] == "broker_unreachable"
        async with stage.web.get(f"{stage.url}/readyz") as response:
            assert response.status == 503
        own_redis.start()
        await client.say("response.create")
        await client.until("response.created")
        assert (await stage.pipeline.turn()).turn == 2


async def test_an_opus_session_may_append_packets_in_json_too(redis_url: str) -> None:
    wishes = {"audio": {"input": {"format": {"type": "audio/opus"}}}}
    packet = b"\x78packet"
    async with bench(redis_url) as stage, stage.client() as client:
        await client.say("session.update", session=wishes)
        await client.say(
            "input_audio_buffer.append", audio=base64.b64encode(packet).decode(), event_id="mine"
        )
        await client.say("input_audio_buffer.commit")
        assert (await stage.pipeline.utterance()).packets == (packet,)


async def test_readiness_names_the_stages_that_are_missing(redis_url: str) -> None:
    async with bench(redis_url) as stage, stage.web.get(f"{stage.url}/readyz") as response:
        assert response.status == 503
        assert (await response.json())["missing"] == "no worker of: stt, llm, tts"


async def test_the_front_page_says_where_to_go(redis_url: str) -> None:
    async with bench(redis_url) as stage, stage.web.get(stage.url) as response:
        assert (await response.json())["realtime"] == "/v1/realtime"


async def test_metrics_count_sessions(redis_url: str) -> None:
    async with bench(redis_url) as stage, stage.client():
        response = await stage.web.get(f"{stage.url}/metrics")
        assert "voicechat_sessions 1.0" in await response.text()


@pytest.mark.parametrize(
    ("variables", "advice"),
    [
        pytest.param({"VOICECHAT_GATEWAY_PROT": "1"}, "VOICECHAT_GATEWAY_PORT", id="typing error"),
        pytest.param(
            {"VOICECHAT_REDIS_URL": "unix:///none.sock", "VOICECHAT_REDIS_PATIENCE_S": "0"},
            "VOICECHAT_REDIS_URL",
            id="no Redis",
        ),
        pytest.param(
            {"VOICECHAT_GATEWAY_PORT": "99999"}, "VOICECHAT_GATEWAY_PORT", id="no such port"
        ),
        pytest.param(
            {"VOICECHAT_GATEWAY_PORT": "{taken}"}, "VOICECHAT_GATEWAY_PORT", id="port taken"
        ),
    ],
)
async def test_a_gateway_that_cannot_start_says_why_in_one_line(
    redis_url: str, variables: dict[str, str], advice: str
) -> None:
    async with bench(redis_url) as stage:
        settings = {name: value.format(taken=stage.port) for name, value in variables.items()}
        gateway = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "gateway",
            cwd=Path(__file__).parents[2],
            env=os.environ | {"VOICECHAT_REDIS_URL": redis_url} | settings,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, told = await asyncio.wait_for(gateway.communicate(), PATIENCE_S)
        finally:
            if gateway.returncode is None:
                gateway.kill()
                await gateway.wait()
    lines = told.decode().splitlines()
    assert gateway.returncode == 2
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert advice in lines[0]


async def _flood(client: Client, message: str) -> None:
    """Send without reading the errors that come back."""
    while True:
        await client.socket.send_str(message)


async def _can_connect(web: ClientSession, url: str) -> bool:
    try:
        async with web.ws_connect(f"{url}/v1/realtime"):
            return True
    except WSServerHandshakeError:
        return False
