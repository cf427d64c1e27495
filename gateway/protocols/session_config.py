"""A Realtime session's configuration: changed by wishes, shown to the client, put into options."""

import msgspec
from msgspec import UNSET, UnsetType

from gateway.protocols import turn_detection
from gateway.protocols.port import SoundFormat
from gateway.protocols.realtime_client import (
    Audio,
    AudioFormat,
    InputAudio,
    Kind,
    OutputAudio,
    SessionWishes,
    Transcription,
    VoiceId,
    Wishes,
)
from gateway.protocols.refused import Refused
from gateway.protocols.tool_wishes import shown_tools, with_tools
from gateway.turn_detection import TurnDetection
from shared.audio import TELEPHONE_HZ, WIRE_HZ
from shared.messages import ReplyOptions

_RATES_HZ: dict[SoundFormat, tuple[int, ...]] = {
    "audio/pcm": (WIRE_HZ,),
    "audio/pcmu": (TELEPHONE_HZ,),
    "audio/pcma": (TELEPHONE_HZ,),
    "audio/opus": (WIRE_HZ, 48_000),
}
"""What `rate` may be, if it is said."""


class SessionConfig(msgspec.Struct, frozen=True, kw_only=True):
    """All that a client may set about its session."""

    kind: Kind = "realtime"
    options: ReplyOptions = ReplyOptions()
    input_format: SoundFormat = "audio/pcm"
    output_format: SoundFormat = "audio/pcm"
    turn_detection: TurnDetection | None = TurnDetection()
    """None: the client commits utterances itself."""
    transcription: Transcription | None = Transcription()
    """None: the client does not want to be told what the person says."""

    def update(self, wishes: SessionWishes, longest_text: int) -> "SessionConfig":
        """The configuration after a session.update; raises Refused, and then nothing changes."""
        audio = wishes.audio or Audio()
        heard, spoken = audio.input or InputAudio(), audio.output or OutputAudio()
        options, transcription = self._transcribed(
            change(self.options, wishes, longest_text, "session"), heard
        )
        kind = self.kind if isinstance(wishes.type, UnsetType) else wishes.type
        detection = turn_detection.understood(heard.turn_detection, self.turn_detection)
        if kind == "transcription":
            detection = turn_detection.without_replies(detection)
        return SessionConfig(
            kind=kind,
            options=options,
            transcription=transcription,
            input_format=_format(heard.format, self.input_format, "session.audio.input.format"),
            output_format=_format(spoken.format, self.output_format, "session.audio.output.format"),
            turn_detection=detection,
        )

    def _transcribed(
        self, options: ReplyOptions, heard: InputAudio
    ) -> tuple[ReplyOptions, Transcription | None]:
        wished = heard.transcription
        if isinstance(wished, UnsetType):
            return options, self.transcription
        language = (wished and wished.language) or ""
        return msgspec.structs.replace(options, language=language), wished

    def shown(self, session_id: str, model: str) -> dict[str, object]:
        """The `session` object of the protocol."""
        options, heard = self.options, self._shown_input()
        if self.kind == "transcription":
            return {
                "type": "transcription",
                "object": "realtime.transcription_session",
                "id": session_id,
                "include": None,
                "audio": {"input": heard},
            }
        return {
            "type": "realtime",
            "object": "realtime.session",
            "id": session_id,
            "model": model,
            "instructions": options.instructions,
            "output_modalities": modalities(options),
            "max_output_tokens": options.max_output_tokens or "inf",
            **shown_tools(options),
            "truncation": "auto",
            "prompt": None,
            "tracing": None,
            "include": None,
            "audio": {
                "input": heard,
                "output": {
                    "format": shown_format(self.output_format),
                    "voice": options.voice,
                    "speed": options.speed,
                }
                | ({"marks": True} if options.has_marks else {}),
            },
        }

    def _shown_input(self) -> dict[str, object]:
        return {
            "format": shown_format(self.input_format),
            "transcription": self.transcription,
            "turn_detection": turn_detection.shown(self.turn_detection),
            "noise_reduction": None,
        }


def change(options: ReplyOptions, wishes: Wishes, longest_text: int, param: str) -> ReplyOptions:
    """Options after wishes for the session or a response; raises Refused."""
    options = with_tools(options, wishes, longest_text, param)
    if wishes.instructions and len(wishes.instructions) > longest_text:
        message = f"instructions may have {longest_text} characters, not {len(wishes.instructions)}"
        raise Refused("string_above_max_length", message, f"{param}.instructions")
    output = (wishes.audio or Audio()).output or OutputAudio()
    voice = output.voice.id if isinstance(output.voice, VoiceId) else output.voice
    tokens = 0 if wishes.max_output_tokens == "inf" else wishes.max_output_tokens
    changes: dict[str, object] = {
        "instructions": wishes.instructions,
        "voice": voice,
        "speed": output.speed,
        "has_marks": output.marks,
        "max_output_tokens": tokens,
        "is_spoken": _is_spoken(wishes, f"{param}.output_modalities"),
    }
    wished = {name: value for name, value in changes.items() if value not in (UNSET, None)}
    if wishes.temperature is not UNSET:
        wished["temperature"] = wishes.temperature
    return msgspec.structs.replace(options, **wished)


def modalities(options: ReplyOptions) -> tuple[str, ...]:
    """How replies are given, in the protocol's words."""
    return ("audio",) if options.is_spoken else ("text",)


def check_output_format(wishes: Wishes, config: SessionConfig) -> None:
    """Raise Refused if a single response wishes another format than its session has."""
    output = (wishes.audio or Audio()).output or OutputAudio()
    param = "response.audio.output.format"
    if _format(output.format, config.output_format, param) != config.output_format:
        message = "the format is the session's; change it with session.update"
        raise Refused("unsupported_value", message, param)


def shown_format(name: SoundFormat) -> dict[str, object]:
    """A format as the protocol writes it."""
    return {"type": name} | ({"rate": WIRE_HZ} if name == "audio/pcm" else {})


def _is_spoken(wishes: Wishes, param: str) -> bool | None:
    if wishes.output_modalities in (UNSET, None):
        return None
    if wishes.output_modalities not in (("audio",), ("text",)):
        message = 'output_modalities is either ["audio"], which includes a transcript, or ["text"]'
        raise Refused("invalid_value", message, param)
    return wishes.output_modalities == ("audio",)


def _format(
    wished: AudioFormat | UnsetType | None, current: SoundFormat, param: str
) -> SoundFormat:
    if not wished:
        return current
    for name, rates in _RATES_HZ.items():
        if name != wished.type:
            continue
        if wished.rate not in (UNSET, None, *rates):
            message = f"{name} has a rate of {rates[-1]}, not {wished.rate}"
            raise Refused("unsupported_value", message, f"{param}.rate")
        return name
    message = f"{wished.type!r} is not supported; choose one of {', '.join(_RATES_HZ)}"
    raise Refused("unsupported_value", message, f"{param}.type")
