"""The real engines of the embedded default: commit → first audio, through the pipeline and without.

The floor is the same three handlers called one after the other in one process: no Redis, no
gateway, no sockets. Runs alternate, so that both meet the same machine.

python -m bench.response [turns]
"""

import asyncio
import statistics
import sys
import time
from contextlib import aclosing
from pathlib import Path

from bench.figures import Machine, head, line
from bench.redis_server import temporary_redis
from bench.system import free_port, running
from client.ask import ask
from client.connection import Connection, connect
from client.sound import read_question
from llm_service.engines.llama_cpp import LlamaCpp
from llm_service.handler import LlmHandler
from llm_service.settings import LlmSettings
from shared.handler import one_by_one
from shared.messages import Sentence, SpeechChunk, Utterance
from stt_service.engines.moonshine import Moonshine
from stt_service.handler import SttHandler
from stt_service.settings import SttSettings
from tts_service.engines.espeak import Espeak
from tts_service.handler import TtsHandler
from tts_service.settings import Settings as TtsSettings

SOUNDS = Path(__file__).parents[1] / "tests" / "audio"
DEFAULT = {
    "VOICECHAT_STT_ENGINE": "moonshine",
    "VOICECHAT_STT_SPEECH_THRESHOLD": "0.5",
    "VOICECHAT_LLM_ENGINE": "llama_cpp",
    "VOICECHAT_TTS_ENGINE": "espeak",
}


class Floor:
    """All handlers in this process; each turn goes on with the conversation."""

    def __init__(self) -> None:
        self._stt = SttHandler(Moonshine(Moonshine.Settings()), SttSettings())
        self._llm = LlmHandler(LlamaCpp(LlamaCpp.Settings()), LlmSettings())
        self._tts = TtsHandler(Espeak(Espeak.Settings()), TtsSettings())

    async def turn(self, packets: tuple[bytes, ...]) -> float:
        """Seconds from the utterance to the first chunk of sound; finishes the reply's text."""
        start = time.perf_counter()
        utterance = Utterance(
            session="s",
            turn=1,
            gateway="g",
            deadline_s=9e9,
            packets=packets,
        )
        _, asked = [result async for result in one_by_one(self._stt.handle(utterance))]
        first_s = 0.0
        async with aclosing(one_by_one(self._llm.handle(asked))) as results:
            async for result in results:
                if isinstance(result, Sentence):
                    first_s = first_s or await self._first_chunk(result) - start
        return first_s

    async def _first_chunk(self, sentence: Sentence) -> float:
        async with aclosing(self._tts.handle(sentence)) as chunks:
            async for chunk in chunks:
                assert isinstance(chunk, SpeechChunk)
                return time.perf_counter()
        raise AssertionError("no sound")


async def through_pipeline(connection: Connection, packets: tuple[bytes, ...]) -> dict[str, float]:
    """Latencies of a turn that a client asks for."""
    answer = await ask(connection, packets, is_fast=True)
    return {**answer.latency, "at_client_s": answer.first_sound_s or 0.0}


async def measure(redis_url: str, folder: Path, name: str, count: int, floor: Floor) -> None:
    """Print one question's distributions."""
    packets = tuple(read_question(SOUNDS / f"{name}.wav"))
    floors, turns = [], []
    async with running(redis_url, free_port(), folder, **DEFAULT) as system:
        for _ in range(count):
            async with connect(system.url) as connection:
                turns.append(await through_pipeline(connection, packets))
            floors.append(await floor.turn(packets))
    print(f"{name} ({len(packets) / 50:.1f} s of speech)")
    print(head(count))
    for title, key in (
        ("speech to text", "stt_work_s"),
        ("llm: first token", "llm_first_token_s"),
        ("llm: first sentence", "llm_first_sentence_s"),
        ("tts: first chunk", "tts_first_chunk_s"),
        ("commit → first audio at client", "at_client_s"),
    ):
        print(line(title, [turn[key] for turn in turns]))
    print(line("floor: the same in one process", floors))
    ours = statistics.median(turn["at_client_s"] for turn in turns)
    print(f"  the pipeline takes {ours / statistics.median(floors):.2f} times the floor (medians)")


def main(count: int) -> None:
    """Print the distributions of a short and a 3 s question."""
    machine, floor = Machine(), Floor()
    with temporary_redis() as redis:
        for question in ("capital-of-france", "moon-distance"):
            asyncio.run(measure(redis.url, redis.folder, question, count, floor))
    print(machine)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 20)
