"""What a gateway does for voicechat2's page; the pipeline is played by the test."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from aiohttp import WSMsgType
from gateway_bench import bench
from page import SOUND, page
from recordings import beep, played, recording

from gateway.protocols.port import Heard
from gateway.protocols.voicechat2 import VoiceChat2
from gateway.settings import GatewaySettings
from shared.audio import WIRE_HZ, OpusEncoder, decode_packets
from shared.errors import SettingsError
from shared.messages import SpeechChunk, WorkFailed

HELLO = recording(beep(0.7))


def opus(seconds: float) -> tuple[bytes, ...]:
    encoder = OpusEncoder()
    return (*encoder.encode(beep(seconds, WIRE_HZ)), *encoder.flush())


async def test_the_recording_reaches_the_pipeline_and_the_answer_the_page(redis_url: str) -> None:
    async with bench(redis_url) as stage, page(f"{stage.url}/ws") as client:
        await client.let_go(HELLO)
        utterance = await stage.pipeline.utterance()
        assert len(decode_packets(utterance.packets, WIRE_HZ)) == pytest.approx(
            0.7 * WIRE_HZ, abs=0.04 * WIRE_HZ
        )
        await stage.pipeline.transcribe(utterance, "Hello?")
        await stage.pipeline.answer(utterance, "Hi there.", opus(0.4))
        await client.until_ready()
    assert client.kinds == [
        *("transcription", "text", "first_audio_response", SOUND),
        *("latency_metrics", "processing_complete"),
    ]
    assert played(client.files[0])[0] == pytest.approx(0.4, abs=0.01)


async def test_what_is_behind_the_limit_of_sound_is_not_looked_at(redis_url: str) -> None:
    damaged = recording(beep(9.0))[:-1] + b"?"
    settings = GatewaySettings(audio_s_per_minute=2)
    async with bench(redis_url, settings) as stage, page(f"{stage.url}/ws") as client:
        await client.let_go(damaged)
        told = await client.until("error")
        assert "2 seconds of sound in a minute" in told["message"]
        utterance = await stage.pipeline.utterance()
        assert len(decode_packets(utterance.packets, WIRE_HZ)) <= 2.1 * WIRE_HZ


async def test_a_sentence_that_stops_in_its_middle_is_never_sent(redis_url: str) -> None:
    async with bench(redis_url) as stage, page(f"{stage.url}/ws") as client:
        await client.let_go(HELLO)
        first = await stage.pipeline.utterance()
        await stage.pipeline.transcribe(first, "Hello?")
        begun = SpeechChunk(
            session=first.session, turn=first.turn, sentence=0, index=0, packets=opus(0.2)
        )
        await stage.pipeline.give(begun, first)
        await client.until("transcription")
        await client.let_go(HELLO)
        second = await stage.pipeline.utterance()
        await stage.pipeline.transcribe(second, "And now?")
        await stage.pipeline.answer(second, "Now.", opus(0.1))
        await client.until_ready()
    (file,) = client.files
    assert played(file)[0] == pytest.approx(0.1, abs=0.01)
    assert second.history[0].text == "Hello?"


async def test_an_utterance_without_words_leaves_the_page_ready(redis_url: str) -> None:
    async with bench(redis_url) as stage, page(f"{stage.url}/ws") as client:
        await client.let_go(HELLO)
        await stage.pipeline.transcribe(await stage.pipeline.utterance(), " ")
        await client.until_ready()
    assert client.kinds == ["error", "processing_complete"]
    assert "no words" in client.told[0]["message"]


async def test_a_stage_that_fails_leaves_the_page_ready(redis_url: str) -> None:
    async with bench(redis_url) as stage, page(f"{stage.url}/ws") as client:
        await client.let_go(HELLO)
        utterance = await stage.pipeline.utterance()
        failure = WorkFailed(
            session=utterance.session, turn=1, stage="stt", code="engine_failed", detail="no memory"
        )
        await stage.pipeline.give(failure, utterance)
        await client.until_ready()
        assert client.told[0] == {"type": "error", "message": "no memory"}
        assert client.kinds == ["error", "processing_complete"]
        await client.let_go(HELLO)
        assert (await stage.pipeline.utterance()).turn == 2


async def test_too_long_a_recording_is_told_and_answered_as_far_as_it_goes(redis_url: str) -> None:
    settings = GatewaySettings(longest_utterance_s=0.5)
    async with bench(redis_url, settings) as stage, page(f"{stage.url}/ws") as client:
        await client.let_go(HELLO)
        utterance = await stage.pipeline.utterance()
        assert len(utterance.packets) in (24, 25)
        await stage.pipeline.transcribe(utterance, "Hello?")
        await stage.pipeline.answer(utterance, "Hi.", opus(0.1))
        await client.until_ready()
    assert client.kinds[:2] == ["error", "transcription"]
    assert client.kinds.count("processing_complete") == 1


async def test_too_large_a_recording_is_an_error_and_far_too_large_a_one_the_end(
    redis_url: str,
) -> None:
    settings = GatewaySettings(most_message_bytes=10_000)
    async with bench(redis_url, settings) as stage, page(f"{stage.url}/ws") as client:
        await client.fall_silent(bytes(10_001))
        assert "may have 10000 bytes" in (await client.next())["message"]
        await client.until_ready()
        await client.socket.send_bytes(bytes(50_000))
        assert (await client.socket.receive()).type is WSMsgType.CLOSE
        assert client.socket.close_code == 1009


class Faulty(VoiceChat2):
    """A protocol with a mistake in it."""

    def read(self, text: str) -> Sequence[Heard]:
        raise ZeroDivisionError


async def test_a_mistake_of_ours_closes_the_socket_with_a_code_that_says_so(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.app.VoiceChat2", Faulty)
    async with bench(redis_url) as stage:
        async with page(f"{stage.url}/ws") as client:
            await client.ping()
            assert (await client.socket.receive()).type is WSMsgType.CLOSE
            assert client.socket.close_code == 1011
        async with stage.client() as other:
            await other.push_to_talk()
            await other.until("session.updated")


# The page itself


async def test_the_gateway_gives_out_the_page_and_lets_it_connect(
    redis_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "ui"
    folder.mkdir()
    (folder / "index.html").write_text("<title>voicechat2</title>")
    (tmp_path / "secret").write_text("secret")
    async with bench(redis_url, GatewaySettings(page_folder=str(folder))) as stage:
        for path in ("/", "/ui/index.html"):
            async with stage.web.get(stage.url + path) as answer:
                assert answer.status == 200
                assert answer.content_type == "text/html"
                assert "voicechat2" in await answer.text()
        async with stage.web.get(f"{stage.url}/ui/%2e%2e/secret") as answer:
            assert answer.status in (403, 404)
        async with page(f"{stage.url}/ws", headers={"Origin": stage.url}) as client:
            await client.ping()
            assert await client.next() == {"type": "pong"}


async def test_a_folder_without_a_page_is_named_at_the_start(
    redis_url: str, tmp_path: Path
) -> None:
    settings = GatewaySettings(page_folder=str(tmp_path))
    with pytest.raises(BaseException) as caught:
        async with bench(redis_url, settings):
            pass
    error: BaseException = caught.value
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, SettingsError)
    assert str(tmp_path / "index.html") in str(error)


async def test_a_page_of_another_site_may_not_connect(redis_url: str) -> None:
    async with bench(redis_url) as stage:
        foreign = {"Origin": "https://example.com"}
        async with stage.web.get(f"{stage.url}/ws", headers=foreign) as answer:
            assert answer.status == 403
