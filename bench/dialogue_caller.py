"""A person who calls the gateway: a microphone in noise, headphones, and a good memory."""

import asyncio
from collections.abc import Callable

import msgspec
import numpy as np

from client.connection import Connection
from client.events import (
    AnyEvent,
    ItemDeleted,
    Refused,
    ReplyCleared,
    ReplyDone,
    ReplyPaused,
    ReplyResumed,
    ReplySound,
    ReplyStarted,
    ReplyText,
    SpeechStopped,
)
from client.playback import Playback
from client.player import Player
from shared.audio import PACKET_S, WIRE_HZ, OpusEncoder, Pcm

NEVER = float("inf")
Criterion = Callable[[AnyEvent], bool]
_REPORT_TICKS = 12
_SAMPLES = round(PACKET_S * WIRE_HZ)
_SILENCE = bytes(2 * _SAMPLES)


class Moment(msgspec.Struct, frozen=True):
    """Something that the person was told, in seconds since the microphone was opened."""

    at_s: float
    event: AnyEvent


class Caller:
    """A person at a microphone, in noise, with headphones that obey the gateway."""

    def __init__(self, connection: Connection, noise: Pcm) -> None:
        self._connection = connection
        self._noise = noise
        self._speech: Pcm = np.zeros(0, np.float32)
        self._packets = 0
        self._playback = Playback()
        self._player = Player(self._playback, lambda sound: _SILENCE)
        self._log: list[Moment] = []
        self._news = asyncio.Event()
        self._start = asyncio.get_running_loop().time()

    @property
    def now_s(self) -> float:
        """Seconds since the microphone was opened."""
        return asyncio.get_running_loop().time() - self._start

    def is_hearing(self) -> bool:
        """Whether there is a reply to listen to."""
        return self._playback.is_waiting

    def refusals(self) -> list[str]:
        """What the gateway did not like."""
        return [moment.event.code for moment in self._log if isinstance(moment.event, Refused)]

    def say(self, pcm: Pcm) -> float:
        """Begin to make this sound; returns when its first sample leaves the mouth."""
        self._speech = pcm
        return self._packets * PACKET_S

    async def speak(self) -> None:
        """Send the microphone's sound and play what comes, 20 ms at a time, without an end."""
        encoder = OpusEncoder()
        while True:
            await asyncio.sleep((self._packets + 1) * PACKET_S - self.now_s)
            for packet in encoder.encode(self._next_sound()):
                await self._connection.send_packet(packet)
            self._packets += 1
            self._playback.pull(len(_SILENCE))
            if self._packets % _REPORT_TICKS == 0:
                await self._report()

    async def listen(self) -> None:
        """Obey the gateway, and remember what it said, without an end."""
        while True:
            event = await self._connection.receive()
            self._player.take(event)
            self._log.append(Moment(self.now_s, event))
            self._news.set()
            if isinstance(event, ReplyPaused):
                await self._report()

    async def until(self, time_s: float) -> None:
        """Wait."""
        await asyncio.sleep(time_s - self.now_s)

    async def told(self, is_it: Criterion, *, since_s: float, by_s: float) -> float:
        """When the first such event came in this time; infinity if none did."""
        seen = 0
        try:
            async with asyncio.timeout_at(self._start + by_s):
                while True:
                    for moment in self._log[seen:]:
                        if since_s <= moment.at_s < by_s and is_it(moment.event):
                            return moment.at_s
                    seen = len(self._log)
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return NEVER

    def was_told(self, is_it: Criterion, since_s: float, by_s: float) -> bool:
        """Whether such an event has come in this time."""
        return self.first(is_it, since_s, by_s) < NEVER

    def cut(self, since_s: float, by_s: float) -> tuple[bool, bool]:
        """Whether a turn was taken to be over in this time; and whether that stood, because the
        utterance was not put together again when the person went on."""
        stops = [m.event for m in self._log if since_s <= m.at_s < by_s]
        items = {event.item for event in stops if isinstance(event, SpeechStopped)}
        taken_back = {m.event.item for m in self._log if isinstance(m.event, ItemDeleted)}
        return bool(items), not items <= taken_back

    def first(self, is_it: Criterion, since_s: float, by_s: float) -> float:
        """When the first such event came in this time; infinity if none has."""
        times = (told.at_s for told in self._log if is_it(told.event))
        return next((time_s for time_s in times if since_s <= time_s < by_s), NEVER)

    def story(self) -> list[str]:
        """What was told, line by line; of a run of sound or text only its first."""
        lines: list[str] = []
        last: type[AnyEvent] | None = None
        for told in self._log:
            if not isinstance(told.event, ReplySound | ReplyText) or type(told.event) is not last:
                lines.append(f"{told.at_s:8.2f}  {_shown(told.event)}")
            last = type(told.event)
        return lines

    async def _report(self) -> None:
        if played := self._player.news():
            await self._connection.report_playback(played.item, played.position_s)

    def _next_sound(self) -> Pcm:
        start = self._packets * _SAMPLES
        noise: Pcm = self._noise.take(range(start, start + _SAMPLES), mode="wrap")
        speech, self._speech = self._speech[:_SAMPLES], self._speech[_SAMPLES:]
        return noise + np.pad(speech, (0, _SAMPLES - len(speech)))


def _shown(event: AnyEvent) -> str:
    if isinstance(event, ReplySound):
        return f"ReplySound(turn={event.turn}, sentence={event.sentence})"
    if isinstance(event, ReplyDone):
        return f"ReplyDone(status={event.status!r}, reason={event.reason!r})"
    return str(event)


def is_stop(event: AnyEvent) -> bool:
    """The gateway takes it that the person has finished."""
    return isinstance(event, SpeechStopped)


def is_start(event: AnyEvent) -> bool:
    """A reply is on its way."""
    return isinstance(event, ReplyStarted)


def is_sound(event: AnyEvent) -> bool:
    """Some of a reply."""
    return isinstance(event, ReplySound)


def is_pause(event: AnyEvent) -> bool:
    """The reply is held."""
    return isinstance(event, ReplyPaused)


def is_resume(event: AnyEvent) -> bool:
    """It goes on."""
    return isinstance(event, ReplyResumed)


def is_silencing(event: AnyEvent) -> bool:
    """The reply is over before its end."""
    match event:
        case ReplyCleared() | ReplyDone(status="cancelled"):
            return True
        case _:
            return False


def is_quiet(event: AnyEvent) -> bool:
    """Nothing of the reply sounds from now on, at least for a while."""
    return is_pause(event) or is_silencing(event)
