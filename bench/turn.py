"""What the pipeline itself costs a turn: engines that take no time, commit → first audio.

python -m bench.turn [turns]
"""

import asyncio
import sys
from pathlib import Path

from bench.figures import Machine, head, line
from bench.redis_server import temporary_redis
from bench.system import free_port, running
from client.ask import ask
from client.connection import connect
from client.sound import read_question

SOUND = Path(__file__).parents[1] / "tests" / "audio" / "moon-distance.wav"
MOMENTS = ("transcript_s", "first_sentence_s", "first_chunk_s", "response_time_s")
WORK = ("stt_work_s", "llm_first_sentence_s", "tts_first_chunk_s")
INSTANT = {"VOICECHAT_TTS_TONE_WORD_S": "0.1", "VOICECHAT_LLM_SCRIPTED_REPLY": "It is so."}


async def measure(redis_url: str, folder: Path, count: int) -> dict[str, list[float]]:
    """Seconds since the commit, by the moments of a turn."""
    question = read_question(SOUND)
    figures: dict[str, list[float]] = {name: [] for name in (*MOMENTS, "work_s", "overhead_s")}
    async with (
        running(redis_url, free_port(), folder, **INSTANT) as system,
        connect(system.url) as connection,
    ):
        for _ in range(count + 10):
            answer = await ask(connection, question, is_fast=True)
            for name in MOMENTS:
                figures[name].append(answer.latency[name])
            work_s = sum(answer.latency[name] for name in WORK)
            figures["work_s"].append(work_s)
            figures["overhead_s"].append(answer.latency["response_time_s"] - work_s)
    return {name: values[10:] for name, values in figures.items()}


def main(count: int) -> None:
    """Print the distributions."""
    with temporary_redis() as redis:
        machine = Machine()
        figures = asyncio.run(measure(redis.url, redis.folder, count))
    print(head(count))
    print(line("commit → transcript", figures["transcript_s"]))
    print(line("commit → first sentence", figures["first_sentence_s"]))
    print(line("commit → first chunk", figures["first_chunk_s"]))
    print(line("commit → first audio released", figures["response_time_s"]))
    print(line("the handlers' own work", figures["work_s"]))
    print(line("overhead: all else", figures["overhead_s"]))
    print("  The handlers decode a real utterance (2.9 s of Opus) and encode the first packets.")
    print(machine)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 200)
