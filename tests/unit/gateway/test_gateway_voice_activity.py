"""Sessions' packets become probabilities of speech, in batches, on time."""

import asyncio
import logging
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from gateway import metrics
from gateway.energy import Energy
from gateway.events import VoiceHeard
from gateway.voice_activity import Ear, VoiceActivity, load_detector
from shared.audio import DECODER_HZ, OpusEncoder, Pcm, decode_packets, read_sound, resample
from shared.voice_activity import VoiceDetector
from shared.voice_stream import SAMPLE_RATE_HZ, WINDOW_S, WINDOW_SAMPLES, VoiceStream

AUDIO = Path(__file__).parents[2] / "audio"
JUNK_20_MS = b"\x71" + bytes(9)
"""Two frames of 10 ms by its first byte, but no two of one size fill nine bytes."""


def packets(name: str) -> tuple[bytes, ...]:
    return tuple(OpusEncoder().encode(read_sound(AUDIO / f"{name}.wav", 24_000)))


class Loudness:
    """A detector that tells each window's loudness, and keeps the sizes of its batches."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.threads: set[int] = set()

    def probabilities(self, streams: Sequence[VoiceStream], windows: Pcm) -> Pcm:
        self.batches.append(len(streams))
        self.threads.add(threading.get_ident())
        loudness: Pcm = np.abs(windows).max(axis=1)
        return loudness


class Blocked(Loudness):
    """A detector that waits in each batch until it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Semaphore(0)
        self.released = threading.Semaphore(0)

    def probabilities(self, streams: Sequence[VoiceStream], windows: Pcm) -> Pcm:
        self.entered.release()
        assert self.released.acquire(timeout=30)
        return super().probabilities(streams, windows)

    async def until_entered(self) -> None:
        assert await asyncio.to_thread(self.entered.acquire, timeout=30)


class Log:
    """What a session hears of its sound."""

    def __init__(self) -> None:
        self.events: list[VoiceHeard] = []
        self._more = asyncio.Event()

    def hear(self, event: VoiceHeard) -> None:
        self.events.append(event)
        self._more.set()

    async def until(self, seconds: float) -> list[float]:
        """All probabilities, once so much sound has been judged."""
        async with asyncio.timeout(30):
            while not self.events or self.events[-1].until_s < seconds - 1e-9:
                self._more.clear()
                await self._more.wait()
        return [heard for event in self.events for heard in event.probabilities]


class Room:
    """Some ears, and the task that serves them."""

    def __init__(
        self, detector: Loudness | VoiceDetector | Energy, ears: int, *, has_thread: bool = True
    ) -> None:
        self.voices = VoiceActivity(detector, has_thread=has_thread)
        self.logs = [Log() for _ in range(ears)]
        self.ears: list[Ear] = []
        self._stack = ExitStack()

    async def __aenter__(self) -> "Room":
        self.ears = [self._stack.enter_context(self.voices.ear(log.hear)) for log in self.logs]
        self._task = asyncio.create_task(self.voices.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stack.close()
        self._task.cancel()
        await asyncio.wait([self._task])


def windows_of(pcm: Pcm) -> Pcm:
    whole = len(pcm) // WINDOW_SAMPLES * WINDOW_SAMPLES
    return pcm[:whole].reshape(-1, 1, WINDOW_SAMPLES)


# What is heard


@pytest.mark.parametrize("has_thread", [True, False])
async def test_speech_is_judged_as_the_detector_judges_the_decoded_sound(has_thread: bool) -> None:
    spoken, detector, stream = packets("capital-of-france"), VoiceDetector(), VoiceStream()
    pcm = resample(decode_packets(spoken, DECODER_HZ), DECODER_HZ, SAMPLE_RATE_HZ)
    wanted = [float(detector.probabilities([stream], window)[0]) for window in windows_of(pcm)]
    async with Room(detector, 1, has_thread=has_thread) as room:
        room.ears[0].feed(spoken)
        heard = await room.logs[0].until(len(wanted) * WINDOW_S)
    assert np.mean(np.abs(np.subtract(heard, wanted[: len(heard)]))) < 0.02


async def test_times_say_where_the_last_window_ends() -> None:
    async with Room(Loudness(), 1) as room:
        for packet in packets("yes"):
            room.ears[0].feed((packet,))
        await room.logs[0].until(0.4)
    windows = 0
    for event in room.logs[0].events:
        windows += len(event.probabilities)
        assert event.until_s == pytest.approx(windows * WINDOW_S)


async def test_a_window_is_judged_with_the_packet_that_completes_it() -> None:
    spoken = packets("long-story")
    async with Room(Loudness(), 1) as room:
        for count, packet in enumerate(spoken[:50], 1):
            room.ears[0].feed((packet,))
            whole = round(count * 0.02 * SAMPLE_RATE_HZ) // WINDOW_SAMPLES
            if whole:
                assert len(await room.logs[0].until(whole * WINDOW_S)) == whole


@pytest.mark.parametrize("junk", [b"", JUNK_20_MS, b"\x03"], ids=["empty", "junk", "impossible"])
async def test_what_is_no_opus_is_twenty_milliseconds_of_silence(junk: bytes) -> None:
    async with Room(Loudness(), 1) as room:
        room.ears[0].feed((junk,) * 8)
        assert await room.logs[0].until(0.16) == [0] * 5


async def test_a_broken_packet_does_not_move_what_follows_in_time() -> None:
    spoken = list(packets("long-story"))
    spoken[20] = JUNK_20_MS
    async with Room(Loudness(), 2) as room:
        room.ears[0].feed(packets("long-story")[:96])
        room.ears[1].feed(tuple(spoken[:96]))
        whole, broken = [await log.until(1.92) for log in room.logs]
    assert len(whole) == len(broken) == 60
    assert broken[40:] == pytest.approx(whole[40:], abs=0.02)


async def test_skipped_packets_take_their_time_and_no_judgement() -> None:
    spoken = packets("long-story")
    async with Room(Loudness(), 1) as room:
        room.ears[0].feed(spoken[:1])
        room.ears[0].skip(spoken[1:51])
        room.ears[0].feed(spoken[51:59])
        assert len(await room.logs[0].until(51 * 0.02 + 0.16)) == 5


# Many at once


async def test_what_gathers_while_a_batch_is_judged_is_one_batch() -> None:
    detector, spoken = Blocked(), packets("yes")
    async with Room(detector, 40) as room:
        room.ears[0].feed(spoken[:2])
        await detector.until_entered()
        for ear in room.ears[1:]:
            ear.feed(spoken[:2])
        detector.released.release(2)
        for log in room.logs:
            await log.until(WINDOW_S)
    assert detector.batches == [1, 39]


async def test_the_loop_goes_on_while_a_batch_is_judged_in_the_one_thread() -> None:
    detector, spoken = Blocked(), packets("yes")
    async with Room(detector, 2) as room:
        room.ears[0].feed(spoken[:2])
        await detector.until_entered()
        assert room.logs[0].events == []
        room.ears[1].feed(spoken[:2])
        detector.released.release(2)
        for log in room.logs:
            await log.until(WINDOW_S)
    assert len(detector.threads) == 1
    assert threading.get_ident() not in detector.threads


async def test_without_a_thread_the_loop_judges_in_batches_too() -> None:
    detector, spoken = Loudness(), packets("yes")
    async with Room(detector, 40, has_thread=False) as room:
        for ear in room.ears:
            ear.feed(spoken[:2])
        for log in room.logs:
            await log.until(WINDOW_S)
    assert detector.batches == [40]
    assert detector.threads == {threading.get_ident()}


async def test_who_sends_a_minute_at_once_delays_nobody_by_more_than_a_few_windows() -> None:
    detector, spoken = Blocked(), packets("long-story")
    async with Room(detector, 2) as room:
        room.ears[0].feed(spoken * 3)
        await detector.until_entered()
        room.ears[1].feed(spoken[:2])
        detector.released.release(100_000)
        await room.logs[1].until(WINDOW_S)
        assert sum(len(event.probabilities) for event in room.logs[0].events) <= 16
        windows = round(3 * len(spoken) * 0.02 * SAMPLE_RATE_HZ) // WINDOW_SAMPLES
        assert len(await room.logs[0].until(windows * WINDOW_S)) == windows


async def test_a_session_that_left_in_mid_round_is_not_called() -> None:
    detector, spoken, late = Blocked(), packets("yes"), Log()
    async with Room(detector, 1) as room:
        with room.voices.ear(late.hear) as ear:
            ear.feed(spoken[:2])
            await detector.until_entered()
        room.ears[0].feed(spoken[:2])
        detector.released.release(2)
        await room.logs[0].until(WINDOW_S)
    assert late.events == []


async def test_a_backlog_without_end_is_given_up_and_times_stay_right() -> None:
    detector, huge = Blocked(), b"\x78" + bytes(1274)
    async with Room(detector, 1) as room:
        room.ears[0].feed((huge,) * 2)
        await detector.until_entered()
        room.ears[0].feed((huge,) * 10_000)
        room.ears[0].feed((b"",) * 8)
        detector.released.release(100)
        assert await room.logs[0].until(10_002 * 0.02 + 0.16) == [0] * 5


async def test_the_time_until_judgement_is_counted_once_for_each_completing_packet() -> None:
    before = judged()
    async with Room(Loudness(), 1) as room:
        room.ears[0].feed(packets("yes")[:8])
        await room.logs[0].until(0.16)
    assert judged() - before == 5


def judged() -> float:
    [metric] = metrics.VOICE.collect()
    return next(sample.value for sample in metric.samples if sample.name.endswith("_count"))


# Without a model


def energy(pcm: Pcm) -> list[float]:
    detector, stream = Energy(), VoiceStream()
    return [float(detector.probabilities([stream], window)[0]) for window in windows_of(pcm)]


@pytest.mark.parametrize("name", ["capital-of-france", "kitchen-lights", "yes", "long-story"])
def test_loudness_hears_speech_about_as_long_as_the_model(name: str) -> None:
    pcm, detector, stream = (
        read_sound(AUDIO / f"{name}.wav", 16_000),
        VoiceDetector(),
        VoiceStream(),
    )
    model = [float(detector.probabilities([stream], window)[0]) for window in windows_of(pcm)]
    agreed = np.mean((np.array(energy(pcm)) > 0.5) == (np.array(model) > 0.5))
    assert agreed > 0.8


@pytest.mark.parametrize("name", ["silence", "noise"])
def test_loudness_takes_silence_and_steady_noise_for_none(name: str) -> None:
    assert max(energy(read_sound(AUDIO / f"{name}.wav", 16_000))) < 0.5


def test_loudness_gets_used_to_a_noise_that_stays() -> None:
    noise = np.random.default_rng(1).normal(0, 0.02, 60 * SAMPLE_RATE_HZ).astype(np.float32)
    quiet = np.zeros(SAMPLE_RATE_HZ, np.float32)
    heard = energy(np.concatenate((quiet, noise)))
    assert heard[32] > 0.5
    assert heard[-1] < 0.5


def test_loudness_of_no_streams_needs_no_work() -> None:
    assert Energy().probabilities([], np.zeros((0, WINDOW_SAMPLES), np.float32)).shape == (0,)


def test_the_model_is_taken_where_it_can_run() -> None:
    assert isinstance(load_detector(), VoiceDetector)


def test_loudness_stands_in_for_the_model_with_one_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("shared.voice_activity._CARRIER", "no-such-package")
    with caplog.at_level(logging.WARNING):
        assert isinstance(load_detector(), Energy)
    assert len(caplog.records) == 1
