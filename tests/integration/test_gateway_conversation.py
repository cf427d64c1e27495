"""Whole turns through a real gateway and a real Redis."""

import base64
import struct

import numpy as np
from gateway_bench import bench

from gateway.settings import GatewaySettings
from shared.audio import OpusEncoder, Pcm, decode_packets
from shared.messages import SessionEnded, TurnCancelled, WorkFailed


def tone(seconds: float) -> Pcm:
    sound: Pcm = (np.sin(np.arange(round(24_000 * seconds)) * 0.1) / 2).astype(np.float32)
    return sound


def pcm16(seconds: float) -> str:
    return base64.b64encode((tone(seconds) * 32767).astype("<i2").tobytes()).decode()


def opus(seconds: float) -> tuple[bytes, ...]:
    encoder = OpusEncoder()
    return (*encoder.encode(tone(seconds)), *encoder.flush())


async def test_speech_goes_in_and_comes_out_as_pcm(redis_url: str) -> None:
    async with bench(redis_url) as stage, stage.client() as client:
        await client.say("input_audio_buffer.append", audio=pcm16(0.5))
        await client.say("input_audio_buffer.commit")
        await client.say("response.create")
        utterance = await stage.pipeline.utterance()
        assert len(decode_packets(utterance.packets, 24_000)) >= 12_000
        await stage.pipeline.transcribe(utterance, "Hello?")
        await stage.pipeline.answer(utterance, "Hi there.", opus(0.4))
        done = await client.until("response.done")
    assert done["response"]["status"] == "completed"
    assert done["response"]["output"][0]["content"][0]["transcript"] == "Hi there."
    assert done["response"]["latency"]["response_time_s"] > 0
    sound = b"".join(
        base64.b64decode(event["delta"])
        for event in client.heard
        if event["type"] == "response.output_audio.delta"
    )
    heard = np.frombuffer(sound, "<i2")
    assert abs(len(heard) - 0.4 * 24_000) < 500
    assert np.abs(heard).max() > 8000
    assert client.kinds() == [
        "session.created",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "response.created",
        "conversation.item.input_audio_transcription.completed",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.done",
    ]


async def test_opus_goes_through_untouched_both_ways(redis_url: str) -> None:
    spoken, answer = opus(0.2), opus(0.1)
    format_ = {"format": {"type": "audio/opus"}}
    wishes = {"type": "realtime", "audio": {"input": format_, "output": format_}}
    async with bench(redis_url) as stage, stage.client() as client:
        await client.say("session.update", session=wishes)
        await client.until("session.updated")
        for packet in spoken:
            await client.socket.send_bytes(packet)
        await client.say("input_audio_buffer.commit")
        await client.say("response.create")
        utterance = await stage.pipeline.utterance()
        assert utterance.packets == spoken
        await stage.pipeline.transcribe(utterance, "Hello?")
        await stage.pipeline.answer(utterance, "Hi.", answer)
        await client.until("response.done")
    header = struct.Struct(">BIHI")
    assert [header.unpack(message[:11]) for message in client.packets] == [
        (1, 1, 0, number) for number in range(len(answer))
    ]
    assert tuple(message[11:] for message in client.packets) == answer


async def test_typed_text_is_answered_in_text(redis_url: str) -> None:
    async with bench(redis_url) as stage, stage.client() as client:
        await client.write("Hi.", output_modalities=["text"])
        turn = await stage.pipeline.turn()
        assert (turn.text, turn.options.is_spoken) == ("Hi.", False)
        await stage.pipeline.answer(turn, "Hello.", ())
        done = await client.until("response.output_text.done")
        assert done["text"] == "Hello."


async def test_cancelling_tells_the_workers(redis_url: str) -> None:
    async with bench(redis_url) as stage, stage.client() as client:
        await client.write()
        turn = await stage.pipeline.turn()
        await client.say("response.cancel")
        done = await client.until("response.done")
        assert done["response"]["status_details"]["reason"] == "client_cancelled"
        assert await stage.control() == TurnCancelled(session=turn.session, turn=1)


async def test_leaving_tells_the_workers(redis_url: str) -> None:
    async with bench(redis_url) as stage:
        async with stage.client() as client:
            await client.write()
            turn = await stage.pipeline.turn()
        assert await stage.control() == SessionEnded(session=turn.session, turn=1)


async def test_a_failed_stage_is_told_and_the_session_goes_on(redis_url: str) -> None:
    async with bench(redis_url) as stage, stage.client() as client:
        await client.write()
        turn = await stage.pipeline.turn()
        failure = WorkFailed(
            session=turn.session, turn=1, stage="llm", code="engine_failed", detail="out of memory"
        )
        await stage.pipeline.give(failure, turn)
        done = await client.until("response.done")
        assert done["response"]["status_details"]["error"]["message"] == "out of memory"
        await client.say("response.create")
        assert (await stage.pipeline.turn()).turn == 2


async def test_a_turn_nobody_works_on_fails_in_the_end(redis_url: str) -> None:
    settings = GatewaySettings(turn_timeout_s=0.2)
    async with bench(redis_url, settings) as stage, stage.client() as client:
        await client.write()
        done = await client.until("response.done")
        assert done["response"]["status_details"]["error"]["code"] == "timed_out"


async def test_two_sessions_hear_only_their_own_replies(redis_url: str) -> None:
    async with bench(redis_url) as stage, stage.client() as one, stage.client() as two:
        await one.write()
        first = await stage.pipeline.turn()
        await two.write()
        second = await stage.pipeline.turn()
        await stage.pipeline.answer(second, "Two.", opus(0.1))
        await stage.pipeline.answer(first, "One.", opus(0.1))
        for client, text in ((one, "One."), (two, "Two.")):
            done = await client.until("response.done")
            assert done["response"]["output"][0]["content"][0]["transcript"] == text
