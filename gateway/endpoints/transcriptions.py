"""`POST /v1/audio/transcriptions`: a sound file in, what was said in it out."""

import asyncio
import time
from collections.abc import AsyncGenerator, Generator, Iterator
from contextlib import aclosing, closing
from functools import partial

from aiohttp import web

from gateway.endpoints.answers import EVENTS, Answer, Pieces
from gateway.endpoints.bodies import read_form
from gateway.endpoints.errand import Errands
from gateway.endpoints.faults import Fault
from gateway.endpoints.side_by_side import side_by_side
from gateway.endpoints.stretches import Cutter, Stretch
from gateway.endpoints.transcription_wire import (
    Heard,
    Wishes,
    read_wishes,
    whole_text,
    write,
    write_delta,
    write_done,
)
from gateway.guard import guest_of
from gateway.limits import Allowance
from gateway.settings import GatewaySettings
from gateway.uploads import read_sound_file
from shared.messages import ReplyOptions, Transcript, Utterance
from shared.threads import run_in_thread

_DECODED_AT_ONCE = 2
"""Stretches; decoding one takes a core for a while, and conversations need the rest."""
_STRETCHES_AT_ONCE = 2
"""Of one file; conversations wait for the same workers."""


class Transcriptions:
    """Has uploads transcribed by stt workers."""

    def __init__(self, errands: Errands, settings: GatewaySettings) -> None:
        self._errands = errands
        self._settings = settings
        self._decoding = asyncio.Semaphore(_DECODED_AT_ONCE)

    async def answer(self, request: web.Request) -> Answer:
        """The transcript, in the shape that was asked for; raises VoiceChatError."""
        form = await read_form(request, self._settings)
        wishes = read_wishes(form.fields)
        stretches = self._transcripts(form.file, wishes, guest_of(request).allowance)
        if wishes.is_streamed:
            return Pieces(_events(stretches), EVENTS)
        async with aclosing(stretches):
            heard = [stretch async for stretch in stretches]
        return write(heard, wishes.shape)

    def _transcripts(
        self, file: bytes, wishes: Wishes, allowance: Allowance
    ) -> AsyncGenerator[Heard, None]:
        """What was said in each stretch of the file, in order."""
        transcribe = partial(self._transcribe, wishes)
        return side_by_side(self._stretches(file, allowance), transcribe, _STRETCHES_AT_ONCE)

    async def _stretches(self, file: bytes, allowance: Allowance) -> AsyncGenerator[Stretch, None]:
        with closing(_cut(file, self._settings.longest_upload_s)) as stretches:
            while (stretch := await self._next(stretches)) is not None:
                if not allowance.sound(stretch.seconds, time.monotonic()):
                    raise Fault(429, allowance.limit("sound"), code="rate_limit_exceeded")
                yield stretch

    async def _next(self, stretches: Iterator[Stretch]) -> Stretch | None:
        """Decoded beside the loop; none if there are no more."""
        async with self._decoding:
            return await run_in_thread(partial(next, stretches, None))

    async def _transcribe(self, wishes: Wishes, stretch: Stretch) -> Heard:
        # An engine that is no faster than speech may take as long as the stretch.
        async with self._errands.begin(further_s=stretch.seconds) as errand:
            utterance = Utterance(
                **errand.address(),
                packets=stretch.packets,
                wants_reply=False,
                options=ReplyOptions(language=wishes.language),
            )
            await errand.publish(utterance)
            while not isinstance(transcript := await errand.reply(), Transcript):
                pass
            errand.conclude()
        return Heard(
            start_s=round(stretch.start_s, 2),
            end_s=round(stretch.start_s + stretch.seconds, 2),
            text=transcript.text,
            language=transcript.language,
        )


def _cut(file: bytes, longest_s: float) -> Generator[Stretch, None, None]:
    """The stretches of a file; raises AudioError."""
    cutter = Cutter()
    for packets, energies in read_sound_file(file, longest_s):
        yield from cutter.add(packets, energies)
    yield from cutter.finish()


async def _events(stretches: AsyncGenerator[Heard, None]) -> AsyncGenerator[bytes, None]:
    heard: list[Heard] = []
    async with aclosing(stretches):
        async for stretch in stretches:
            yield write_delta(whole_text(heard), stretch.text)
            heard.append(stretch)
    yield write_done(whole_text(heard))
