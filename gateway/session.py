"""One client's session: its words go to the conversation, whose decisions are carried out."""

import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple, assert_never

import msgspec
from aiohttp import WSMsgType, web

from gateway import metrics
from gateway.actions import CompareSound, GuessEnded, JudgeTurn, Publish, RunTool, Tell, WakeAt
from gateway.alarm import Alarm
from gateway.codec import BY_SENTENCE, READERS, WRITERS, SoundWriter
from gateway.comparison import Comparison
from gateway.conversation import Conversation
from gateway.endpointing_settings import EndpointingSettings
from gateway.events import (
    AnyEvent,
    AudioReceived,
    ClientLeft,
    ClientRequest,
    EchoJudged,
    InputCleared,
    InputCommitted,
    SessionConfigured,
    Tick,
    ToolAnswered,
    ToolsOffered,
    TurnJudged,
    VoiceHeard,
)
from gateway.guest import Guest
from gateway.limits import Limited, sound_seconds
from gateway.line import ClientIdle, ClientTooSlow, Line
from gateway.load import Load
from gateway.mailbox import Inbox
from gateway.notices import AnyNotice, ItemWasDeleted, Problem, ReplyAudio, ReplyFinished
from gateway.protocols.port import Answer, ClientProtocol, Heard, Sound, SpokenItem
from gateway.publisher import Publisher
from gateway.second_opinion import SecondOpinion
from gateway.settings import GatewaySettings
from gateway.tool_port import NoTools, ToolRunner
from gateway.tool_tasks import ToolTasks
from gateway.voice_activity import Ear, VoiceActivity
from shared.bus import Bus
from shared.errors import AudioError
from shared.messages import Tool, WorkFailed

Posted = Tick | WorkFailed | VoiceHeard | TurnJudged | EchoJudged | ToolAnswered
"""What a session tells itself."""


class Tools(NamedTuple):
    """What all sessions of a process use together."""

    bus: Bus
    settings: GatewaySettings
    endpointing: EndpointingSettings
    voices: VoiceActivity
    load: Load
    second_opinion: SecondOpinion
    tool_runner: ToolRunner = NoTools()


class Session:
    """One client, from greeting to goodbye.

    Four tasks feed the conversation or empty its queues, a fifth looks whether the client is still
    there; deciding itself never waits.
    """

    def __init__(
        self,
        session: str,
        gateway: str,
        *,
        tools: Tools,
        protocol: ClientProtocol,
        inbox: Inbox,
        guest: Guest,
    ) -> None:
        self._id = session
        self._allowance = guest.allowance
        self._first = protocol.read(guest.first_message) if guest.first_message else ()
        self._bus = tools.bus
        self._tools = tools
        self._protocol = protocol
        self._settings = settings = tools.settings
        self._inbox = inbox
        self._ear: Ear | None = None
        self._conversation = Conversation(
            session,
            gateway,
            settings,
            tools.endpointing,
            protocol.turn_detection,
            by_sentence=protocol.output_format in BY_SENTENCE,
        )
        self._formats = (protocol.input_format, protocol.output_format)
        self._reader = READERS[protocol.input_format]()
        self._writers: dict[int, SoundWriter] = {}
        """Of the replies that are being given."""
        self._publisher = Publisher(session, gateway, tools.bus, self._post)
        self._line = Line(session, settings)
        self._comparison = Comparison(self._post)
        self._tool_tasks = ToolTasks(tools.tool_runner, self._post)
        self._offered: tuple[Tool, ...] = ()
        self._alarm = Alarm(lambda: self._post(Tick()))

    async def run(self, socket: web.WebSocketResponse) -> None:
        """Until the client leaves; raises ClientTooSlow or ClientIdle if it is sent away."""
        self._line.send(self._protocol.greeting(), WSMsgType.TEXT)
        self._begin_as_wished()
        with self._tools.voices.ear(self._post) as self._ear:
            await self._run(socket)

    def _begin_as_wished(self) -> None:
        """What the client's token wishes holds; that it does, the greeting has told."""
        for event in self._first:
            if isinstance(event, Problem):
                self._tell(event)
            elif isinstance(event, SessionConfigured):
                self._conversation.handle(event, time.monotonic(), self._bus.now())

    async def _run(self, socket: web.WebSocketResponse) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                steps = (self._follow_pipeline(), self._publisher.run(), self._line.run(socket))
                others = [tasks.create_task(step) for step in (*steps, self._watch())]
                await self._listen(socket)
                for task in others:
                    task.cancel()
        except* ClientTooSlow as group:
            raise ClientTooSlow(self._id) from group
        except* ClientIdle as group:
            raise ClientIdle(self._id) from group
        finally:
            self._alarm.set(None)
            await self._comparison.close()
            await self._tool_tasks.close()
            await self._say_goodbye()

    async def _follow_pipeline(self) -> None:
        while True:
            self._feed(await self._inbox.get())

    async def _watch(self) -> None:
        await self._line.watch(lambda: self._conversation.is_speaking)

    async def _say_goodbye(self) -> None:
        for action in self._conversation.handle(ClientLeft(), time.monotonic(), self._bus.now()):
            if isinstance(action, Publish):
                await self._publisher.publish(action.message)

    # From the client

    async def _listen(self, socket: web.WebSocketResponse) -> None:
        async for message in self._line.messages(socket):
            if not self._allowance.message(time.monotonic()):
                self._complain("messages")
            elif message.type is WSMsgType.TEXT:
                await self._hear_text(message.data)
            else:
                await self._hear(self._protocol.read_binary(message.data))
            await self._line.relieve()

    async def _hear_text(self, text: str) -> None:
        most_bytes = self._settings.most_message_bytes
        if len(text) > most_bytes:
            limit = f"a message may have {most_bytes} bytes"
            told = f"{limit}, not {len(text)}; send speech in smaller pieces"
            return self._tell(Problem(code="message_too_large", message=told))
        return await self._hear(self._protocol.read(text))

    async def _hear(self, heard: Sequence[Heard]) -> None:
        for event in heard:
            match event:
                case Problem():
                    self._tell(event)
                case Answer():
                    self._line.send(event.messages, WSMsgType.TEXT)
                case Sound():
                    if not await self._hear_sound(event):
                        return
                case SpokenItem():
                    await self._hear_item(event)
                case _:
                    self._obey(event)
                    await asyncio.sleep(0)  # its work goes out before the next message is read

    async def _hear_sound(self, sound: Sound) -> bool:
        """Whether it could be understood."""
        try:
            for place, packets in enumerate(self._reader.encode(sound.content)):
                if place:
                    await asyncio.sleep(0)  # encoding takes time that other sessions need
                if self._allowance.sound(sound_seconds(packets), time.monotonic()):
                    self._feed(AudioReceived(packets=packets, event_id=sound.event_id))
                else:
                    self._complain("sound")
        except AudioError as error:
            told = Problem(code="invalid_audio", message=str(error), event_id=sound.event_id)
            self._tell(told)
            return False
        return True

    def _complain(self, about: Limited) -> None:
        if problem := self._allowance.complaint(about, time.monotonic()):
            self._tell(problem)

    async def _hear_item(self, spoken: SpokenItem) -> None:
        """Speech that is an utterance of its own, whatever else the person is saying."""
        reader, packets = READERS[self._protocol.input_format](), list[bytes]()
        try:
            for piece in reader.encode(spoken.content):
                packets += piece
                await asyncio.sleep(0)
        except AudioError as error:
            event_id = spoken.item.event_id
            return self._tell(Problem(code="invalid_audio", message=str(error), event_id=event_id))
        packets += reader.finish()
        if not self._allowance.sound(sound_seconds(packets), time.monotonic()):
            return self._complain("sound")
        return self._feed(msgspec.structs.replace(spoken.item, packets=tuple(packets)))

    def _obey(self, request: ClientRequest) -> None:
        match request:
            case InputCommitted() | SessionConfigured():
                self._feed(AudioReceived(packets=self._reader.finish()))
            case InputCleared():
                self._reader.finish()
            case _:
                pass
        self._fit_formats()
        self._feed(request)

    def _fit_formats(self) -> None:
        """Read and write sound as the protocol has it now."""
        protocol = self._protocol
        formats = (protocol.input_format, protocol.output_format)
        if formats == self._formats:
            return
        self._formats = formats
        self._reader = READERS[formats[0]]()
        self._writers.clear()

    # The conversation decides

    def _feed(self, event: AnyEvent) -> None:
        if isinstance(event, AudioReceived) and self._ear is not None:
            listens = self._protocol.turn_detection is not None
            (self._ear.feed if listens else self._ear.skip)(event.packets)
        # Servers come and go, and their tools with them.
        if (tools := self._tools.tool_runner.tools) is not self._offered:
            self._offered = tools
            self._decide(ToolsOffered(tools=tools))
        self._decide(event)

    def _decide(self, event: AnyEvent) -> None:
        now, has_room = time.monotonic(), self._tools.load.has_room
        for action in self._conversation.handle(event, now, self._bus.now(), has_room=has_room):
            match action:
                case Tell():
                    self._tell(action.notice)
                case Publish():
                    self._publisher.put(action.message)
                case GuessEnded():
                    metrics.count(action)
                case JudgeTurn() | CompareSound():
                    self._have_judged(action)
                case RunTool():
                    self._tool_tasks.ask(action)
                case WakeAt():
                    self._alarm.set(action.time)
                case _:
                    assert_never(action)

    def _have_judged(self, sound: JudgeTurn | CompareSound) -> None:
        """Have sound judged beside the loop; what comes of it is an event."""
        if isinstance(sound, CompareSound):
            self._comparison.ask(sound)
        else:
            self._tools.second_opinion.ask(sound.packets, sound.speech_end_s, self._post)

    def _post(self, event: Posted) -> None:
        """Have the conversation hear of it next, but not in the midst of another event."""
        if not self._inbox.full():
            self._inbox.put_nowait(event)

    # To the client

    def _tell(self, notice: AnyNotice) -> None:
        match notice:
            case Problem():
                metrics.PROBLEMS.labels(notice.code).inc()
            case ItemWasDeleted(is_taken_back=True):
                metrics.TAKEN_BACK.inc()
            case ReplyFinished():
                metrics.observe(notice)
                self._writers.pop(notice.reply, None)
            case _:
                pass
        self._line.send(self._protocol.write(notice), WSMsgType.TEXT)
        if isinstance(notice, ReplyAudio):
            self._speak(notice)

    def _speak(self, notice: ReplyAudio) -> None:
        if (writer := self._writers.get(notice.reply)) is None:
            writer = self._writers[notice.reply] = WRITERS[self._protocol.output_format]()
        pieces = writer.decode(notice.packets, is_last=notice.is_last)
        kind = WSMsgType.TEXT if self._protocol.sends_sound_as_text else WSMsgType.BINARY
        self._line.send(self._protocol.write_sound(notice, pieces), kind)
