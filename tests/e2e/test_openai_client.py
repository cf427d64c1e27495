"""A question to the default engines, asked aloud by OpenAI's own Python library."""

from pathlib import Path

import numpy as np
import pytest
from openai_client import openai_client

from bench.response import DEFAULT
from bench.round_trip import plain
from bench.system import running
from shared.audio import WIRE_HZ, read_sound

pytestmark = pytest.mark.timeout(300)

QUESTION = Path(__file__).parents[1] / "audio" / "capital-of-france.wav"
PRECISE = {"VOICECHAT_LLM_TEMPERATURE": "0", "VOICECHAT_LLM_MAX_OUTPUT_TOKENS": "60"}


async def test_a_question_is_understood_and_answered_aloud(
    redis_url: str, free_port: int, tmp_path: Path
) -> None:
    async with (
        running(redis_url, free_port, tmp_path, **DEFAULT, **PRECISE),
        openai_client(free_port) as client,
    ):
        await client.configure(audio={"input": {"turn_detection": None}})
        await client.say(read_sound(QUESTION, WIRE_HZ))
        await client.connection.input_audio_buffer.commit()
        await client.connection.response.create()
        heard = await client.until("conversation.item.input_audio_transcription.completed")
        assert plain(heard["transcript"]) == "what is the capital of france"
        done = (await client.until("response.done"))["response"]
        assert done["status"] == "completed"
        assert "Paris" in done["output"][0]["content"][0]["transcript"]
        assert done["usage"]["output_tokens"] > 0
        sound = np.frombuffer(client.sound(done["id"]), "<i2")
        assert len(sound) > WIRE_HZ / 2
        assert np.abs(sound).max() > 3000
