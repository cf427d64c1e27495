"""`POST /v1/chat/completions`: a conversation in, the reply to it out, sentence by sentence."""

import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing

from aiohttp import web

from gateway.endpoints.answers import EVENTS, Answer, Pieces
from gateway.endpoints.bodies import read_json
from gateway.endpoints.chat_answer import ChunkWriter, Label, Reply, write
from gateway.endpoints.chat_request import ChatRequest, Turn, read_turn
from gateway.endpoints.errand import Errands
from gateway.offers import Offers
from gateway.settings import GatewaySettings
from shared.messages import ReplyEnded, Sentence, UserTurn

_UNNAMED = "voicechat"
"""The model, while no worker says which it is."""


class Chat:
    """Has conversations answered by an llm worker."""

    def __init__(self, errands: Errands, offers: Offers, settings: GatewaySettings) -> None:
        self._errands = errands
        self._offers = offers
        self._settings = settings

    async def answer(self, request: web.Request) -> Answer:
        """The reply, whole or as events; raises VoiceChatError."""
        wishes = await read_json(request, ChatRequest, self._settings)
        turn = read_turn(wishes, self._settings.most_text_characters)
        label = await self._label()
        if wishes.stream:
            include_usage = bool(wishes.stream_options and wishes.stream_options.include_usage)
            writer = ChunkWriter(label, include_usage=include_usage)
            return Pieces(_events(self._replies(turn), writer), EVENTS)
        return write(await self._reply(turn), label)

    async def _label(self) -> Label:
        offers = await self._offers.of("llm")
        model = offers[0].model if offers else _UNNAMED
        return Label(id=f"chatcmpl-{secrets.token_hex(12)}", created=int(time.time()), model=model)

    async def _reply(self, turn: Turn) -> Reply:
        text = ""
        async with aclosing(self._replies(turn)) as replies:
            async for reply in replies:
                if isinstance(reply, ReplyEnded):
                    return Reply(text=text, ended=reply)
                text += reply.text
        raise AssertionError("replies end with ReplyEnded")

    async def _replies(self, turn: Turn) -> AsyncGenerator[Sentence | ReplyEnded, None]:
        """The sentences, then what ended them."""
        async with self._errands.begin() as errand:
            job = UserTurn(**errand.address(), text="", history=turn.history, options=turn.options)
            await errand.publish(job)
            while not isinstance(reply := await errand.reply(), ReplyEnded):
                if isinstance(reply, Sentence):
                    yield reply
            errand.conclude()
            yield reply


async def _events(
    replies: AsyncGenerator[Sentence | ReplyEnded, None], writer: ChunkWriter
) -> AsyncGenerator[bytes, None]:
    async with aclosing(replies):
        begun = False
        async for reply in replies:
            opening, begun = b"" if begun else writer.begin(), True
            if isinstance(reply, ReplyEnded):
                yield opening + writer.end(reply)
            else:
                yield opening + writer.add(reply.text)
