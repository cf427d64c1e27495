"""`POST /v1/audio/transcriptions`: a sound file in, what was said in it out."""

import asyncio
from collections.abc import AsyncGenerator
from functools import partial

from aiohttp import web

from gateway.endpoints.answers import EVENTS, Answer, Pieces
from gateway.endpoints.bodies import read_form
from gateway.endpoints.errand import Errands
from gateway.endpoints.transcription_wire import Wishes, read_wishes, write, write_events
from gateway.settings import GatewaySettings
from gateway.sound_files import read_packets
from shared.audio import PACKET_S
from shared.messages import ReplyOptions, Transcript, Utterance
from shared.threads import run_in_thread

_DECODED_AT_ONCE = 2
"""Decoding takes a core and a thread; other sessions need the rest."""


class Transcriptions:
    """Has uploads transcribed by an stt worker."""

    def __init__(self, errands: Errands, settings: GatewaySettings) -> None:
        self._errands = errands
        self._settings = settings
        self._decoding = asyncio.Semaphore(_DECODED_AT_ONCE)

    async def answer(self, request: web.Request) -> Answer:
        """The transcript, in the shape that was asked for; raises VoiceChatError."""
        form = await read_form(request, self._settings)
        wishes = read_wishes(form.fields)
        packets = await self._decode(form.file)
        if wishes.is_streamed:
            return Pieces(self._events(packets, wishes), EVENTS)
        return write(await self._transcribe(packets, wishes), wishes.shape)

    async def _decode(self, file: bytes) -> tuple[bytes, ...]:
        async with self._decoding:
            read = partial(read_packets, file, self._settings.longest_upload_s)
            return tuple(await run_in_thread(read))

    async def _events(
        self, packets: tuple[bytes, ...], wishes: Wishes
    ) -> AsyncGenerator[bytes, None]:
        for event in write_events(await self._transcribe(packets, wishes)):
            yield event

    async def _transcribe(self, packets: tuple[bytes, ...], wishes: Wishes) -> Transcript:
        # An engine that is no faster than speech may take as long as the file.
        async with self._errands.begin(further_s=len(packets) * PACKET_S) as errand:
            utterance = Utterance(
                **errand.address(),
                packets=packets,
                wants_reply=False,
                options=ReplyOptions(language=wishes.language),
            )
            await errand.publish(utterance)
            while not isinstance(transcript := await errand.reply(), Transcript):
                pass
            errand.conclude()
            return transcript
