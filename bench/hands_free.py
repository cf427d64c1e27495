"""Response time without a button: last sample of speech → first audio, on the default engines.

Two gateways on the same Redis and workers, one that guesses in pauses (eager on) and one that does
not, take turns; each question is spoken in real time into a new session.

python -m bench.hands_free [questions]
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.figures import Machine, head, line
from bench.redis_server import temporary_redis
from bench.response import DEFAULT
from bench.system import free_port, running
from client.connection import Connection, connect
from client.events import ReplyDone, ReplySound, SpeechStopped
from shared.audio import PACKET_S, WIRE_HZ, OpusEncoder, read_sound

SOUNDS = Path(__file__).parents[1] / "tests" / "audio"
QUESTIONS = ("capital-of-france", "moon-distance")
_BEFORE_S, _AFTER_S = 0.5, 8.0
_AUDIBLE = 0.01
"""Amplitude; the recordings have digital silence around the speech."""


def spoken(name: str) -> tuple[list[bytes], float]:
    """Opus packets of a question between silences, and where its speech ends, in seconds."""
    pcm = read_sound(SOUNDS / f"{name}.wav", WIRE_HZ)
    silences = (np.zeros(round(seconds * WIRE_HZ), np.float32) for seconds in (_BEFORE_S, _AFTER_S))
    before, after = silences
    end_s = _BEFORE_S + float(np.flatnonzero(np.abs(pcm) > _AUDIBLE)[-1]) / WIRE_HZ
    return OpusEncoder(WIRE_HZ).encode(np.concatenate((before, pcm, after))), end_s


async def ask(url: str, packets: Sequence[bytes], end_s: float) -> tuple[float, float]:
    """Seconds from the end of speech to the turn's end, and to the first audio."""
    detection = {"type": "semantic_vad"}
    async with connect(url, turn_detection=detection) as connection:
        start = time.monotonic()
        speaking = asyncio.create_task(connection.send_speech(packets))
        try:
            stopped, sounded = await _listen(connection)
        finally:
            speaking.cancel()
            await asyncio.wait([speaking])
    ended = start + end_s + PACKET_S  # a packet can be sent only when it is full
    return stopped - ended, sounded - ended


async def _listen(connection: Connection) -> tuple[float, float]:
    stopped = 0.0
    while True:
        match await connection.receive():
            case SpeechStopped():
                stopped = time.monotonic()
            case ReplySound():
                return stopped, time.monotonic()
            case ReplyDone() as done:
                raise AssertionError(f"a reply without sound: {done.status} {done.detail}")
            case _:
                pass


async def measure(redis_url: str, folder: Path, name: str, count: int) -> None:
    """Print one question's distributions."""
    packets, end_s = spoken(name)
    waits: dict[str, list[float]] = {"on": [], "off": []}
    responses: dict[str, list[float]] = {"on": [], "off": []}
    port = free_port()
    async with running(redis_url, port, folder, **DEFAULT, **_eager("on")) as system:
        other = free_port()
        system.start("gateway", "patient", _eager("off") | {"VOICECHAT_GATEWAY_PORT": str(other)})
        await asyncio.sleep(3)
        urls = {"on": system.url, "off": system.url.replace(str(port), str(other))}
        for _ in range(count):
            for eager, url in urls.items():
                wait_s, response_s = await ask(url, packets, end_s)
                waits[eager].append(wait_s)
                responses[eager].append(response_s)
    print(f"{name} ({end_s - _BEFORE_S:.1f} s of speech)")
    print(head(count))
    for eager in urls:
        print(line(f"eager {eager}: speech ends → turn over", waits[eager]))
        print(line(f"eager {eager}: speech ends → first audio", responses[eager]))
    sooner = statistics.median(responses["off"]) - statistics.median(responses["on"])
    print(f"  eager turns answer {sooner * 1000:.0f} ms sooner (medians)")


def _eager(mode: str) -> dict[str, str]:
    return {"VOICECHAT_ENDPOINTING_EAGER": mode}


def main(count: int) -> None:
    """Print the distributions of both questions."""
    machine = Machine()
    with temporary_redis() as redis:
        for question in QUESTIONS:
            asyncio.run(measure(redis.url, redis.folder, question, count))
    print(machine)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 12)
