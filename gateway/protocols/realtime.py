"""OpenAI's Realtime API (GA names): wire messages to events, notices to wire messages.

Sound is base64 in JSON, or, where the session asks for `audio/opus`, binary messages of one Opus
packet each: up the bare packet, down behind an 11-byte header, big endian: kind (u8, 1), turn
(u32), sentence in the reply (u16), packet in the sentence (u32).
"""

import struct
from collections.abc import Sequence

import msgspec

from gateway import events, notices
from gateway.notices import AnyNotice, Problem, ReplyAudio
from gateway.protocols import realtime_client as client
from gateway.protocols import realtime_server as server
from gateway.protocols.port import Heard, Sound, SoundFormat
from gateway.protocols.realtime_call_items import ToolNotice, write_tool
from gateway.protocols.realtime_client import Kind
from gateway.protocols.realtime_errors import explain, write_problem
from gateway.protocols.realtime_ids import Ids
from gateway.protocols.realtime_items import (
    ItemNotice,
    SpeechNotice,
    TranscriptNotice,
    write_item,
    write_speech,
    write_transcript,
)
from gateway.protocols.realtime_reply import ReplyNotice, ReplyWriter
from gateway.protocols.realtime_requests import Requests
from gateway.protocols.realtime_voices import check_voice
from gateway.protocols.refused import Refused
from gateway.protocols.session_config import SessionConfig
from gateway.settings import GatewaySettings
from gateway.turn_detection import TurnDetection

PACKET_HEADER = struct.Struct(">BIHI")
PACKET_KIND = 1


class _Memory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What another gateway needs to know to go on with a client."""

    model: str
    config: SessionConfig
    messages: int
    names: tuple[tuple[str, int], ...] = ()


class Realtime:
    """One client's side of the protocol."""

    def __init__(
        self,
        session: str,
        model: str,
        settings: GatewaySettings,
        voices: Sequence[str] = (),
        kind: Kind = "realtime",
    ) -> None:
        """`voices`: the names of those that can be had; none if that is not known."""
        self._ids = Ids(session, settings.history_items)
        self._requests = Requests(self._ids, settings.most_text_characters, voices)
        self._model = model
        self._voices = voices
        self._settings = settings
        self._messages = 0
        self._newest = 0
        """The conversation's reply that was begun last."""
        self._replies: dict[int, ReplyWriter] = {}
        """That one, and all beside the conversation that are being given."""
        self.config = SessionConfig().update(client.SessionWishes(type=kind), 0)

    @property
    def input_format(self) -> SoundFormat:
        """What the client's sound is."""
        return self.config.input_format

    @property
    def output_format(self) -> SoundFormat:
        """What the client gets as sound."""
        return self.config.output_format

    @property
    def turn_detection(self) -> TurnDetection | None:
        """How turns are found."""
        return self.config.turn_detection

    @property
    def sends_sound_as_text(self) -> bool:
        """Only Opus packets are binary messages."""
        return self.config.output_format != "audio/opus"

    def memory(self) -> bytes:
        """What has to be remembered, but for the reply that is being given."""
        memory = _Memory(
            model=self._model,
            config=self.config,
            messages=self._messages,
            names=self._ids.names,
        )
        return msgspec.msgpack.encode(memory)

    def recall(self, memory: bytes) -> None:
        """Go on as that one would."""
        known = msgspec.msgpack.decode(memory, type=_Memory)
        self._model, self.config, self._messages = known.model, known.config, known.messages
        for name, number in known.names:
            self._ids.name_item(number, name)

    # From the client

    def read(self, text: str) -> Sequence[Heard]:
        """What a message of the client asks for; a Problem if it cannot be understood."""
        try:
            return (self._read(text),)
        except (msgspec.DecodeError, RecursionError) as error:
            told = f"a message is one JSON object: {error}"
            return (Problem(code="invalid_json", message=told),)

    def read_binary(self, content: bytes) -> Sequence[Heard]:
        """One Opus packet."""
        if self.config.input_format == "audio/opus":
            return (Sound(content=content),)
        told = "binary messages are Opus packets; set audio.input.format to audio/opus first"
        return (Problem(code="invalid_audio", message=told),)

    def _read(self, text: str) -> Heard:
        try:
            message = client.decoder.decode(text)
        except msgspec.ValidationError as error:
            return explain(text, error)
        try:
            if isinstance(message, client.SessionUpdate):
                return self._configure(message)
            return self._requests.read(message, self.config)
        except Refused as no:
            event_id = message.event_id or ""
            return Problem(code=no.code, message=no.message, param=no.param, event_id=event_id)

    def _configure(self, message: client.SessionUpdate) -> events.SessionConfigured:
        check_voice(message.session, self._voices, "session")
        self.config = self.config.update(message.session, self._settings.most_text_characters)
        return events.SessionConfigured(
            options=self.config.options,
            turn_detection=self.config.turn_detection,
            wants_replies=self.config.kind == "realtime",
            event_id=message.event_id or "",
        )

    # To the client

    def greeting(self) -> list[bytes]:
        """What a client is told first."""
        return self._pack([server.SessionCreated(session=self._shown_session())])

    def write(self, notice: AnyNotice) -> list[bytes]:
        """A notice as JSON messages; of a ReplyAudio only what its sound itself is not."""
        return self._pack(self._write(notice))

    def write_sound(self, notice: ReplyAudio, pieces: Sequence[bytes]) -> list[bytes]:
        """More of a reply's sound: packets behind headers, or base64 in JSON."""
        if self.config.output_format == "audio/opus":
            return _packet_messages(notice, pieces)
        reply = self._replies.get(notice.reply)
        return self._pack([m for piece in pieces for m in reply.sound(piece)] if reply else [])

    def _write(self, notice: AnyNotice) -> list[server.ServerMessage]:
        match notice:
            case Problem():
                return [server.Error(error=write_problem(notice))]
            case notices.SessionWasConfigured():
                return [server.SessionUpdated(session=self._shown_session())]
            case notices.ReplyStarted():
                return self._begin(notice)
            case notices.ItemWasTruncated():
                newest = self._replies.get(self._newest)
                cleared = newest.clear(notice.item) if newest else []
                return [*cleared, *write_item(self._ids, notice)]
            case _:
                return self._write_further(notice)

    def _write_further(
        self, notice: SpeechNotice | ItemNotice | TranscriptNotice | ToolNotice | ReplyNotice
    ) -> list[server.ServerMessage]:
        if isinstance(notice, ReplyNotice):
            return self._go_on(notice)
        if isinstance(notice, SpeechNotice):
            return [write_speech(self._ids, notice)]
        if isinstance(notice, TranscriptNotice):
            is_wanted = self.config.transcription is not None
            return [write_transcript(self._ids, notice)] if is_wanted else []
        if isinstance(notice, ToolNotice):
            return write_tool(self._ids, notice)
        return write_item(self._ids, notice)

    def _begin(self, started: notices.ReplyStarted) -> list[server.ServerMessage]:
        writer = ReplyWriter(self._ids, started, self.config.output_format)
        if not started.is_aside:
            self._replies.pop(self._newest, None)
            self._newest = started.reply
        self._replies[started.reply] = writer
        return writer.start()

    def _go_on(self, notice: ReplyNotice) -> list[server.ServerMessage]:
        if isinstance(notice, notices.ReplyPaused | notices.ReplyResumed):
            reply = self._replies.get(self._newest)
        elif isinstance(notice, notices.ReplyFinished) and notice.reply != self._newest:
            reply = self._replies.pop(notice.reply, None)
        else:
            reply = self._replies.get(notice.reply)
        return reply.write(notice) if reply else []

    def _shown_session(self) -> dict[str, object]:
        return self.config.shown(self._ids.session, self._model)

    def _pack(self, messages: list[server.ServerMessage]) -> list[bytes]:
        packed = []
        for message in messages:
            self._messages += 1
            stamped = msgspec.structs.replace(message, event_id=self._ids.event(self._messages))
            packed.append(msgspec.json.encode(stamped))
        return packed


def _packet_messages(notice: ReplyAudio, packets: Sequence[bytes]) -> list[bytes]:
    return [
        PACKET_HEADER.pack(PACKET_KIND, notice.turn, notice.sentence, notice.first_packet + place)
        + packet
        for place, packet in enumerate(packets)
    ]
