"""An open loudspeaker without echo cancellation: real voices, real recognition, a written reply."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from person import person

from bench.redis_server import temporary_redis
from bench.response import DEFAULT
from bench.system import System, free_port, running
from shared.audio import WIRE_HZ, read_sound

pytestmark = pytest.mark.timeout(300)

AUDIO = Path(__file__).parents[1] / "audio"
REPLY = (
    "The capital of France is Paris, a large city on the river Seine. It has been the seat of "
    "kings and presidents for a thousand years. Many people visit its museums every summer."
)
SETTINGS = DEFAULT | {
    "VOICECHAT_LLM_ENGINE": "scripted",
    "VOICECHAT_LLM_SCRIPTED_REPLY": REPLY,
}
QUESTION = read_sound(AUDIO / "capital-of-france.wav", WIRE_HZ)
INTERRUPTION = read_sound(AUDIO / "moon-distance.wav", WIRE_HZ)
STARTED = "input_audio_buffer.speech_started"
TRANSCRIBED = "conversation.item.input_audio_transcription.completed"
DONE = "response.done"
LOUDNESSES = (0.1, 0.5)
TRIES = 3
"""Where the machine stands still for a second, sound is not where the clock says."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    logs = tmp_path_factory.mktemp("logs")
    with temporary_redis() as redis:
        async with running(redis.url, free_port(), logs, **SETTINGS) as it:
            yield it


def room() -> np.ndarray:
    noise = np.random.default_rng(3).standard_normal(6 * WIRE_HZ, np.float32)
    return noise * np.float32(0.001)


Trial = Callable[[str, float], Awaitable[bool]]


async def succeeds(trial: Trial, url: str, echo: float) -> bool:
    """Whether one of a few trials does."""
    for _ in range(TRIES):
        if await trial(url, echo):
            return True
    return False


async def is_spoken_to_its_end(url: str, echo: float) -> bool:
    """Whether a reply was, and nobody else was heard until its echo had died away."""
    async with person(url, room(), echo) as somebody:
        somebody.say(QUESTION)
        done = await somebody.until_told(DONE)
        await asyncio.sleep(3)  # what was released is played, and comes back
    is_whole: bool = done["response"]["status"] == "completed"
    return is_whole and len(somebody.all(STARTED)) == 1


async def is_heard_over_the_loudspeaker(url: str, echo: float) -> bool:
    """Whether a person who speaks over a reply interrupts it, and is understood."""
    async with person(url, room(), echo) as somebody:
        somebody.say(QUESTION)
        await somebody.until_heard(3.0)
        somebody.say(INTERRUPTION)
        done = await somebody.until_told(DONE)
        heard = await somebody.until_told(TRANSCRIBED, 2)
    is_interrupted: bool = done["response"]["status"] == "cancelled"
    return is_interrupted and "moon" in heard["transcript"].lower()


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("echo", LOUDNESSES)
async def test_a_reply_that_the_microphone_hears_is_spoken_to_its_end(
    system: System, echo: float
) -> None:
    assert await succeeds(is_spoken_to_its_end, system.url, echo)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_person_is_heard_over_the_loudspeaker(system: System) -> None:
    assert await succeeds(is_heard_over_the_loudspeaker, system.url, 0.3)
