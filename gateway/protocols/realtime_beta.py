"""The Realtime API as it was in its beta: other names around the same protocol.

Sessions are flat, formats are words, and a few messages are called otherwise. Whatever a beta
client says is said over in today's names, and whatever it is told is told in the old ones.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from gateway.notices import AnyNotice, ReplyAudio
from gateway.protocols.port import Heard, SoundFormat
from gateway.protocols.realtime import Realtime
from gateway.turn_detection import TurnDetection

SUBPROTOCOL = "openai-beta.realtime-v1"
HEADER = ("OpenAI-Beta", "realtime=v1")

_FORMATS = {
    "pcm16": "audio/pcm",
    "g711_ulaw": "audio/pcmu",
    "g711_alaw": "audio/pcma",
    "opus": "audio/opus",
}
_OLD_FORMATS = {name: old for old, name in _FORMATS.items()}
_PLACES = {
    "modalities": ("output_modalities",),
    "voice": ("audio", "output", "voice"),
    "speed": ("audio", "output", "speed"),
    "input_audio_format": ("audio", "input", "format"),
    "output_audio_format": ("audio", "output", "format"),
    "input_audio_transcription": ("audio", "input", "transcription"),
    "input_audio_noise_reduction": ("audio", "input", "noise_reduction"),
    "turn_detection": ("audio", "input", "turn_detection"),
    "max_response_output_tokens": ("max_output_tokens",),
}
"""Where the fields of a session, or of a response, are today."""
_RESPONSE_PLACES = {name: _PLACES[name] for name in ("modalities", "voice", "output_audio_format")}
"""The same of a response as the client is told of it."""
_TYPES = {
    "response.output_audio.": "response.audio.",
    "response.output_audio_transcript.": "response.audio_transcript.",
    "response.output_text.": "response.text.",
    "conversation.item.added": "conversation.item.created",
}
_CONTENT = {"output_audio": "audio", "output_text": "text"}
_UNKNOWN_THEN = "conversation.item.done"


class RealtimeBeta:
    """One beta client's side of the protocol."""

    def __init__(self, realtime: Realtime) -> None:
        self._realtime = realtime

    @property
    def input_format(self) -> SoundFormat:
        """What the client's sound is."""
        return self._realtime.input_format

    @property
    def output_format(self) -> SoundFormat:
        """What the client gets as sound."""
        return self._realtime.output_format

    @property
    def turn_detection(self) -> TurnDetection | None:
        """How turns are found."""
        return self._realtime.turn_detection

    @property
    def sends_sound_as_text(self) -> bool:
        """Only Opus packets are binary messages."""
        return self._realtime.sends_sound_as_text

    def memory(self) -> bytes:
        """What has to be remembered, but for the reply that is being given."""
        return self._realtime.memory()

    def recall(self, memory: bytes) -> None:
        """Go on as that one would."""
        self._realtime.recall(memory)

    def read(self, text: str) -> Sequence[Heard]:
        """What a message of the client asks for; a Problem if it cannot be understood."""
        try:
            message = msgspec.json.decode(text)
            text = msgspec.json.encode(_renewed(message)).decode()
        except (msgspec.DecodeError, RecursionError):
            pass  # what is wrong with it is told as of any message
        return self._realtime.read(text)

    def read_binary(self, content: bytes) -> Sequence[Heard]:
        """One Opus packet."""
        return self._realtime.read_binary(content)

    def greeting(self) -> list[bytes]:
        """What a client is told first."""
        return _aged(self._realtime.greeting())

    def write(self, notice: AnyNotice) -> list[bytes]:
        """A notice as JSON messages; of a ReplyAudio only what its sound itself is not."""
        return _aged(self._realtime.write(notice))

    def write_sound(self, notice: ReplyAudio, pieces: Sequence[bytes]) -> list[bytes]:
        """More of a reply's sound: packets behind headers, or base64 in JSON."""
        messages = self._realtime.write_sound(notice, pieces)
        return _aged(messages) if self._realtime.sends_sound_as_text else messages


# From the client


def _renewed(message: Any) -> Any:
    """A client's message in today's names."""
    if not isinstance(message, dict):
        return message
    for name in ("session", "response"):
        if isinstance(wishes := message.get(name), dict):
            message[name] = _nested(wishes)
    return message


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    nested = {name: value for name, value in flat.items() if name not in _PLACES}
    for name in _PLACES.keys() & flat.keys():
        _put(nested, _PLACES[name], _new_value(name, flat[name]))
    return nested


def _put(nested: dict[str, Any], way: tuple[str, ...], value: Any) -> None:
    for step in way[:-1]:
        if not isinstance(nested.get(step), dict):
            nested[step] = {}
        nested = nested[step]
    nested[way[-1]] = value


def _new_value(name: str, value: Any) -> Any:
    if name.endswith("_format") and isinstance(value, str):
        return {"type": _FORMATS.get(value, value)}
    if name == "modalities" and isinstance(value, list) and len(value) > 1:
        return ["audio"]  # with its transcript, which was asked for by the name of text
    return value


# To the client


def _aged(messages: list[bytes]) -> list[bytes]:
    """Messages in the old names, without those that nobody knew then."""
    events = (msgspec.json.decode(message) for message in messages)
    return [msgspec.json.encode(_old(event)) for event in events if event["type"] != _UNKNOWN_THEN]


def _old(event: dict[str, Any]) -> dict[str, Any]:
    event["type"] = _old_type(event["type"])
    if "session" in event:
        event["session"] = _flat(event["session"], _PLACES)
    if "response" in event:
        response = _flat(event["response"], _RESPONSE_PLACES)
        event["response"] = {**response, "output": [_old_item(item) for item in response["output"]]}
    if "item" in event:
        event["item"] = _old_item(event["item"])
    if "error" in event and event["error"].get("param"):
        event["error"]["param"] = _old_param(event["error"]["param"])
    return event


def _old_type(kind: str) -> str:
    for name, old in _TYPES.items():
        if kind.startswith(name):
            return old + kind.removeprefix(name)
    return kind


def _flat(nested: dict[str, Any], places: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    flat = {name: value for name, value in nested.items() if name != "audio"}
    for name, way in places.items():
        place: Any = nested
        for step in way:
            place = place.get(step, msgspec.UNSET) if isinstance(place, dict) else msgspec.UNSET
        if place is not msgspec.UNSET:
            flat.pop(way[-1], None)
            flat[name] = _old_value(name, place)
    return flat


def _old_value(name: str, value: Any) -> Any:
    if name.endswith("_format"):
        return _OLD_FORMATS[value["type"]]
    if name == "modalities" and value == ["audio"]:
        return ["text", "audio"]
    return value


def _old_item(item: dict[str, Any]) -> dict[str, Any]:
    content = [
        {**part, "type": _CONTENT.get(part["type"], part["type"])}
        for part in item.get("content", ())
    ]
    return {**item, "content": content} if content else item


def _old_param(param: str) -> str:
    for name, way in _PLACES.items():
        param = param.replace(f".{'.'.join(way)}", f".{name}")
    return param
