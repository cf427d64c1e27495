"""An utterance in, its transcript out, and what was said on to the language model."""

from collections.abc import AsyncGenerator, Sequence
from functools import partial

import msgspec

from shared.audio import Pcm, decode_packets, packet_seconds, resample
from shared.errors import AudioError
from shared.languages import language_tag
from shared.messages import AnyResult, PartialTranscript, Transcript, UserTurn, Utterance
from shared.text_language import language_of
from shared.threads import run_in_thread
from shared.voice_activity import SAMPLE_RATE_HZ, VoiceDetector
from shared.writing import joined
from stt_service.engine import Speech, SttEngine
from stt_service.pieces import recognised
from stt_service.segments import split
from stt_service.settings import SttSettings


class Listened(msgspec.Struct, frozen=True, kw_only=True):
    """An utterance, ready for the engine."""

    audio_s: float
    pieces: tuple[Pcm, ...]
    """Each has speech in it and is short enough for one call; none if nothing was said."""


class SttHandler:
    """Finds the speech in an utterance and has the engine transcribe it."""

    def __init__(self, engine: SttEngine, settings: SttSettings) -> None:
        self.concurrency = engine.concurrency
        self._engine = engine
        self._settings = settings
        self._detector = VoiceDetector()

    async def handle(
        self, job: Utterance, published: Sequence[AnyResult] = ()
    ) -> AsyncGenerator[PartialTranscript | Transcript | tuple[Transcript, UserTurn], None]:
        """One PartialTranscript; or a Transcript, with a UserTurn if there is to be a reply.

        Raises AudioError and EngineError.
        """
        transcript = await self._transcribe(job)
        if job.is_partial:
            yield _partial(transcript)
        elif transcript.text and job.wants_reply:
            yield transcript, _user_turn(job, transcript)
        else:
            yield transcript

    async def _transcribe(self, job: Utterance) -> Transcript:
        listened = await run_in_thread(partial(self._listen, job.packets))
        fixed = language_tag(job.options.language)
        heard = [
            await self._engine.transcribe(Speech(pcm=piece, language=fixed))
            for piece in listened.pieces
        ]
        text = joined(recognition.text for recognition in heard)
        return Transcript(
            session=job.session,
            turn=job.turn,
            text=text,
            language=(fixed or language_of(text, recognised(heard))) if text else "",
            audio_s=listened.audio_s,
        )

    def _listen(self, packets: tuple[bytes, ...]) -> Listened:
        """Blocks for some milliseconds."""
        _check_length(packets, self._settings.longest_utterance_s)
        rate_hz = self._engine.sample_rate_hz
        pcm = decode_packets(packets, rate_hz)
        pieces = split(pcm, rate_hz, self._engine.longest_s)
        return Listened(
            audio_s=len(pcm) / rate_hz,
            # Engines make words up for silence and noise, so each piece is checked.
            pieces=tuple(piece for piece in pieces if self._has_speech(piece)),
        )

    def _has_speech(self, pcm: Pcm) -> bool:
        return self._detector.has_speech(
            resample(pcm, self._engine.sample_rate_hz, SAMPLE_RATE_HZ),
            threshold=self._settings.speech_threshold,
            least_s=self._settings.least_speech_s,
        )


def _check_length(packets: tuple[bytes, ...], longest_s: float) -> None:
    audio_s = sum(map(_seconds, packets))
    if audio_s > longest_s:
        raise AudioError(
            f"an utterance of {audio_s:.0f} s is longer than the {longest_s:.0f} s that are "
            "taken; speak in shorter stretches"
        )


def _seconds(packet: bytes) -> float:
    """0 for a broken packet: it will be left out."""
    try:
        return packet_seconds(packet)
    except AudioError:
        return 0.0


def _partial(transcript: Transcript) -> PartialTranscript:
    return PartialTranscript(
        session=transcript.session,
        turn=transcript.turn,
        text=transcript.text,
        language=transcript.language,
    )


def _user_turn(job: Utterance, transcript: Transcript) -> UserTurn:
    return UserTurn(
        session=job.session,
        turn=job.turn,
        gateway=job.gateway,
        deadline_s=job.deadline_s,
        text=transcript.text,
        language=transcript.language,
        history=job.history,
        options=job.options,
    )
