"""Whole conversations with OpenAI's own JavaScript library, over real processes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from javascript_client import javascript_client

from bench.system import running
from shared.audio import WIRE_HZ, read_sound

pytestmark = pytest.mark.timeout(300)

QUESTION = Path(__file__).parents[1] / "audio" / "capital-of-france.wav"
SETTINGS = {
    "VOICECHAT_STT_SCRIPTED_TEXT": "What is the capital of France?",
    "VOICECHAT_LLM_SCRIPTED_REPLY": "This is a long reply. " * 9,
    "VOICECHAT_LLM_SCRIPTED_CALLS": 'weather {"city": "Paris"}',
    "VOICECHAT_TTS_TONE_WORD_S": "0.2",
}


@pytest.fixture
async def port(redis_url: str, free_port: int, tmp_path: Path) -> AsyncIterator[int]:
    async with running(redis_url, free_port, tmp_path, **SETTINGS):
        yield free_port


async def test_typed_text_is_answered_in_text_and_the_history_can_be_changed(port: int) -> None:
    async with javascript_client(port, outputModalities=["text"]) as client:
        await client.do("message", text="Hello")
        history = await client.until_history(("user", "Hello"), ("assistant", "This is a long"))
        await client.until("answered")
        kept = [{**history[0], "content": [{"type": "input_text", "text": "Good day"}]}]
        await client.do("history", history=kept)
        changed = await client.until_history(("user", "Good day"))
        assert changed[0]["itemId"] == history[0]["itemId"]
        assert client.errors() == []


async def test_hands_free_speech_is_answered_and_interrupts(port: int) -> None:
    question, pause = read_sound(QUESTION, WIRE_HZ), np.zeros(WIRE_HZ * 3 // 2, np.float32)
    async with javascript_client(port) as client:
        person = asyncio.create_task(client.speak_on(question, pause, question))
        try:
            await client.until("audio")
            await client.until("interrupted")
            await client.until("event", type="conversation.item.truncated")
            asked = ("user", "What is the capital of France?")
            heard: Any = await client.until_history(
                asked, ("assistant", "This"), asked, ("assistant", "This")
            )
            assert heard[1]["status"] == "incomplete"
        finally:
            person.cancel()
        assert client.errors() == []


async def test_a_reply_can_be_interrupted_from_the_program(port: int) -> None:
    async with javascript_client(port) as client:
        await client.do("message", text="Hello")
        await client.until("audio")
        await client.do("interrupt")
        await client.until("event", type="response.done")
        await client.until("event", type="conversation.item.retrieved")
        assert client.errors() == []


async def test_a_function_of_the_program_is_called_and_its_output_answered(port: int) -> None:
    async with javascript_client(port, {"weather": "sunny"}, outputModalities=["text"]) as client:
        await client.do("message", text="How is the weather?")
        called = await client.until("called", name="weather")
        assert called["input"] == {"city": "Paris"}
        history = await client.until_history(("user", "How is"), ("assistant", "This is a long"))
        [call] = [item for item in history if item["type"] == "function_call"]
        assert (call["name"], call["output"], call["status"]) == ("weather", "sunny", "completed")
        await client.until("event", type="response.done")
        assert client.errors() == []
