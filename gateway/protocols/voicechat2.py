"""The protocol of voicechat2's own page: an Ogg Opus file for each utterance and each sentence.

Order and words are those of the original server (lhl/voicechat2), which its page relies on.
"""

import html
from collections.abc import Sequence
from typing import assert_never

import msgspec

from gateway import refusals
from gateway.events import InputCleared, InputCommitted
from gateway.latency import Latency
from gateway.notices import (
    AnyNotice,
    Problem,
    ReplyAudio,
    ReplyFinished,
    ReplyStarted,
    ReplyText,
    TranscriptKnown,
)
from gateway.protocols.port import Answer, Heard, Sound, SoundFormat
from gateway.settings import GatewaySettings
from gateway.turn_detection import TurnDetection

PATIENCE_S = 1.0
"""Seconds that a recording may come behind the message that ends it."""

_STOP = InputCommitted(wants_reply=True)
_EARLY_STOP = InputCommitted(wants_reply=True, patience_s=PATIENCE_S)
_NO_RECORDING = "no recording has come; please say it again"


class _Message(msgspec.Struct, frozen=True):
    """All that the page may say."""

    type: str = ""
    action: str = ""


_decoder = msgspec.json.Decoder(_Message)


class VoiceChat2:
    """One page's side of the protocol."""

    input_format: SoundFormat = "audio/ogg"
    output_format: SoundFormat = "audio/ogg"
    turn_detection: TurnDetection | None = None
    sends_sound_as_text = False

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._recording: Sequence[Heard] = ()
        """What the newest one asks for, until the page says that it is the last."""
        self._is_stopped = False
        """Whether the page has said so before it came."""
        self._is_answering = False
        self._has_sound = False
        self._has_sounded = False

    def greeting(self) -> list[bytes]:
        """The page waits for none."""
        return []

    # From the page

    def read(self, text: str) -> Sequence[Heard]:
        """A ping, or the end of a recording."""
        try:
            message = _decoder.decode(text)
        except (msgspec.DecodeError, RecursionError) as error:
            told = f"a message is one JSON object: {str(error)[:200]}"
            return (Problem(code="invalid_json", message=told),)
        if message.type == "ping":
            return (Answer([_message("pong")]),)
        if message.action == "stop_recording":
            return self._stop()
        told = 'unknown message; known are {"type": "ping"} and {"action": "stop_recording"}'
        return (Problem(code="unknown_event_type", message=told),)

    def read_binary(self, content: bytes) -> Sequence[Heard]:
        """A whole recording; it takes the place of one that was not ended."""
        recording = self._understood(content)
        if not self._is_stopped:
            self._recording = recording
            return ()
        self._is_stopped = False
        return recording

    def _stop(self) -> Sequence[Heard]:
        recording, self._recording = self._recording, ()
        self._is_stopped = not recording
        return recording or (_EARLY_STOP,)

    def _understood(self, content: bytes) -> Sequence[Heard]:
        most_bytes = self._settings.most_message_bytes
        if len(content) > most_bytes:
            told = f"a recording may have {most_bytes} bytes, not {len(content)}"
            return (InputCleared(), Problem(code="message_too_large", message=told))
        return (InputCleared(), Sound(content=content), _STOP)

    # To the page

    def write(self, notice: AnyNotice) -> list[bytes]:
        """Those notices that the page understands."""
        match notice:
            case TranscriptKnown() if notice.text.strip():
                return [_message("transcription", content=notice.text)]
            case ReplyStarted():
                self._is_answering, self._has_sound, self._has_sounded = True, False, False
                return []
            case ReplyText():
                # The page takes it for HTML.
                return [_message("text", content=html.escape(notice.delta, quote=False))]
            case ReplyAudio():
                return self._announce(notice)
            case ReplyFinished():
                self._is_answering = False
                return _ending(notice)
            case Problem():
                return self._explain(notice)
            case _:
                return []

    def write_sound(self, notice: ReplyAudio, pieces: Sequence[bytes]) -> list[bytes]:
        """The sentence's file, if it is whole."""
        return list(pieces)

    def _announce(self, audio: ReplyAudio) -> list[bytes]:
        """The first file of a reply is about to be sent."""
        self._has_sound = self._has_sound or bool(audio.packets)
        if self._has_sounded or not (self._has_sound and audio.is_last):
            return []
        self._has_sounded = True
        return [_message("first_audio_response")]

    def _explain(self, problem: Problem) -> list[bytes]:
        """What is wrong; the page is ready again unless an answer follows."""
        told = problem.message
        if problem.code == refusals.NOTHING_TO_COMMIT.code:
            self._is_stopped, told = False, _NO_RECORDING
        if self._is_answering and problem.is_fault:
            return []  # the reply's end tells it
        error = _message("error", message=told)
        is_answered = self._is_answering or problem.code == "input_audio_buffer_full"
        return [error] if is_answered else [error, _message("processing_complete")]


def _ending(finished: ReplyFinished) -> list[bytes]:
    match finished.status:
        case "cancelled":
            # Only a newer utterance ends a reply: its answer tells when the page is ready.
            return [_message("interrupted")]
        case "failed":
            return [_message("error", message=finished.detail), _message("processing_complete")]
        case "completed" | "incomplete":
            metrics = _message("latency_metrics", metrics=_metrics(finished.latency))
            return [metrics, _message("processing_complete")]
        case _:
            assert_never(finished.status)


def _metrics(latency: Latency) -> dict[str, float]:
    """Seconds; the page can show nothing but numbers."""
    first_sentence_s, first_sound_s = (
        latency.first_sentence_s or 0.0,
        latency.response_time_s or 0.0,
    )
    return {
        "total_voice_to_voice": first_sound_s,
        "srt_duration": latency.stt_work_s or 0.0,
        "llm_ttft": latency.llm_first_token_s or 0.0,
        "llm_ttfs": latency.llm_first_sentence_s or 0.0,
        "tts_duration": round(max(0.0, first_sound_s - first_sentence_s), 6),
    }


def _message(kind: str, **fields: object) -> bytes:
    return msgspec.json.encode({"type": kind, **fields})
