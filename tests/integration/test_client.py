"""The client library against a peer that does what gateways should not."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from client.ask import ask
from client.connection import connect
from client.events import Reconnecting
from gateway.protocols.realtime import PACKET_HEADER, PACKET_KIND
from shared.errors import VoiceChatError

Peer = Callable[[web.WebSocketResponse], Awaitable[None]]


@asynccontextmanager
async def peer(behaviour: Peer) -> AsyncIterator[str]:
    """A WebSocket server with this behaviour; yields its URL."""

    async def serve(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await behaviour(socket)
        await socket.close()
        return socket

    app = web.Application()
    app.router.add_get("/", serve)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).replace("http", "ws", 1)


async def say(socket: web.WebSocketResponse, kind: str, **fields: object) -> None:
    await socket.send_str(msgspec.json.encode({"type": kind, **fields}).decode())


async def accept(socket: web.WebSocketResponse) -> None:
    await say(socket, "session.created", session={})
    assert (await socket.receive_json())["type"] == "session.update"
    await say(socket, "session.updated", session={})


async def read_until(socket: web.WebSocketResponse, kind: str) -> list[object]:
    seen: list[object] = []
    while True:
        message = await socket.receive()
        seen.append(message.data if isinstance(message.data, bytes) else message.json()["type"])
        if seen[-1] == kind:
            return seen


async def test_speech_goes_up_in_packets_and_comes_back_in_packets() -> None:
    seen: list[object] = []

    async def behave(socket: web.WebSocketResponse) -> None:
        await accept(socket)
        seen.extend(await read_until(socket, "response.create"))
        await say(socket, "conversation.item.input_audio_transcription.completed", transcript="hi")
        await say(socket, "response.output_audio_transcript.delta", delta=" Hello")
        await socket.send_bytes(PACKET_HEADER.pack(PACKET_KIND, 1, 0, 0) + b"opus")
        response = {"status": "completed", "latency": {"stt_work_s": 0.1}}
        await say(socket, "response.done", response=response)

    async with peer(behave) as url, connect(url) as connection:
        answer = await ask(connection, [b"a", b"b"], is_fast=True)
    assert seen == [b"a", b"b", "input_audio_buffer.commit", "response.create"]
    assert (answer.heard, answer.reply, answer.packets) == ("hi", "Hello", (b"opus",))
    assert answer.latency == {"stt_work_s": 0.1}


async def test_a_connection_lost_in_mid_turn_is_told() -> None:
    async def behave(socket: web.WebSocketResponse) -> None:
        await accept(socket)
        await read_until(socket, "response.create")

    async with peer(behave) as url, connect(url) as connection:
        with pytest.raises(VoiceChatError, match="was lost"):
            await ask(connection, "hello")


async def test_a_session_that_cannot_be_resumed_is_told() -> None:
    connections = 0

    async def behave(socket: web.WebSocketResponse) -> None:
        nonlocal connections
        connections += 1
        if connections > 1:
            assert (await socket.receive_json())["type"] == "session.resume"
            await say(socket, "error", error={"code": "session_not_resumable", "message": "over"})
            return
        await say(socket, "session.resumable", session_id="sess_1", secret="s", resume_s=5.0)
        await accept(socket)
        await read_until(socket, "response.create")
        assert socket._req is not None
        assert socket._req.transport is not None
        socket._req.transport.abort()

    async with peer(behave) as url, connect(url) as connection:
        with pytest.raises(VoiceChatError, match=r"cannot be resumed; the gateway says: .*over"):
            await ask(connection, "hello")
    assert connections == 2


async def test_a_gateway_that_does_not_come_again_is_not_waited_for_without_end() -> None:
    async def behave(socket: web.WebSocketResponse) -> None:
        await say(socket, "session.resumable", session_id="sess_1", secret="s", resume_s=0.5)
        await accept(socket)
        await read_until(socket, "response.create")
        assert socket._req is not None
        assert socket._req.transport is not None
        socket._req.transport.abort()

    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(AsyncExitStack())
        url = await gateway.enter_async_context(peer(behave))
        connection = await stack.enter_async_context(connect(url))
        await connection.send_text("Hello!")
        await connection.request_reply()
        assert isinstance(await connection.receive(), Reconnecting)
        await gateway.aclose()
        with pytest.raises(VoiceChatError, match="did not come again in time"):
            await connection.receive()


async def test_who_does_not_wish_to_resume_does_not() -> None:
    async def behave(socket: web.WebSocketResponse) -> None:
        assert socket._req is not None
        assert socket._req.query_string == "resumable=false"
        await accept(socket)
        await socket.receive()

    async with peer(behave) as url, connect(f"{url}?resumable=false"):
        pass


async def test_a_gateway_that_says_nothing_is_not_waited_for_without_end() -> None:
    async def behave(socket: web.WebSocketResponse) -> None:
        await accept(socket)
        await socket.receive()
        await socket.receive()
        await socket.receive()

    async with peer(behave) as url, connect(url, answer_timeout_s=0.2) as connection:
        with pytest.raises(VoiceChatError, match="silent for"):
            await ask(connection, "hello")


async def test_an_error_of_the_gateway_ends_the_question_with_its_words() -> None:
    async def behave(socket: web.WebSocketResponse) -> None:
        await accept(socket)
        await say(socket, "error", error={"code": "queue_full", "message": "busy; try again"})
        await socket.receive()

    async with peer(behave) as url, connect(url) as connection:
        with pytest.raises(VoiceChatError, match=r"busy; try again \(queue_full\)"):
            await ask(connection, "hello")


async def test_a_failed_turn_ends_the_question_with_its_cause() -> None:
    async def behave(socket: web.WebSocketResponse) -> None:
        await accept(socket)
        cause = {"code": "engine_failed", "message": "out of memory"}
        details = {"status": "failed", "status_details": {"error": cause}}
        await say(socket, "response.done", response=details)
        await socket.receive()

    async with peer(behave) as url, connect(url) as connection:
        with pytest.raises(VoiceChatError, match="out of memory"):
            await ask(connection, "hello")


async def test_a_refused_session_is_told() -> None:
    async def behave(socket: web.WebSocketResponse) -> None:
        await say(socket, "error", error={"code": "c", "message": "no such voice"})
        await socket.receive()

    async with peer(behave) as url:
        with pytest.raises(VoiceChatError, match="no such voice"):
            async with connect(url, voice="nobody"):
                pass


async def test_a_server_that_speaks_something_else_is_no_gateway() -> None:
    async def behave(socket: web.WebSocketResponse) -> None:
        await socket.send_str("hello there")
        await socket.receive()

    async with peer(behave) as url:
        with pytest.raises(VoiceChatError, match="no voicechat gateway"):
            async with connect(url):
                pass


async def test_silence_is_told_to_have_been_silence() -> None:
    async def behave(socket: web.WebSocketResponse) -> None:
        await accept(socket)
        cause = {"code": "no_speech", "message": "no words were heard in the audio"}
        details = {"reason": "no_speech", "error": cause}
        await say(socket, "response.done", response={"status": "failed", "status_details": details})
        await socket.receive()

    async with peer(behave) as url, connect(url) as connection:
        with pytest.raises(VoiceChatError, match=r"^nothing was understood in it; check the rec"):
            await ask(connection, [b"silence"], is_fast=True)


async def refusal(status: int, body: str) -> str:
    """What a client says that gets this answer instead of a WebSocket."""

    async def serve(request: web.Request) -> web.Response:
        return web.Response(status=status, text=body, content_type="application/json")

    app = web.Application()
    app.router.add_get("/v1/realtime", serve)
    async with TestServer(app) as server:
        url = str(server.make_url("/v1/realtime")).replace("http", "ws", 1)
        with pytest.raises(VoiceChatError) as told:
            async with connect(url):
                pass
    return str(told.value)


@pytest.mark.parametrize("status", [200, 404])
async def test_a_wrong_path_is_told_with_the_usual_one(status: int) -> None:
    told = await refusal(status, '{"name": "voicechat"}')
    assert "there is no gateway at ws://" in told
    assert "usually /v1/realtime" in told


@pytest.mark.parametrize("status", [401, 403, 429, 503])
async def test_a_gateway_that_refuses_us_is_heard_out(status: int) -> None:
    told = await refusal(status, '{"error": {"message": "all 3 sessions are taken"}}')
    assert f"status {status}: all 3 sessions are taken" in told


async def test_a_refusal_without_a_reason_is_told_with_its_usual_causes() -> None:
    assert "status 403: it is full, or" in await refusal(403, "no")
