"""A hands-free conversation with OpenAI's own Python library, over real processes."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from openai_client import openai_client

from bench.system import running
from shared.audio import WIRE_HZ, read_sound

pytestmark = pytest.mark.timeout(300)

QUESTION = Path(__file__).parents[1] / "audio" / "capital-of-france.wav"
SETTINGS = {
    "VOICECHAT_STT_SCRIPTED_TEXT": "What is the capital of France?",
    "VOICECHAT_LLM_SCRIPTED_REPLY": "This is a long reply. " * 9,
    "VOICECHAT_TTS_TONE_WORD_S": "0.2",
}


async def test_speech_is_answered_and_interrupts_the_answer(
    redis_url: str, free_port: int, tmp_path: Path
) -> None:
    question, pause = read_sound(QUESTION, WIRE_HZ), np.zeros(WIRE_HZ * 3 // 2, np.float32)
    async with running(redis_url, free_port, tmp_path, **SETTINGS), openai_client(free_port) as it:
        detection = {"type": "server_vad", "silence_duration_ms": 400}
        await it.configure(audio={"input": {"turn_detection": detection}})
        person = asyncio.create_task(it.speak_on(question, pause, question))
        try:
            item = (await it.until("input_audio_buffer.speech_started"))["item_id"]
            await it.until("input_audio_buffer.speech_stopped", item_id=item)
            await it.until("input_audio_buffer.committed", item_id=item)
            first = (await it.until("response.created"))["response"]["id"]
            await it.until("response.output_audio.delta", response_id=first)
            await it.until("output_audio_buffer.cleared", response_id=first)
            await it.until("input_audio_buffer.speech_started")
            second = (await it.until("response.created"))["response"]["id"]
            assert second != first
            assert (await it.until("response.done"))["response"]["id"] == second
        finally:
            person.cancel()
