"""Whole conversations with OpenAI's own Python library, over real processes."""

import base64
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from openai_client import OpenAiClient, openai_client

from bench.redis_server import temporary_redis
from bench.system import free_port, running
from gateway.g711 import compress, expand
from shared.audio import TELEPHONE_HZ, WIRE_HZ, resample, to_pcm16

pytestmark = [pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

REPLY = "You said: {question}. And this goes on for a while, so that it can be interrupted."
SETTINGS = {
    "VOICECHAT_STT_SCRIPTED_TEXT": "What is the capital of France?",
    "VOICECHAT_LLM_SCRIPTED_REPLY": REPLY,
    "VOICECHAT_TTS_TONE_WORD_S": "0.2",
}
PUSH_TO_TALK: dict[str, Any] = {"input": {"turn_detection": None}}
TONE = (np.sin(np.arange(WIRE_HZ) * 0.1) / 3).astype(np.float32)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def port(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[int]:
    """Where a system listens that all of these tests use."""
    port, logs = free_port(), tmp_path_factory.mktemp("logs")
    with temporary_redis() as redis:
        async with running(redis.url, port, logs, **SETTINGS):
            yield port


@pytest_asyncio.fixture(loop_scope="module")
async def client(port: int) -> AsyncIterator[OpenAiClient]:
    async with openai_client(port) as it:
        yield it


async def test_typed_text_is_answered_in_text(client: OpenAiClient) -> None:
    session = await client.configure(output_modalities=["text"], instructions="Be brief.")
    assert session["instructions"] == "Be brief."
    await client.type("Hello")
    await client.connection.response.create(response={"metadata": {"topic": "greeting"}})
    done = (await client.until("response.done"))["response"]
    assert done["output"][0]["content"][0]["text"].startswith("You said: Hello.")
    assert (done["status"], done["metadata"]) == ("completed", {"topic": "greeting"})
    assert done["usage"]["total_tokens"] > 0
    first = client.kinds().index("response.created")
    assert client.kinds()[first : first + 5] == [
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_text.delta",
    ]


async def test_a_committed_utterance_is_transcribed_and_answered_aloud(
    client: OpenAiClient,
) -> None:
    await client.configure(audio=PUSH_TO_TALK)
    await client.say(TONE)
    await client.connection.input_audio_buffer.commit()
    await client.connection.response.create()
    heard = await client.until("conversation.item.input_audio_transcription.completed")
    assert heard["transcript"] == "What is the capital of France?"
    assert heard["usage"] == {"type": "duration", "seconds": 1.0}
    done = (await client.until("response.done"))["response"]
    assert done["output"][0]["content"][0]["transcript"].startswith("You said: What is")
    sound = np.frombuffer(client.sound(done["id"]), "<i2")
    assert len(sound) > WIRE_HZ
    assert np.abs(sound).max() > 3000


async def test_a_session_may_only_listen(client: OpenAiClient) -> None:
    session = await client.configure(type="transcription", audio=PUSH_TO_TALK)
    assert session["type"] == "transcription"
    await client.say(TONE)
    await client.connection.input_audio_buffer.commit()
    await client.until("conversation.item.input_audio_transcription.completed")
    await client.connection.response.create()
    assert (await client.until("error"))["error"]["code"] == "unsupported_value"


async def test_the_assistant_can_be_asked_to_begin(client: OpenAiClient) -> None:
    await client.connection.response.create(
        response={"instructions": "Greet.", "output_modalities": ["text"]}
    )
    done = (await client.until("response.done"))["response"]
    assert (done["status"], done["output_modalities"]) == ("completed", ["text"])


async def test_a_reply_can_be_cancelled_and_truncated(client: OpenAiClient) -> None:
    await client.connection.response.cancel()
    assert (await client.until("error"))["error"]["code"] == "response_cancel_not_active"
    await client.type("Hello")
    await client.connection.response.create()
    delta = await client.until("response.output_audio.delta")
    await client.connection.response.cancel(response_id=delta["response_id"])
    done = (await client.until("response.done"))["response"]
    assert done["status_details"]["reason"] == "client_cancelled"
    await client.connection.conversation.item.truncate(
        item_id=delta["item_id"], content_index=0, audio_end_ms=3_600_000
    )
    truncated = await client.until("conversation.item.truncated")
    assert 0 < truncated["audio_end_ms"] <= 2000
    await client.connection.conversation.item.retrieve(item_id=delta["item_id"])
    item = (await client.until("conversation.item.retrieved"))["item"]
    assert (item["status"], item["content"][0]["transcript"]) == (
        "incomplete",
        truncated["transcript"],
    )


async def test_responses_beside_the_conversation_are_told_apart(client: OpenAiClient) -> None:
    await client.type("Hello")
    await client.connection.response.create()
    told: Any = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": ""}]}
    for name in ("spam", "ham"):
        told["content"][0]["text"] = name
        await client.connection.response.create(
            response={
                "conversation": "none",
                "output_modalities": ["text"],
                "metadata": {"name": name},
                "input": [told],
            }
        )
    done = [(await client.until("response.done"))["response"] for _ in range(3)]
    beside = {response["metadata"]["name"]: response for response in done if response["metadata"]}
    for name in ("spam", "ham"):
        assert beside[name].get("conversation_id") is None
        assert beside[name]["output"][0]["content"][0]["text"].startswith(f"You said: {name}.")
    await client.type("And?")
    await client.connection.response.create(response={"output_modalities": ["text"]})
    last = (await client.until("response.done"))["response"]
    assert last["output"][0]["content"][0]["text"].startswith("You said: And?.")
    entered = [event["item"]["id"] for event in client.heard if event["type"].endswith("item.done")]
    assert beside["spam"]["output"][0]["id"] in entered  # response.output_item.done
    conversation = [
        event["item"]["id"] for event in client.heard if event["type"] == "conversation.item.done"
    ]
    assert beside["spam"]["output"][0]["id"] not in conversation


@pytest.mark.parametrize("law", ["mu", "a"])
async def test_telephones_are_understood_and_answered(client: OpenAiClient, law: Any) -> None:
    kind = {"mu": "audio/pcmu", "a": "audio/pcma"}[law]
    telephone = {"format": {"type": kind}}
    await client.configure(
        audio={"input": {**telephone, "turn_detection": None}, "output": telephone}
    )
    await client.say(compress(resample(TONE, WIRE_HZ, TELEPHONE_HZ), law))
    await client.connection.input_audio_buffer.commit()
    await client.connection.response.create()
    done = (await client.until("response.done"))["response"]
    assert done["audio"]["output"]["format"]["type"] == kind
    sound = client.sound(done["id"])
    assert len(sound) > TELEPHONE_HZ
    assert np.abs(expand(sound, law)).max() > 0.1


async def test_items_are_kept_as_the_client_wishes(client: OpenAiClient) -> None:
    await client.configure(output_modalities=["text"])
    assert await client.type("Second", id="mine") == "mine"
    await client.type("First", previous_item_id="root")
    await client.connection.conversation.item.retrieve(item_id="mine")
    assert (await client.until("conversation.item.retrieved"))["item"]["id"] == "mine"
    await client.connection.conversation.item.delete(item_id="mine")
    assert (await client.until("conversation.item.deleted"))["item_id"] == "mine"
    await client.connection.response.create()
    done = (await client.until("response.done"))["response"]
    assert done["output"][0]["content"][0]["text"].startswith("You said: First.")


async def test_speech_can_be_put_into_the_conversation(client: OpenAiClient) -> None:
    audio = base64.b64encode(to_pcm16(TONE).tobytes()).decode()
    item: Any = {
        "type": "message",
        "role": "user",
        "content": [{"type": "input_audio", "audio": audio}],
    }
    await client.connection.conversation.item.create(item=item)
    await client.until("conversation.item.input_audio_transcription.completed")
    await client.connection.response.create(response={"output_modalities": ["text"]})
    done = (await client.until("response.done"))["response"]
    assert done["output"][0]["content"][0]["text"].startswith("You said: What is the capital")


async def test_an_error_names_the_message_that_was_wrong(client: OpenAiClient) -> None:
    await client.connection.conversation.item.delete(item_id="other", event_id="mine")
    error = (await client.until("error"))["error"]
    assert (error["type"], error["code"]) == ("invalid_request_error", "item_not_found")
    assert (error["param"], error["event_id"]) == ("item_id", "mine")
    await client.type("Still here")
