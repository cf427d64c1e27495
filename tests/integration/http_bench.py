"""A gateway that is asked by plain HTTP, and a pipeline played by the test."""

import io
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from aiohttp import ClientSession, FormData
from gateway_bench import Bench, bench

from gateway.settings import GatewaySettings
from shared.audio import OpusEncoder
from shared.messages import Job, Sentence, SpeechChunk, Stage, WorkFailed, decode
from shared.streams import SENTENCES

PACKETS = tuple(OpusEncoder().encode(np.zeros(24_000, np.float32)))
TEXT = " ".join(f"This is sentence number {number}." for number in range(20))
CHAT: dict[str, Any] = {"messages": [{"role": "user", "content": "Hello."}]}
SPEECH = {"input": TEXT, "response_format": "pcm"}


@asynccontextmanager
async def speech_bench(
    redis_url: str, settings: GatewaySettings | None = None, **options: Any
) -> AsyncIterator[Bench]:
    """A gateway whose tts stage is played by the test, as the others are."""
    async with bench(redis_url, settings, **options) as it:
        await it.bus.join(SENTENCES)
        yield it


def upload(content: bytes, fields: Mapping[str, str] | None = None) -> FormData:
    """A form with a sound file."""
    form = FormData()
    for name, text in (fields or {}).items():
        form.add_field(name, text)
    form.add_field("file", io.BytesIO(content), filename="sound.wav")
    return form


def wav(seconds: int = 1) -> bytes:
    """So much silence."""
    header = (
        b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0\xc0\x5d\0\0\x80\xbb\0\0\x02\0\x10\0"
    )
    size = seconds * 48_000
    return header + b"data" + size.to_bytes(4, "little") + bytes(size)


async def sentence(it: Bench, wait_s: float = 20) -> Sentence | None:
    """What is to be spoken next, if anything is."""
    delivery = await it.bus.take(SENTENCES, wait_s)
    if delivery is None:
        return None
    job = decode(delivery.payload)
    assert isinstance(job, Sentence)
    return job


async def sentences(it: Bench, count: int) -> list[Sentence]:
    """What is to be spoken next, which has to be so much."""
    jobs = [await sentence(it) for _ in range(count)]
    return [job for job in jobs if job is not None]


def chunk(job: Sentence, index: int = 0, *, is_last: bool = True) -> SpeechChunk:
    """A second of its sound."""
    return SpeechChunk(
        session=job.session,
        turn=job.turn,
        sentence=job.index,
        index=index,
        packets=PACKETS,
        is_last=is_last,
    )


def failed(job: Job, stage: Stage, code: str) -> WorkFailed:
    """Its failure."""
    return WorkFailed(
        session=job.session, turn=job.turn, stage=stage, code=code, detail="the engine is ill"
    )


async def error_of(
    web: ClientSession, url: str, **request: Any
) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, error and headers of a request that is not answered."""
    async with web.post(url, **request) as response:
        return response.status, (await response.json())["error"], dict(response.headers)
