"""Clients of the Realtime API's beta are known by what they ask for when they connect."""

from typing import Any

import pytest
from gateway_bench import bench


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        pytest.param({"headers": {"OpenAI-Beta": "realtime=v1"}}, None, id="header"),
        pytest.param(
            {"protocols": ("realtime", "openai-insecure-api-key.k", "openai-beta.realtime-v1")},
            "realtime",
            id="sub-protocol",
        ),
    ],
)
async def test_a_beta_client_is_answered_in_kind(
    redis_url: str, asked: dict[str, Any], chosen: str | None
) -> None:
    async with (
        bench(redis_url) as stage,
        stage.web.ws_connect(f"{stage.url}/v1/realtime", **asked) as socket,
    ):
        assert socket.protocol == chosen
        assert (await socket.receive_json())["session"]["input_audio_format"] == "pcm16"
        session = {"modalities": ["text"], "turn_detection": None}
        await socket.send_json({"type": "session.update", "session": session})
        assert (await socket.receive_json())["session"]["modalities"] == ["text"]
        content = [{"type": "input_text", "text": "Hi."}]
        item = {"type": "message", "role": "user", "content": content}
        await socket.send_json({"type": "conversation.item.create", "item": item})
        assert (await socket.receive_json())["type"] == "conversation.item.created"
        await socket.send_json({"type": "response.create"})
        assert (await socket.receive_json())["response"]["modalities"] == ["text"]
        turn = await stage.pipeline.turn()
        await stage.pipeline.answer(turn, "Yes.", ())
        told: list[dict[str, Any]] = []
        while not told or told[-1]["type"] != "response.done":
            told.append(await socket.receive_json())
        assert [event["delta"] for event in told if event["type"] == "response.text.delta"] == [
            "Yes."
        ]


async def test_other_clients_are_not(redis_url: str) -> None:
    offered = ("realtime", "openai-insecure-api-key.k")
    async with bench(redis_url) as stage, stage.client(protocols=offered) as client:
        assert client.socket.protocol == "realtime"
        assert "audio" in client.heard[0]["session"]
