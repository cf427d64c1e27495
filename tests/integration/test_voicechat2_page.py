"""voicechat2's page on a real gateway and real workers: whole files up, whole files down."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from page import SOUND, Page, page
from recordings import beep, played, recording

from bench.system import System, running

pytestmark = pytest.mark.timeout(300)

QUESTIONS = ("Is it <b>you</b>?", "And now?")
REPLY = "You asked: {question} Yes & no. That is all there is to say about it."
WORD_S = 0.3
SETTINGS = {
    "VOICECHAT_STT_SCRIPTED_TEXT": "|".join(QUESTIONS),
    "VOICECHAT_LLM_SCRIPTED_REPLY": REPLY,
    "VOICECHAT_TTS_TONE_WORD_S": str(WORD_S),
}
HELLO = recording(beep(0.7))


@pytest.fixture
async def system(redis_url: str, free_port: int, tmp_path: Path) -> AsyncIterator[System]:
    async with running(redis_url, free_port, tmp_path, **SETTINGS) as it:
        yield it


def sentences(told: Page) -> list[float]:
    """Seconds of each file, which is whole and sounds."""
    lengths = []
    for file in told.files:
        length_s, pcm = played(file)
        assert len(pcm) / 48_000 == pytest.approx(length_s, abs=0.03)
        assert np.abs(pcm).max() > 0.2
        lengths.append(length_s)
    return lengths


@pytest.mark.parametrize("way", ["let_go", "fall_silent"])
async def test_a_recording_is_answered_in_the_order_of_the_original(
    system: System, way: str
) -> None:
    async with page(system.web("/ws")) as client:
        await client.ping()
        assert await client.next() == {"type": "pong"}
        await getattr(client, way)(HELLO)
        await client.until_ready()
    kinds = client.kinds
    assert kinds[:3] == ["pong", "transcription", "text"]
    assert kinds[-2:] == ["latency_metrics", "processing_complete"]
    assert kinds.count("first_audio_response") == kinds.count("transcription") == 1
    assert kinds[kinds.index("first_audio_response") + 1] == SOUND
    assert client.told[1]["content"] == QUESTIONS[0]
    assert client.text == (
        "You asked: Is it &lt;b&gt;you&lt;/b&gt;? Yes &amp; no. "
        "That is all there is to say about it."
    )
    lengths = sentences(client)
    assert len(lengths) >= 3
    words = len(client.text.split())
    assert words * WORD_S <= sum(lengths) <= (words + 4) * WORD_S
    metrics = client.told[-2]["metrics"]
    assert metrics["total_voice_to_voice"] > 0
    assert len(metrics) == 5
    assert all(isinstance(seconds, float) and 0 <= seconds < 30 for seconds in metrics.values())


async def test_the_end_of_a_recording_may_overtake_it(system: System) -> None:
    async with page(system.web("/ws")) as client:
        await client.stop()
        await asyncio.sleep(0.3)
        await client.socket.send_bytes(HELLO)
        await client.until_ready()
    assert client.kinds[0] == "transcription"
    assert "error" not in client.kinds


async def test_a_new_recording_interrupts_and_is_answered(system: System) -> None:
    async with page(system.web("/ws")) as client:
        await client.let_go(HELLO)
        await client.until(SOUND)
        before = len(client.files)
        await client.let_go(HELLO)
        await client.until("interrupted")
        await client.until_ready()
    kinds = client.kinds
    assert before < len(sentences(client))
    assert kinds.count("processing_complete") == kinds.count("latency_metrics") == 1
    after = kinds[kinds.index("interrupted") + 1 :]
    assert after.index("transcription") == 0
    assert client.text.endswith("That is all there is to say about it.")
    again = [message for message in client.told if message["type"] == "transcription"]
    assert [message["content"] for message in again] == list(QUESTIONS)


async def test_what_is_wrong_is_told_and_the_page_goes_on(system: System) -> None:
    async with page(system.web("/ws")) as client:
        for broken in (b"", b"RIFF", HELLO[:-10], recording(beep(0.5), container="webm")):
            await client.fall_silent(broken)
            assert (await client.next())["type"] == "error"
            assert (await client.next())["type"] == "processing_complete"
        await client.stop()
        assert "no recording has come" in (await client.next())["message"]
        await client.until_ready()
        await client.socket.send_str("{")
        assert (await client.next())["type"] == "error"
        await client.until_ready()
        await client.fall_silent(HELLO)
        assert (await client.next())["type"] == "transcription"
        await client.until_ready()


async def test_two_pages_hear_only_their_own_answers(system: System) -> None:
    async with page(system.web("/ws")) as one, page(system.web("/ws")) as two:
        await one.let_go(HELLO)
        await one.until("transcription")
        await two.let_go(HELLO)
        await two.until("transcription")
        for client, question in ((one, QUESTIONS[0]), (two, QUESTIONS[1])):
            await client.until_ready()
            transcripts = [told for told in client.told if told["type"] == "transcription"]
            assert [told["content"] for told in transcripts] == [question]
            assert client.kinds.count("processing_complete") == 1


async def test_a_very_long_recording_does_not_stop_the_others(system: System) -> None:
    long = recording(beep(119.0))
    async with page(system.web("/ws")) as one, page(system.web("/ws")) as two:
        await one.fall_silent(long)
        slowest_s = 0.0
        for _ in range(20):
            start = asyncio.get_running_loop().time()
            await two.ping()
            await two.until("pong")
            slowest_s = max(slowest_s, asyncio.get_running_loop().time() - start)
        assert slowest_s < 0.5
        assert (await one.until("transcription"))["content"].startswith(QUESTIONS)
