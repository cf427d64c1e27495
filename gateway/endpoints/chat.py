"""`POST /v1/chat/completions`: a conversation in, the reply to it out, sentence by sentence."""

import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeGuard, assert_never

from aiohttp import web

from gateway.endpoints.answers import EVENTS, Answer, Pieces
from gateway.endpoints.bodies import read_json
from gateway.endpoints.chat_answer import ChunkWriter, Label, Reply, write
from gateway.endpoints.chat_calls import CallsInPieces
from gateway.endpoints.chat_request import ChatRequest, Turn, read_turn
from gateway.endpoints.errand import Errands
from gateway.offers import Offers
from gateway.settings import GatewaySettings
from gateway.tool_calls import ToolCalls
from shared.messages import AnyReply, ReplyEnded, Sentence, ToolCall, UserTurn

Piece = Sentence | ToolCall | ReplyEnded

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
        text, calls = "", ToolCalls()
        async with aclosing(self._replies(turn)) as replies:
            async for reply in replies:
                match reply:
                    case Sentence():
                        text += reply.text
                    case ToolCall():
                        calls.take(reply)
                    case ReplyEnded():
                        whole = tuple(called.call for called in calls if called.is_whole)
                        return Reply(text=text, calls=whole, ended=reply)
                    case _:
                        assert_never(reply)
        raise AssertionError("replies end with ReplyEnded")

    async def _replies(self, turn: Turn) -> AsyncGenerator[Piece, None]:
        """The sentences, then the calls that the client wants, then what ended them."""
        async with self._errands.begin() as errand:
            job = UserTurn(**errand.address(), text="", history=turn.history, options=turn.options)
            await errand.publish(job)
            while not isinstance(reply := await errand.reply(), ReplyEnded):
                if isinstance(reply, Sentence) or _is_wanted_call(reply, turn.most_calls):
                    yield reply
            errand.conclude()
            yield reply


def _is_wanted_call(reply: AnyReply, most: int | None) -> TypeGuard[ToolCall]:
    return isinstance(reply, ToolCall) and (most is None or reply.index < most)


async def _events(
    replies: AsyncGenerator[Piece, None], writer: ChunkWriter
) -> AsyncGenerator[bytes, None]:
    async with aclosing(replies):
        begun, calls = False, CallsInPieces()
        async for reply in replies:
            opening, begun = b"" if begun else writer.begin(), True
            match reply:
                case Sentence():
                    yield opening + writer.add(reply.text)
                case ToolCall():
                    if deltas := calls.add(reply):
                        yield opening + writer.call(deltas)
                case ReplyEnded():
                    yield opening + writer.end(reply)
                case _:
                    assert_never(reply)
