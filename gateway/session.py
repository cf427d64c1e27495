"""One client's session: its words go to the conversation, whose decisions are carried out."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import assert_never

import msgspec
from aiohttp import WSMessage, WSMsgType

from gateway import metrics
from gateway.actions import CompareSound, GuessEnded, JudgeTurn, Publish, RunTool, Tell, WakeAt
from gateway.alarm import Alarm
from gateway.client import Client
from gateway.codec import BY_SENTENCE, READERS, WRITERS, SoundWriter
from gateway.comparison import Comparison
from gateway.conversation import Conversation
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
from gateway.items import ServerTool
from gateway.limits import Limited, sound_seconds
from gateway.mailbox import Inbox
from gateway.notices import AnyNotice, ItemWasDeleted, Problem, ReplyAudio, ReplyFinished
from gateway.progress import Progress
from gateway.protocols.port import Answer, Heard, Sound, SpokenItem
from gateway.publisher import Publisher
from gateway.session_store import SessionTaken
from gateway.session_tools import Tools
from gateway.tool_tasks import ToolTasks
from gateway.voice_activity import Ear
from shared.errors import AudioError
from shared.messages import SessionMoved, WorkFailed

Posted = Tick | WorkFailed | VoiceHeard | TurnJudged | EchoJudged | ToolAnswered
"""What a session tells itself."""


class Session:
    """One client's conversation, from greeting to goodbye, and all that it needs but its socket.

    Two tasks feed the conversation or empty its queues; deciding itself never waits.
    """

    def __init__(
        self,
        session: str,
        gateway: str,
        *,
        tools: Tools,
        client: Client,
        inbox: Inbox,
    ) -> None:
        self._id = session
        self.allowance = client.guest.allowance
        first = client.guest.first_message
        self._first = client.protocol.read(first) if first else ()
        self._bus = tools.bus
        self._tools = tools
        self.protocol = protocol = client.protocol
        self._settings = settings = tools.settings
        self._inbox = inbox
        self._send = client.send
        self._ear: Ear | None = None
        self.conversation = Conversation(
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
        self.publisher = Publisher(session, gateway, tools.bus, self.post)
        self._comparison = Comparison(self.post)
        self._tool_tasks = ToolTasks(tools.tool_runner, self.post)
        self._offered: tuple[ServerTool, ...] = ()
        self._alarm = Alarm(lambda: self.post(Tick()))
        self.progress: Progress | None = None
        """Kept where the session is to survive its connection."""

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[asyncio.TaskGroup]:
        """Results come in and jobs go out while the block runs, and tasks of the group with it.

        What they raise comes out of it in an ExceptionGroup.
        """
        with self._tools.voices.ear(self.post) as self._ear:
            try:
                async with asyncio.TaskGroup() as tasks:
                    steps = (self._follow_pipeline(), self.publisher.run())
                    own = [tasks.create_task(step) for step in steps]
                    yield tasks
                    for task in own:
                        task.cancel()
            finally:
                self._alarm.set(None)
                await self._comparison.close()
                await self._tool_tasks.close()

    def greet(self) -> None:
        """Tell the client that the session has begun, as its token wishes."""
        self._send(self.protocol.greeting(), WSMsgType.TEXT)
        for event in self._first:
            if isinstance(event, Problem):
                self._tell(event)
            elif isinstance(event, SessionConfigured):
                self.conversation.handle(event, time.monotonic(), self._bus.now())

    async def say_goodbye(self) -> None:
        """Tell the workers that the session is over."""
        for action in self.conversation.handle(ClientLeft(), time.monotonic(), self._bus.now()):
            if isinstance(action, Publish):
                await self.publisher.publish(action.message)

    async def _follow_pipeline(self) -> None:
        while True:
            event = await self._inbox.get()
            if isinstance(event, SessionMoved):
                raise SessionTaken(self._id)
            self.feed(event)

    # From the client

    async def hear(self, message: WSMessage) -> None:
        """What the client sends; of too much it is dropped."""
        if self.allowance.message(time.monotonic()):
            await self.understand(message)
        else:
            self._complain("messages")

    async def calm(self) -> None:
        """Wait until the client may send one more message: nothing of it is to be dropped."""
        if (wait_s := self.allowance.message_wait_s(time.monotonic())) > 0:
            await asyncio.sleep(wait_s)
            self.allowance.message(time.monotonic())

    async def understand(self, message: WSMessage, *, only_sound: bool = False) -> None:
        """What the client sends. If it is `only_sound`, whatever else it is was obeyed before."""
        if message.type is WSMsgType.BINARY:
            return await self._hear(self.protocol.read_binary(message.data))
        if only_sound:
            heard = self.protocol.read(message.data)
            return await self._hear([event for event in heard if isinstance(event, Sound)])
        return await self._hear_text(message.data)

    async def _hear_text(self, text: str) -> None:
        most_bytes = self._settings.most_message_bytes
        if len(text) > most_bytes:
            limit = f"a message may have {most_bytes} bytes"
            told = f"{limit}, not {len(text)}; send speech in smaller pieces"
            return self._tell(Problem(code="message_too_large", message=told))
        return await self._hear(self.protocol.read(text))

    async def _hear(self, heard: Sequence[Heard]) -> None:
        for event in heard:
            match event:
                case Problem():
                    self._tell(event)
                case Answer():
                    self._send(event.messages, WSMsgType.TEXT)
                case Sound():
                    if not await self._hear_sound(event):
                        return
                case SpokenItem():
                    await self._hear_item(event)
                case _:
                    self._obey(event)
                    await asyncio.sleep(0)  # its work goes out before the next message is read

    async def _hear_sound(self, sound: Sound) -> bool:
        """Whether it could be understood. Of what is too much nothing more is looked at."""
        try:
            for place, packets in enumerate(self._reader.encode(sound.content)):
                if place:
                    await asyncio.sleep(0)  # encoding takes time that other sessions need
                if not self.allowance.sound(sound_seconds(packets), time.monotonic()):
                    self._complain("sound")
                    break
                self.feed(AudioReceived(packets=packets, event_id=sound.event_id))
        except AudioError as error:
            told = Problem(code="invalid_audio", message=str(error), event_id=sound.event_id)
            self._tell(told)
            return False
        return True

    def _complain(self, about: Limited) -> None:
        if problem := self.allowance.complaint(about, time.monotonic()):
            self._tell(problem)

    async def _hear_item(self, spoken: SpokenItem) -> None:
        """Speech that is an utterance of its own, whatever else the person is saying."""
        reader, packets = READERS[self.protocol.input_format](), list[bytes]()
        try:
            for piece in reader.encode(spoken.content):
                if not self.allowance.sound(sound_seconds(piece), time.monotonic()):
                    return self._complain("sound")
                packets += piece
                await asyncio.sleep(0)
        except AudioError as error:
            event_id = spoken.item.event_id
            return self._tell(Problem(code="invalid_audio", message=str(error), event_id=event_id))
        packets += reader.finish()
        return self.feed(msgspec.structs.replace(spoken.item, packets=tuple(packets)))

    def _obey(self, request: ClientRequest) -> None:
        match request:
            case InputCommitted() | SessionConfigured():
                self.feed(AudioReceived(packets=self._reader.finish()))
            case InputCleared():
                self._reader.finish()
            case _:
                pass
        self.fit_formats()
        self.feed(request)

    def fit_formats(self) -> None:
        """Read and write sound as the protocol has it now."""
        protocol = self.protocol
        formats = (protocol.input_format, protocol.output_format)
        if formats == self._formats:
            return
        self._formats = formats
        self._reader = READERS[formats[0]]()
        self._writers.clear()

    # The conversation decides

    def feed(self, event: AnyEvent) -> None:
        """Have the conversation decide about an event, and carry that out."""
        if isinstance(event, AudioReceived) and self._ear is not None:
            listens = self.protocol.turn_detection is not None
            (self._ear.feed if listens else self._ear.skip)(event.packets)
        # Servers come and go, and their tools with them.
        if (tools := self._tools.tool_runner.tools) is not self._offered:
            self._offered = tools
            self._decide(ToolsOffered(tools=tools))
        self._decide(event)

    def _decide(self, event: AnyEvent) -> None:
        now, has_room = time.monotonic(), self._tools.load.has_room
        for action in self.conversation.handle(event, now, self._bus.now(), has_room=has_room):
            match action:
                case Tell():
                    self._tell(action.notice)
                case Publish():
                    self.publisher.put(action.message)
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
            self._tools.second_opinion.ask(sound.packets, sound.speech_end_s, self.post)

    def post(self, event: Posted) -> None:
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
        if self.progress is not None:
            self.progress.tell(notice)
        self._send(self.protocol.write(notice), WSMsgType.TEXT)
        if isinstance(notice, ReplyAudio):
            self._speak(notice)

    def _speak(self, notice: ReplyAudio) -> None:
        if (writer := self._writers.get(notice.reply)) is None:
            writer = self._writers[notice.reply] = WRITERS[self.protocol.output_format]()
        if notice.lead:
            writer.decode(notice.lead, is_last=False)
        pieces = writer.decode(notice.packets, is_last=notice.is_last)
        kind = WSMsgType.TEXT if self.protocol.sends_sound_as_text else WSMsgType.BINARY
        self._send(self.protocol.write_sound(notice, pieces), kind)
