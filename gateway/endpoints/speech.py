"""`POST /v1/audio/speech`: a text in, a sound file out that begins with the first chunk made."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial

from aiohttp import web

from gateway.endpoints.answers import EVENTS, Answer, Pieces
from gateway.endpoints.bodies import read_json
from gateway.endpoints.errand import Errand, Errands
from gateway.endpoints.recital import Recital
from gateway.endpoints.speech_wire import (
    SpeechRequest,
    chosen_voice,
    cut,
    write_delta,
    write_done,
)
from gateway.offers import Offers
from gateway.settings import GatewaySettings
from gateway.sound_files import MEDIA_TYPES, Format, sound_file
from shared.messages import Sentence, SpeechChunk
from shared.text_language import language_of
from shared.threads import run_in_thread


class Speech:
    """Has texts spoken by tts workers."""

    def __init__(self, errands: Errands, offers: Offers, settings: GatewaySettings) -> None:
        self._errands = errands
        self._offers = offers
        self._settings = settings

    async def answer(self, request: web.Request) -> Answer:
        """The sound, as it is made; raises VoiceChatError."""
        wishes = await read_json(request, SpeechRequest, self._settings)
        pieces = cut(wishes.input, self._settings.most_text_characters)
        voice = chosen_voice(wishes.voice, await self._offers.voices())
        kind: Format = wishes.response_format or "mp3"
        file = _file(self._chunks(pieces, wishes, voice), kind)
        if wishes.stream_format == "sse":
            return Pieces(_events(file), EVENTS)
        return Pieces(file, MEDIA_TYPES[kind])

    async def _chunks(
        self, pieces: list[str], wishes: SpeechRequest, voice: str
    ) -> AsyncGenerator[SpeechChunk, None]:
        recital = Recital(pieces)
        async with self._errands.begin() as errand:
            while not recital.is_done:
                for index, text in recital.due():
                    await errand.publish(_sentence(errand, index, text, wishes, voice))
                reply = await errand.reply()
                if isinstance(reply, SpeechChunk):
                    for chunk in recital.add(reply):
                        yield chunk
            errand.conclude()


def _sentence(errand: Errand, index: int, text: str, wishes: SpeechRequest, voice: str) -> Sentence:
    return Sentence(
        **errand.address(),
        index=index,
        text=text,
        voice=voice,
        speed=wishes.speed or 1.0,
        # A short piece, or one of Chinese characters alone, tells less than the whole.
        language=wishes.language or language_of(text, language_of(wishes.input)),
    )


async def _file(
    chunks: AsyncGenerator[SpeechChunk, None], kind: Format
) -> AsyncGenerator[bytes, None]:
    """The bytes of a sound file, made beside the loop."""
    file = sound_file(kind)
    async with aclosing(chunks):
        async for chunk in chunks:
            yield await run_in_thread(partial(file.add, chunk.packets, is_last=chunk.is_last))
    yield await run_in_thread(file.finish)


async def _events(file: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(file):
        async for content in file:
            yield write_delta(content)
    yield write_done()
