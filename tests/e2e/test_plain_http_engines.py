"""Plain HTTP with the default engines: what was said, spoken, and said again."""

import io
import re
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import jiwer
import numpy as np
import pytest
from openai import AsyncOpenAI

from bench.system import running
from shared.audio import WIRE_HZ, read_sound, to_pcm16

AUDIO = Path(__file__).parents[1] / "audio"
QUESTION = AUDIO / "capital-of-france.wav"
SAID = "What is the capital of France?"
STORY = """
The old house stood at the end of a long road. Nobody had lived there for many years. One morning
a young woman opened the door. She found a letter on the kitchen table. It was written by her
grandfather. He asked her to plant a tree in the garden. She smiled and went to find a spade.
"""
TEXT = "The weather will be sunny in the morning. Please turn on the kitchen lights."
DEFAULTS = {
    "VOICECHAT_STT_ENGINE": "moonshine",
    "VOICECHAT_STT_SPEECH_THRESHOLD": "0.5",
    "VOICECHAT_LLM_ENGINE": "llama_cpp",
    "VOICECHAT_TTS_ENGINE": "espeak",
}


@pytest.fixture
async def openai(redis_url: str, free_port: int, tmp_path: Path) -> AsyncIterator[AsyncOpenAI]:
    """The SDK, on a system with the engines that everybody gets."""
    async with (
        running(redis_url, free_port, tmp_path, **DEFAULTS) as system,
        AsyncOpenAI(base_url=system.web("/v1"), api_key="none", max_retries=0) as client,
    ):
        yield client


async def test_all_three_stages_do_their_work_for_the_stock_sdk(openai: AsyncOpenAI) -> None:
    await listens(openai)
    await listens_longer_than_an_utterance(openai)
    await speaks_and_listens(openai)
    await answers(openai)
    await shows_what_it_has(openai)


async def listens(openai: AsyncOpenAI) -> None:
    heard = await openai.audio.transcriptions.create(model="whisper-1", file=QUESTION)
    assert error_rate(SAID, heard.text) <= 0.2


async def listens_longer_than_an_utterance(openai: AsyncOpenAI) -> None:
    """The story, told twice: it is cut in pauses, and no word is lost there."""
    target, pcm = io.BytesIO(), np.tile(read_sound(AUDIO / "long-story.wav", WIRE_HZ), 2)
    with wave.open(target, "wb") as file:
        file.setparams((1, 2, WIRE_HZ, 0, "NONE", ""))
        file.writeframes(to_pcm16(pcm).tobytes())
    heard = await openai.audio.transcriptions.create(
        model="whisper-1", file=("story.wav", target.getvalue())
    )
    assert error_rate(f"{STORY} {STORY}", heard.text) <= 0.1


async def speaks_and_listens(openai: AsyncOpenAI) -> None:
    kinds: tuple[Literal["mp3", "opus"], ...] = ("mp3", "opus")
    for kind in kinds:
        speech = await openai.audio.speech.create(
            model="tts-1", voice="en-us", input=TEXT, response_format=kind
        )
        sound = read_sound(io.BytesIO(speech.content), WIRE_HZ)
        assert 3 < len(sound) / WIRE_HZ < 10
        assert np.abs(sound).max() > 0.1
        heard = await openai.audio.transcriptions.create(
            model="whisper-1", file=(f"speech.{kind}", speech.content)
        )
        assert error_rate(TEXT, heard.text) <= 0.3


async def answers(openai: AsyncOpenAI) -> None:
    answer = await openai.chat.completions.create(
        model="gpt-4o",
        messages=[{"role": "user", "content": SAID}],
        temperature=0,
        max_completion_tokens=40,
    )
    assert "Paris" in (answer.choices[0].message.content or "")
    assert answer.usage is not None
    assert 0 < answer.usage.completion_tokens <= 40


async def shows_what_it_has(openai: AsyncOpenAI) -> None:
    models = [model.id async for model in await openai.models.list()]
    assert models == ["moonshine-tiny-en", "SmolLM2-135M-Instruct.Q4_1", "espeak-ng"]


def error_rate(said: str, heard: str) -> float:
    return float(jiwer.wer(words(said), words(heard)))


def words(text: str) -> str:
    return " ".join(re.findall(r"[a-z']+", text.lower()))
