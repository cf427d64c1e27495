"""What a killed worker costs the listener: later first sound, and the longest silence thereafter.

One worker of the stage is killed with -9 while it makes its first result, for which the listener
waits, and a second one stands by. (Later in a reply the pipeline is ahead of the listener, and a
kill is rarely heard at all.)

python -m bench.takeover [kills of each stage]
"""

import asyncio
import signal
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.figures import Machine, head, line
from bench.redis_server import temporary_redis
from bench.system import System, free_port, running
from client.connection import Connection, connect
from client.events import AnyEvent, ReplyDone, ReplySound, ReplyText, SpeechHeard
from client.sound import read_question
from shared.audio import PACKET_S

SOUND = Path(__file__).parents[1] / "tests" / "audio" / "capital-of-france.wav"
TRIGGERS: dict[str, type[SpeechHeard | ReplyText]] = {"llm": SpeechHeard, "tts": ReplyText}
"""What the listener hears of when the stage begins its work; stt begins with the commit."""
MODULES = {"stt": "stt_service", "llm": "llm_service", "tts": "tts_service"}
SLOW = {
    "VOICECHAT_STT_SCRIPTED_DELAY_S": "0.3",
    "VOICECHAT_LLM_SCRIPTED_REPLY": "This is one sentence of eight words, no more. " * 6,
    "VOICECHAT_LLM_SCRIPTED_FIRST_TOKEN_S": "0.2",
    "VOICECHAT_LLM_SCRIPTED_TOKEN_S": "0.05",
    "VOICECHAT_TTS_TONE_WORD_S": "0.25",
    "VOICECHAT_TTS_TONE_FIRST_DELAY_S": "0.3",
    "VOICECHAT_TTS_TONE_DELAY_S": "0.03",
    "VOICECHAT_GATEWAY_PLAYOUT_AHEAD_S": "0.2",
}
_INTO_WORK_S = 0.15


class Listener:
    """Hears a reply as a person would, who starts to play it at once."""

    def __init__(self) -> None:
        self.arrivals: list[float] = []
        self.places: list[tuple[int, int]] = []
        self.done: ReplyDone | None = None

    def hear(self, event: AnyEvent) -> None:
        """The next event."""
        if isinstance(event, ReplySound):
            self.arrivals.append(time.monotonic())
            self.places.append((event.sentence, event.index))
        elif isinstance(event, ReplyDone):
            self.done = event

    def silence(self) -> float:
        """Longest wait for the next packet once all before it were played, in seconds."""
        longest, free_at = 0.0, self.arrivals[0]
        for arrival in self.arrivals:
            longest = max(longest, arrival - free_at)
            free_at = max(free_at, arrival) + PACKET_S
        return longest


class Murder:
    """Kills the victim shortly after it begins its first result; only then the heir wakes up."""

    def __init__(self, system: System, stage: str, victim: str, heir: str) -> None:
        self._system = system
        self._trigger = TRIGGERS.get(stage)
        self._victim = victim
        self._heir = heir
        system.signal(heir, signal.SIGSTOP)

    def begin(self) -> None:
        """The utterance is committed."""
        if self._trigger is None:
            self._plan()

    def hear(self, event: AnyEvent) -> None:
        """The listener hears this."""
        if self._trigger is not None and isinstance(event, self._trigger):
            self._trigger = None
            self._plan()

    def _plan(self) -> None:
        asyncio.get_running_loop().call_later(_INTO_WORK_S, self._commit)

    def _commit(self) -> None:
        self._system.signal(self._victim, signal.SIGKILL)
        self._system.signal(self._heir, signal.SIGCONT)


async def turn(
    connection: Connection, packets: Sequence[bytes], murder: Murder | None = None
) -> tuple[float, float]:
    """Response time and longest silence."""
    listener = Listener()
    await connection.send_speech(packets, is_fast=True)
    await connection.commit_speech()
    await connection.request_reply()
    asked = time.monotonic()
    if murder is not None:
        murder.begin()
    while listener.done is None:
        event = await connection.receive()
        listener.hear(event)
        if murder is not None:
            murder.hear(event)
    if listener.done.status != "completed" or listener.places != sorted(set(listener.places)):
        raise AssertionError("the reply was not heard whole, once and in order")
    return listener.arrivals[0] - asked, listener.silence()


async def measure(redis_url: str, folder: Path, stage: str, kills: int) -> None:
    """Print what so many kills of one stage cost, beside turns without a kill."""
    packets = read_question(SOUND)
    calm: list[tuple[float, float]] = []
    killed: list[tuple[float, float]] = []
    async with running(redis_url, free_port(), folder, **SLOW) as system:
        victim = MODULES[stage]
        for kill in range(kills):
            async with connect(system.url) as connection:
                calm.append(await turn(connection, packets))
                heir = system.start(MODULES[stage], f"{stage}-{kill}")
                await system.until_ready(**{stage: 2})
                murder = Murder(system, stage, victim, heir)
                await asyncio.sleep(0.5)  # until Redis has answered what the heir last asked
                killed.append(await turn(connection, packets, murder))
                victim = heir
    print(f"{stage} killed in mid-work")
    print(head(kills))
    print(line("response time, nobody killed", [response for response, _ in calm]))
    print(line("response time, one killed", [response for response, _ in killed]))
    print(line("longest silence, nobody killed", [silence for _, silence in calm]))
    print(line("longest silence, one killed", [silence for _, silence in killed]))
    extra = statistics.median(sum(pair) for pair in killed) - statistics.median(
        sum(pair) for pair in calm
    )
    print(f"  a kill costs {extra:.2f} s of silence more, at the median")


def main(kills: int) -> None:
    """Print the cost for each stage."""
    machine = Machine()
    with temporary_redis() as redis:
        for stage in MODULES:
            asyncio.run(measure(redis.url, redis.folder, stage, kills))
    print(machine)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 5)
