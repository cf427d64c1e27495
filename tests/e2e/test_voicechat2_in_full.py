"""voicechat2's page and the engines of the embedded default: real speech up, real speech down."""

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from page import page
from recordings import PAGE_HZ, played, recording

from bench.response import DEFAULT
from bench.round_trip import plain
from bench.system import running
from shared.audio import read_sound, resample
from stt_service.engine import Speech
from stt_service.engines.moonshine import Moonshine

pytestmark = pytest.mark.timeout(300)
SOUNDS = Path(__file__).parents[1] / "audio"
PRECISE = {"VOICECHAT_LLM_TEMPERATURE": "0", "VOICECHAT_LLM_MAX_OUTPUT_TOKENS": "60"}


def spoken(name: str) -> bytes:
    return recording(read_sound(SOUNDS / name, PAGE_HZ))


async def test_a_spoken_question_is_understood_and_answered_aloud(
    redis_url: str, free_port: int, tmp_path: Path
) -> None:
    async with (
        running(redis_url, free_port, tmp_path, **DEFAULT, **PRECISE) as system,
        page(system.web("/ws")) as client,
    ):
        await client.let_go(spoken("silence.wav"))
        await client.until_ready()
        assert client.kinds == ["error", "processing_complete"]
        client.told.clear()
        await client.let_go(spoken("capital-of-france.wav"))
        await client.until_ready()
    assert plain(client.told[0]["content"]) == "what is the capital of france"
    assert "Paris" in client.text
    metrics = client.told[-2]["metrics"]
    assert min(metrics.values()) > 0
    pcm = np.concatenate([played(file)[1] for file in client.files])
    with closing(Moonshine(Moonshine.Settings())) as ear:
        again = await ear.transcribe(Speech(pcm=resample(pcm, 48_000, 16_000)))
    assert "paris" in plain(again.text).split()
