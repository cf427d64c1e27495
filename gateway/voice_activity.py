"""Hears who speaks, in all sessions at once: what has come in is judged round by round."""

import asyncio
import logging
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

from gateway import metrics
from gateway.energy import Energy
from gateway.events import VoiceHeard
from gateway.hearing import Hearing, Packet, resample
from shared.audio import PACKET_S, packet_seconds
from shared.errors import AudioError, ModelError
from shared.threads import run_in_thread
from shared.voice_activity import VoiceDetector
from shared.voice_stream import SAMPLE_RATE_HZ, WINDOW_SAMPLES, Detector

logger = logging.getLogger(__name__)

_ROUND_S = 0.01
"""From the beginning of a round to that of the next, at least: a session's sound waits half of it
on average, and a round takes as long for five windows as for one."""
_MOST_WINDOWS = 4
"""Of one session in a round, give or take a packet: who sends a minute at once waits for himself,
the others do not."""
_MOST_WAITING_BYTES = 4 * 1024 * 1024
"""Of one session: some minutes of speech. Beyond it what waits is given up."""
_PACKET_BYTES = 200
"""What a waiting packet takes besides its content."""


class _Share(NamedTuple):
    """What a session brings to a round."""

    ear: "Ear"
    hearing: Hearing
    packets: list[Packet]


class Ear:
    """One session's sound on its way to the detector."""

    def __init__(self, hear: Callable[[VoiceHeard], None], wake: Callable[["Ear"], None]) -> None:
        self._hear = hear
        self._wake = wake
        self._hearing: Hearing | None = None
        self._waiting: deque[Packet] = deque()
        self._waiting_windows = 0
        self._waiting_bytes = 0
        self._fed = 0
        """Samples since the session began."""
        self._judged = 0
        """Samples since the session began up to the end of the last window that was judged."""
        self._unwindowed = 0
        """Samples behind the last whole window."""

    def feed(self, packets: tuple[bytes, ...]) -> None:
        """Have these Opus packets judged as soon as can be; returns at once.

        What cannot be decoded counts as silence, of 20 ms if its duration is unknown.
        """
        self._hearing = self._hearing or Hearing()
        now = time.perf_counter()
        for content in packets:
            self._add(content, now)
        if self._waiting_bytes > _MOST_WAITING_BYTES:
            self.skip(())
        if self._waiting_windows:
            self._wake(self)

    def skip(self, packets: tuple[bytes, ...]) -> None:
        """Take notice of these packets' time alone, and forget the sound before them."""
        self._hearing = None
        self._waiting.clear()
        self._waiting_windows = self._waiting_bytes = self._unwindowed = 0
        self._fed += sum(map(_samples, packets))
        self._judged = self._fed

    def take(self) -> Iterator[_Share]:
        """The next packets to be judged, if any complete a window; wakes again if more wait."""
        packets: list[Packet] = []
        windows = 0
        while self._waiting_windows and windows < _MOST_WINDOWS:
            packet = self._waiting.popleft()
            packets.append(packet)
            windows += packet.windows
            self._waiting_windows -= packet.windows
            self._waiting_bytes -= len(packet.content) + _PACKET_BYTES
        if self._waiting_windows:
            self._wake(self)
        if self._hearing and packets:
            yield _Share(self, self._hearing, packets)

    def tell(self, share: _Share, probabilities: tuple[float, ...]) -> None:
        """Say what became of a share, unless its sound was given up meanwhile."""
        if share.hearing is not self._hearing:
            return
        now = time.perf_counter()
        for packet in share.packets:
            if packet.windows:
                metrics.VOICE.observe(now - packet.fed_at)
        self._judged += len(probabilities) * WINDOW_SAMPLES
        until_s = self._judged / SAMPLE_RATE_HZ
        self._hear(VoiceHeard(probabilities=probabilities, until_s=until_s))

    def _add(self, content: bytes, now: float) -> None:
        samples = _samples(content)
        windows = (self._unwindowed + samples) // WINDOW_SAMPLES
        self._unwindowed += samples - windows * WINDOW_SAMPLES
        self._waiting.append(Packet(content, samples, windows, now))
        self._waiting_windows += windows
        self._waiting_bytes += len(content) + _PACKET_BYTES
        self._fed += samples


class VoiceActivity:
    """All ears of a process, and the one thread in which they are judged, round by round.

    While a round runs, and until the next may begin, more sound gathers: a gateway with few
    sessions answers at once, and a busy one judges many in one batch, which takes each less time.
    """

    def __init__(self, detector: Detector, *, has_thread: bool | None = None) -> None:
        """On one core rounds run in the loop, unless it is said otherwise: a thread and the loop
        would take the core from each other hundreds of times a second, and both be late."""
        self._detector = detector
        self._has_thread = _has_several_cores() if has_thread is None else has_thread
        self._ready: dict[Ear, None] = {}
        self._has_ready = asyncio.Event()

    @contextmanager
    def ear(self, hear: Callable[[VoiceHeard], None]) -> Iterator[Ear]:
        """A session's ear while the block runs; `hear` is called in the loop and must not raise."""
        ear = Ear(hear, self._wake)
        try:
            yield ear
        finally:
            ear.skip(())

    async def run(self) -> None:
        """Judge what the ears are fed, without end."""
        with ThreadPoolExecutor(1, "voices") as thread:
            while True:
                await self._has_ready.wait()
                begun_at = time.perf_counter()
                shares = self._take()
                judge = partial(_judge, self._detector, shares)
                judged = await run_in_thread(judge, thread) if self._has_thread else judge()
                for share, heard in zip(shares, judged, strict=True):
                    share.ear.tell(share, heard)
                await asyncio.sleep(_ROUND_S - (time.perf_counter() - begun_at))

    def _take(self) -> list[_Share]:
        ready, self._ready = self._ready, {}
        self._has_ready.clear()
        return [share for ear in ready for share in ear.take()]

    def _wake(self, ear: Ear) -> None:
        self._ready[ear] = None
        self._has_ready.set()


def load_detector() -> Detector:
    """Silero VAD; without its weights a detector that goes by loudness, with a warning."""
    try:
        return VoiceDetector()
    except ModelError as error:
        logger.warning("speech is told from noise by its loudness alone: %s", error)
        return Energy()


def _judge(detector: Detector, shares: Sequence[_Share]) -> list[tuple[float, ...]]:
    """Probabilities for each share; first windows of all in one batch, then second ones."""
    windows = [share.hearing.hear(share.packets) for share in shares]
    heard: list[list[float]] = [[] for _ in shares]
    for place in range(max(map(len, windows), default=0)):
        those = [index for index, own in enumerate(windows) if place < len(own)]
        streams = [shares[index].hearing.stream for index in those]
        batch = resample([windows[index][place] for index in those])
        probabilities = detector.probabilities(streams, batch).tolist()
        for index, probability in zip(those, probabilities, strict=True):
            heard[index].append(probability)
    return [tuple(own) for own in heard]


def _has_several_cores() -> bool:
    """Whether this process may use more than one."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) > 1
    return (os.cpu_count() or 1) > 1


def _samples(packet: bytes) -> int:
    try:
        return round(packet_seconds(packet) * SAMPLE_RATE_HZ)
    except AudioError:
        return round(PACKET_S * SAMPLE_RATE_HZ)
