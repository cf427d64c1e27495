"""Captions and mouth shapes of a reply, from a real voice to a real client."""

import asyncio
from pathlib import Path

import pytest
from gateway_bench import bench

from bench.system import running
from client.connection import Connection, connect
from client.events import AnyEvent, ReplyDone, ReplyMarks, ReplySound, ReplyText
from shared.audio import PACKET_S

REPLY = "Mama, the tower is 42 meters high. It was built in 1931, by the river."


async def answer(connection: Connection) -> list[AnyEvent]:
    await connection.send_text("How high is it?")
    await connection.request_reply()
    events = [await connection.receive()]
    while not isinstance(events[-1], ReplyDone):
        events.append(await connection.receive())
    return events


@pytest.mark.parametrize("engine", ["tone", "espeak"])
async def test_marks_add_up_to_the_transcript_and_never_come_after_their_sound(
    redis_url: str, free_port: int, tmp_path: Path, engine: str
) -> None:
    settings = {"VOICECHAT_TTS_ENGINE": engine, "VOICECHAT_LLM_SCRIPTED_REPLY": REPLY}
    async with (
        running(redis_url, free_port, tmp_path, **settings) as system,
        connect(system.url, has_marks=True) as connection,
        asyncio.timeout(60),
    ):
        events = await answer(connection)
    transcript = "".join(event.delta for event in events if isinstance(event, ReplyText))
    assert transcript == REPLY
    marks = [event for event in events if isinstance(event, ReplyMarks)]
    words = [word for event in marks for word in event.words]
    assert [word.text for word in words] == REPLY.split()
    assert all(transcript[word.offset :].startswith(word.text) for word in words)

    sound_s, last_s = 0.0, 0.0
    for event in events:
        if isinstance(event, ReplySound):
            sound_s += PACKET_S
        elif isinstance(event, ReplyMarks):
            starts_s = [word.start_s for word in event.words]
            starts_s += [shape.start_s for shape in event.mouth_shapes]
            assert min(starts_s) >= sound_s - 0.001
            last_s = max(starts_s)
    assert last_s <= sound_s + 0.001

    shapes = [shape.shape for event in marks for shape in event.mouth_shapes]
    if engine == "espeak":
        assert [shape for shape in shapes if shape != "sil"][:4] == ["PP", "aa", "PP", "aa"]
    else:
        assert shapes == []


async def test_a_stock_client_is_told_nothing_of_marks(redis_url: str) -> None:
    async with bench(redis_url) as stage, stage.client() as client:
        await client.write()
        await stage.pipeline.answer(await stage.pipeline.turn(), "Yes.", (b"\x78abc",) * 5)
        await client.until("response.done")
    assert "response.output_audio_transcript.delta" in client.kinds()
    assert "response.output_audio.marks" not in client.kinds()
