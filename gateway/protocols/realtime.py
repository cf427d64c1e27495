"""OpenAI's Realtime API (GA names): wire messages to events, notices to wire messages.

Sound is base64 PCM16 at 24 kHz in JSON, or, where the session asks for `audio/opus`, binary
messages of one Opus packet each: up the bare packet, down behind an 11-byte header, big endian:
kind (u8, 1), turn (u32), sentence in the reply (u16), packet in the sentence (u32).
"""

import re
import struct
from collections.abc import Sequence
from typing import assert_never

import msgspec

from gateway import events, notices
from gateway.events import ClientRequest
from gateway.notices import AnyNotice, Problem, ReplyAudio
from gateway.protocols import realtime_client as client
from gateway.protocols import realtime_objects as objects
from gateway.protocols import realtime_server as server
from gateway.protocols.port import Heard, Sound, SoundFormat, SpokenItem
from gateway.protocols.realtime_content import read_item_creation, unpack
from gateway.protocols.realtime_ids import Ids
from gateway.protocols.realtime_items import ItemNotice, SpeechNotice, write_item, write_speech
from gateway.protocols.realtime_reply import ReplyNotice, ReplyWriter
from gateway.protocols.refused import Refused
from gateway.protocols.session_config import SessionConfig, change, check_output_format
from gateway.protocols.turn_detection import seconds
from gateway.settings import GatewaySettings
from gateway.turn_detection import TurnDetection

PACKET_HEADER = struct.Struct(">BIHI")
PACKET_KIND = 1

_PLACE = re.compile(r" - at `\$\.?(.*)`$")


class _Memory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What another gateway needs to know to go on with a client."""

    config: SessionConfig
    messages: int
    names: tuple[tuple[str, int], ...] = ()


class Realtime:
    """One client's side of the protocol."""

    def __init__(self, session: str, model: str, settings: GatewaySettings) -> None:
        self._ids = Ids(session, settings.history_items)
        self._model = model
        self._settings = settings
        self._messages = 0
        self._reply: ReplyWriter | None = None
        self.config = SessionConfig()

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
        memory = _Memory(config=self.config, messages=self._messages, names=self._ids.names)
        return msgspec.msgpack.encode(memory)

    def recall(self, memory: bytes) -> None:
        """Go on as that one would."""
        known = msgspec.msgpack.decode(memory, type=_Memory)
        self.config, self._messages = known.config, known.messages
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
            return _explain(text, error)
        return self._understand(message)

    def _understand(self, message: client.AnyClientMessage) -> Heard:
        event_id = message.event_id or ""
        try:
            return self._translate(message, event_id)
        except Refused as no:
            return Problem(code=no.code, message=no.message, param=no.param, event_id=event_id)

    def _translate(
        self, message: client.AnyClientMessage, event_id: str
    ) -> ClientRequest | Sound | SpokenItem:
        match message:
            case client.Append():
                return Sound(content=unpack(message.audio, "audio"), event_id=event_id)
            case client.SessionUpdate():
                return self._configure(message.session, event_id)
            case client.ItemCreate():
                return self._put(message)
            case client.ItemRetrieve() | client.ItemDelete():
                return self._edit(message, event_id)
            case client.ItemTruncate() | client.Played():
                return self._position(message, event_id)
            case client.ResponseCreate():
                return self._request(message.response, event_id)
            case _:
                return _translate_bare(message, event_id)

    def _configure(self, wishes: client.SessionWishes, event_id: str) -> events.SessionConfigured:
        self.config = self.config.update(wishes, self._settings.most_text_characters)
        return events.SessionConfigured(
            options=self.config.options,
            turn_detection=self.config.turn_detection,
            event_id=event_id,
        )

    def _put(self, message: client.ItemCreate) -> events.ItemAdded | SpokenItem:
        return read_item_creation(message, self._ids, self._settings.most_text_characters)

    def _edit(
        self, message: client.ItemRetrieve | client.ItemDelete, event_id: str
    ) -> events.ItemWanted | events.ItemUnwanted:
        item = self._number(message.item_id)
        if isinstance(message, client.ItemRetrieve):
            return events.ItemWanted(item=item, event_id=event_id)
        return events.ItemUnwanted(item=item, event_id=event_id)

    def _position(
        self, message: client.ItemTruncate | client.Played, event_id: str
    ) -> events.ItemTruncated | events.PlaybackReported:
        item, end_s = self._number(message.item_id), seconds(message.audio_end_ms)
        if isinstance(message, client.Played):
            return events.PlaybackReported(item=item, position_s=end_s, event_id=event_id)
        return events.ItemTruncated(item=item, audio_end_s=end_s, event_id=event_id)

    def _number(self, item_id: str) -> int:
        item = self._ids.item_number(item_id)
        if item is None:
            told = f"{item_id!r} is not an item of this session"
            raise Refused("item_not_found", told, "item_id")
        return item

    def _request(self, wishes: client.ResponseWishes, event_id: str) -> events.ReplyRequested:
        if wishes.conversation != "auto" or wishes.input is not None:
            message = "responses outside of the conversation are not supported yet"
            raise Refused("unsupported_value", message, "response.conversation")
        check_output_format(wishes, self.config)
        longest = self._settings.most_text_characters
        options = change(self.config.options, wishes, longest, "response")
        return events.ReplyRequested(options=options, event_id=event_id)

    # To the client

    def greeting(self) -> list[bytes]:
        """What a client is told first."""
        return self._pack([server.SessionCreated(session=self._shown_session())])

    def write(self, notice: AnyNotice) -> list[bytes]:
        """A notice as JSON messages; of a ReplyAudio only what its sound itself is not."""
        return self._pack(self._write(notice))

    def write_sound(self, notice: ReplyAudio, pieces: Sequence[bytes]) -> list[bytes]:
        """More of the reply's sound: packets behind headers, or base64 in JSON."""
        if self.config.output_format == "audio/opus":
            return _packet_messages(notice, pieces)
        reply = self._reply
        return self._pack([m for piece in pieces for m in reply.sound(piece)] if reply else [])

    def _write(self, notice: AnyNotice) -> list[server.ServerMessage]:
        match notice:
            case Problem():
                return [server.Error(error=_error(notice))]
            case notices.SessionWasConfigured():
                return [server.SessionUpdated(session=self._shown_session())]
            case notices.ReplyStarted():
                self._reply = ReplyWriter(self._ids, notice)
                return self._reply.start()
            case notices.ItemWasTruncated():
                cleared = self._reply.clear(notice.item) if self._reply else []
                return [*cleared, *write_item(self._ids, notice)]
            case _:
                return self._write_further(notice)

    def _write_further(
        self, notice: SpeechNotice | ItemNotice | ReplyNotice
    ) -> list[server.ServerMessage]:
        if isinstance(notice, ReplyNotice):
            return self._reply.write(notice) if self._reply else []
        if isinstance(notice, SpeechNotice):
            return [write_speech(self._ids, notice)]
        return write_item(self._ids, notice)

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


def _translate_bare(
    message: client.Commit | client.Clear | client.ResponseCancel, event_id: str
) -> ClientRequest:
    match message:
        case client.Commit():
            return events.InputCommitted(event_id=event_id)
        case client.Clear():
            return events.InputCleared(event_id=event_id)
        case client.ResponseCancel():
            return events.ReplyCancelled(event_id=event_id)
        case _:
            assert_never(message)


def _error(problem: Problem) -> objects.ErrorDetail:
    return objects.ErrorDetail(
        type="server_error" if problem.is_fault else "invalid_request_error",
        code=problem.code,
        message=problem.message,
        param=problem.param or None,
        event_id=problem.event_id or None,
    )


def _explain(text: str, error: msgspec.ValidationError) -> Problem:
    """What is wrong with JSON that is no message of ours; raises DecodeError if it is not JSON."""
    message = msgspec.json.decode(text)
    if not isinstance(message, dict):
        return Problem(code="invalid_event", message="a message is a JSON object with a type")
    event_id, kind = message.get("event_id"), message.get("type")
    if not isinstance(event_id, str) or len(event_id) > client.LONGEST_EVENT_ID:
        event_id = ""
    if kind not in client.KNOWN_TYPES:
        known = ", ".join(sorted(client.KNOWN_TYPES))
        told = f"unknown event type {str(kind)[:100]!r}; supported are {known}"
        return Problem(code="unknown_event_type", message=told, param="type", event_id=event_id)
    place = _PLACE.search(str(error))
    return Problem(
        code="invalid_value",
        message=_shortened(str(error)),
        param=place[1] if place else "",
        event_id=event_id,
    )


def _shortened(told: str) -> str:
    """An error that quotes a wrong value, which may be as long as a message; its place stays."""
    return told if len(told) <= 300 else f"{told[:150]}…{told[-150:]}"
