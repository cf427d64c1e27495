"""The plain HTTP endpoints as the stock `openai` SDK uses them, with real worker processes."""

import asyncio
import io
import re
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from aiohttp import ClientSession, FormData
from openai import AsyncOpenAI, BadRequestError, NotFoundError

from bench.redis_server import RedisServer, redis_binary
from bench.system import SCRIPTED, System, free_port
from shared.audio import WIRE_HZ, Pcm, from_pcm16, read_sound, to_pcm16

AUDIO = Path(__file__).parents[1] / "audio"
QUESTION = AUDIO / "capital-of-france.wav"
HEARD = "What is the capital of France?"
REPLY = "This is a scripted reply. It always says the same, and it ends here."
TEXT = "One two three four. Five six seven eight! Nine ten eleven twelve?"
WORDS_S = 12 * 0.3
SETTINGS = {"VOICECHAT_GATEWAY_LONGEST_UPLOAD_S": "70"}
MODULES = ("gateway", "stt_service", "llm_service", "tts_service")


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """One system for all tests of this file: it takes seconds to start."""
    server = RedisServer(redis_binary(), tmp_path_factory.mktemp("redis"))
    server.start()
    logs = tmp_path_factory.mktemp("logs")
    system = System(server.url, free_port(), SCRIPTED | SETTINGS, logs)
    for module in MODULES:
        system.start(module)
    try:
        asyncio.run(system.until_ready())
        yield system
    finally:
        system.stop()
        server.kill()


@pytest.fixture
async def openai(system: System) -> AsyncIterator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=system.web("/v1"), api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture
async def web(system: System) -> AsyncIterator[ClientSession]:
    async with ClientSession(system.web("/")) as session:
        yield session


# Transcription


async def test_a_file_is_transcribed(openai: AsyncOpenAI) -> None:
    heard = await openai.audio.transcriptions.create(model="any", file=QUESTION, language="en")
    assert heard.text == HEARD
    assert heard.usage is not None
    assert heard.usage.type == "duration"
    assert 1 < heard.usage.seconds < 4


async def test_a_transcript_comes_as_text_or_with_its_length(openai: AsyncOpenAI) -> None:
    create = openai.audio.transcriptions.create
    text = await create(model="any", file=QUESTION, response_format="text")
    verbose = await create(model="any", file=QUESTION, response_format="verbose_json")
    assert text.strip() == HEARD
    assert (verbose.text, verbose.language) == (HEARD, "en")
    assert 1 < verbose.duration < 4


async def test_a_transcript_comes_as_events(openai: AsyncOpenAI) -> None:
    stream = await openai.audio.transcriptions.create(model="any", file=QUESTION, stream=True)
    events = [event async for event in stream]
    assert [event.type for event in events] == ["transcript.text.delta", "transcript.text.done"]
    assert events[-1].type == "transcript.text.done"
    assert events[-1].text == HEARD


async def test_a_file_that_is_too_long_is_refused(web: ClientSession) -> None:
    form = FormData()
    form.add_field("file", io.BytesIO(story(4)), filename="story.wav")
    async with web.post("/v1/audio/transcriptions", data=form) as response:
        error = (await response.json())["error"]
        assert (response.status, error["code"]) == (413, "audio_too_long")
        assert "70 s" in error["message"]


async def test_what_is_no_sound_is_refused(openai: AsyncOpenAI) -> None:
    with pytest.raises(BadRequestError) as caught:
        await openai.audio.transcriptions.create(model="any", file=("a.mp3", b"no sound at all"))
    assert (caught.value.code, caught.value.param) == ("bad_audio", "file")
    assert caught.value.type == "invalid_request_error"


async def test_an_unknown_shape_is_refused(web: ClientSession) -> None:
    form = FormData({"response_format": "docx"})
    form.add_field("file", QUESTION.read_bytes(), filename="question.wav")
    async with web.post("/v1/audio/transcriptions", data=form) as response:
        error = (await response.json())["error"]
        assert (response.status, error["param"]) == (400, "response_format")
        assert "json, text, srt, verbose_json, vtt" in error["message"]


async def test_a_long_file_is_transcribed_stretch_by_stretch(openai: AsyncOpenAI) -> None:
    create = openai.audio.transcriptions.create
    content = story(3)
    stream = await create(model="any", file=("a.wav", content), stream=True)
    *deltas, done = [event async for event in stream]
    said = [event.delta for event in deltas if event.type == "transcript.text.delta"]
    assert len(said) >= 3
    assert done.type == "transcript.text.done"
    assert done.text == "".join(said)
    assert re.fullmatch(f"{re.escape(HEARD)}( {re.escape(HEARD)})+", done.text)


async def test_a_long_file_has_segments_and_subtitles(openai: AsyncOpenAI) -> None:
    create = openai.audio.transcriptions.create
    file = ("a.wav", story(3))
    verbose = await create(model="any", file=file, response_format="verbose_json")
    assert verbose.segments is not None
    ends = [segment.end for segment in verbose.segments]
    assert [segment.start for segment in verbose.segments] == [0, *ends[:-1]]
    assert ends[-1] == verbose.duration == pytest.approx(65, abs=0.5)
    assert all(segment.end - segment.start <= 25.01 for segment in verbose.segments)
    subtitles = await create(model="any", file=file, response_format="srt")
    assert subtitles.startswith("1\n00:00:00,000 --> 00:00:")
    assert subtitles.count("-->") == len(ends)


def story(times: int) -> bytes:
    """A story of 22 s, told several times."""
    pcm = np.tile(read_sound(AUDIO / "long-story.wav", WIRE_HZ), times)
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setparams((1, 2, WIRE_HZ, 0, "NONE", ""))
        file.writeframes(to_pcm16(pcm).tobytes())
    return target.getvalue()


# Speech


def heard_of(content: bytes, kind: str) -> Pcm:
    return from_pcm16(content) if kind == "pcm" else read_sound(io.BytesIO(content), WIRE_HZ)


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        ("mp3", "audio/mpeg"),
        ("opus", "audio/ogg"),
        ("aac", "audio/aac"),
        ("flac", "audio/flac"),
        ("wav", "audio/wav"),
        ("pcm", "audio/pcm"),
    ],
)
async def test_a_text_is_spoken_in_each_format(
    openai: AsyncOpenAI, kind: Any, media_type: str
) -> None:
    create = openai.audio.speech.with_streaming_response.create
    async with create(model="any", voice="tone", input=TEXT, response_format=kind) as response:
        assert response.headers["content-type"] == media_type
        content = b"".join([portion async for portion in response.iter_bytes()])
    sound = heard_of(content, kind)
    assert len(sound) / WIRE_HZ == pytest.approx(WORDS_S, abs=1)
    assert np.abs(sound).max() == pytest.approx(0.3, abs=0.1)


async def test_a_file_is_mp3_unless_asked_otherwise(openai: AsyncOpenAI) -> None:
    response = await openai.audio.speech.create(model="any", voice="tone", input="One two three.")
    assert response.response.headers["content-type"] == "audio/mpeg"
    assert len(read_sound(io.BytesIO(response.content), WIRE_HZ)) > WIRE_HZ / 2


async def test_speed_makes_it_shorter(openai: AsyncOpenAI) -> None:
    lengths = []
    for speed in (1.0, 2.0):
        response = await openai.audio.speech.create(
            model="any", voice="tone", input=TEXT, speed=speed, response_format="pcm"
        )
        lengths.append(len(response.content))
    assert lengths[1] == pytest.approx(lengths[0] / 2, rel=0.1)


async def test_sentences_are_spoken_in_their_order(openai: AsyncOpenAI) -> None:
    """Each word has a pitch of its own, so the order of words is in the sound."""
    whole, parts = [await spoken(openai, text) for text in (" ".join([TEXT] * 3), TEXT)]
    assert len(whole) == 3 * len(parts)
    third = len(parts)
    assert [whole[:third], whole[third : 2 * third]] == [
        whole[third : 2 * third],
        whole[2 * third :],
    ]


async def spoken(openai: AsyncOpenAI, text: str) -> bytes:
    response = await openai.audio.speech.create(
        model="any", voice="tone", input=text, response_format="pcm"
    )
    return response.content


async def test_sound_comes_as_events(web: ClientSession) -> None:
    body = {"input": TEXT, "response_format": "pcm", "stream_format": "sse"}
    async with web.post("/v1/audio/speech", json=body) as response:
        assert response.content_type == "text/event-stream"
        events = [msgspec.json.decode(line[6:]) async for line in response.content if line.strip()]
    assert {event["type"] for event in events[:-1]} == {"speech.audio.delta"}
    assert events[-1]["type"] == "speech.audio.done"


async def test_an_unknown_voice_is_refused_with_the_voices_there_are(openai: AsyncOpenAI) -> None:
    with pytest.raises(BadRequestError, match="'nobody'; there are tone") as caught:
        await openai.audio.speech.create(model="any", voice="nobody", input="Hello.")
    assert (caught.value.code, caught.value.param) == ("unknown_voice", "voice")


@pytest.mark.parametrize("voice", [None, "default", "TONE", {"id": "tone"}])
async def test_a_voice_may_be_named_in_several_ways(web: ClientSession, voice: object) -> None:
    body = {"input": "One.", "voice": voice, "response_format": "pcm"}
    async with web.post("/v1/audio/speech", json=body) as response:
        assert response.status == 200, await response.text()
        assert len(await response.read()) > WIRE_HZ / 4


# Chat


async def test_a_chat_is_answered(openai: AsyncOpenAI) -> None:
    answer = await openai.chat.completions.create(
        model="any",
        messages=[
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Who are you?"}]},
        ],
    )
    assert answer.choices[0].message.content == REPLY
    assert (answer.choices[0].finish_reason, answer.model) == ("stop", "scripted-llm")
    assert answer.usage is not None
    assert answer.usage.prompt_tokens == 5
    assert answer.usage.completion_tokens == len(re.findall(r"\S+", REPLY))


async def test_a_chat_is_answered_sentence_by_sentence(openai: AsyncOpenAI) -> None:
    stream = await openai.chat.completions.create(
        model="any",
        messages=[{"role": "user", "content": "Who are you?"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]
    deltas = [chunk.choices[0].delta for chunk in chunks if chunk.choices]
    assert deltas[0].role == "assistant"
    assert [delta.content for delta in deltas if delta.content] == [
        "This is a scripted reply.",
        " It always says the same, and it ends here.",
    ]
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert (chunks[-1].choices, chunks[-1].usage is not None) == ([], True)
    assert len({chunk.id for chunk in chunks}) == 1


async def test_a_reply_that_is_cut_says_so(openai: AsyncOpenAI) -> None:
    answer = await openai.chat.completions.create(
        model="any", messages=[{"role": "user", "content": "Who?"}], max_completion_tokens=3
    )
    assert answer.choices[0].finish_reason == "length"
    assert answer.choices[0].message.content == "This is a"


async def test_several_replies_are_refused(openai: AsyncOpenAI) -> None:
    with pytest.raises(BadRequestError) as caught:
        await openai.chat.completions.create(
            model="any", messages=[{"role": "user", "content": "Who?"}], n=2
        )
    assert (caught.value.code, caught.value.param) == ("unsupported_value", "n")


# Models and voices


async def test_the_models_are_those_of_the_workers(openai: AsyncOpenAI) -> None:
    names = [model.id async for model in await openai.models.list()]
    assert names == ["scripted-stt", "scripted-llm", "tone"]
    model = await openai.models.retrieve("scripted-llm")
    assert (model.id, model.object) == ("scripted-llm", "model")
    assert model.to_dict()["stage"] == "llm"


async def test_a_model_that_is_not_there_is_not_found(openai: AsyncOpenAI) -> None:
    with pytest.raises(NotFoundError, match="scripted-llm") as caught:
        await openai.models.retrieve("gpt/4")
    assert caught.value.code == "model_not_found"


async def test_the_voices_are_those_of_the_workers(web: ClientSession) -> None:
    async with web.get("/v1/voices") as response:
        voice: dict[str, object] = {"id": "tone", "object": "voice", "name": "tone"}
        voice |= {"language": "en", "engine": "tone", "is_default": True}
        assert await response.json() == {"object": "list", "data": [voice]}
