"""What the pipeline has made of one turn so far, heard or not."""

from collections.abc import Sequence
from itertools import count, takewhile
from typing import assert_never

import msgspec

from gateway.heard import SpokenReply
from gateway.latency import Stopwatch
from gateway.notices import Usage
from gateway.playout import Place, Playout
from gateway.tool_calls import ToolCalls
from shared.audio import PACKET_S
from shared.messages import (
    AnyReply,
    PartialTranscript,
    ReplyEnded,
    ReplyOptions,
    Sentence,
    SpeechChunk,
    ToolCall,
    Transcript,
    WorkFailed,
)


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a turn has no reply, or not a whole one."""

    code: str
    detail: str
    is_fault: bool = True
    """Whether the server is to blame."""


NO_SPEECH = Failure(code="no_speech", detail="no words were heard in the audio", is_fault=False)
TIMED_OUT = Failure(
    code="timed_out",
    detail="the services gave no sign for too long; see /readyz for whether all of them run",
)
TOO_LONG = Failure(code="reply_too_long", detail="the reply's audio exceeds what is kept waiting")

Told = PartialTranscript | Transcript | Sentence | ToolCall | ReplyEnded
"""What a turn is told in words; its sound goes to the playout."""


class KeptTurn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A turn as it is written down; what the pipeline makes of it is in its gateway's stream."""

    number: int
    gateway: str
    options: ReplyOptions
    after: int
    utterance: int | None = None
    is_wanted: bool = True
    place: Place = Place()


class Turn:
    """One turn: its transcript if it was spoken, then sentences and their sound, then the end."""

    def __init__(
        self, number: int, *, options: ReplyOptions, after: int, playout: Playout, start: float
    ) -> None:
        self.number = number
        self.options = options
        self.after = after
        """The item that it answers, with all before it."""
        self.utterance: int | None = None
        """The user's item whose transcript is still awaited."""
        self.playout = playout
        self.stopwatch = Stopwatch(start)
        self.deadline = start
        """When it has failed, if it owes anything and no news has come."""
        self.gateway = ""
        """Whose stream the results come to."""
        self.is_guess = False
        """The person may go on: nobody hears of it until they have certainly finished."""
        self.transcript: Transcript | None = None
        self._worked: dict[str, float] = {}
        """Of each job up to its latest result."""
        self.spoken = SpokenReply(options.speed)
        self.is_wanted = True
        """False once nobody will ask for its reply: then only the transcript still counts."""
        self.failure: Failure | None = None
        self._sentences: dict[int, str] = {}
        self.calls = ToolCalls()
        self._end: ReplyEnded | None = None

    def kept(self) -> KeptTurn:
        """As it is to be written down."""
        return KeptTurn(
            number=self.number,
            gateway=self.gateway,
            options=self.options,
            after=self.after,
            utterance=self.utterance,
            is_wanted=self.is_wanted,
            place=self.playout.place,
        )

    @property
    def usage(self) -> Usage:
        """Token counts; zeros until the reply has ended."""
        if self._end is None:
            return Usage()
        return Usage(
            input_tokens=self._end.input_tokens,
            cached_tokens=self._end.cached_tokens,
            output_tokens=self._end.output_tokens,
        )

    @property
    def is_cut(self) -> bool:
        """Whether the reply was cut at its token limit."""
        return self._end is not None and self._end.reason == "length"

    def answers(self, item: int, options: ReplyOptions) -> bool:
        """Whether its reply is one to just that, given in just this way."""
        return self.is_wanted and (self.after, self.options) == (item, options)

    @property
    def owes(self) -> bool:
        """Whether the pipeline still has something to send."""
        if not self.is_wanted:
            return self.utterance is not None
        if self.failure is not None:
            return False
        return not self._has_text or (self.options.is_spoken and not self.playout.has_all)

    @property
    def _has_text(self) -> bool:
        """Whether all sentences and calls have come."""
        if self._end is None:
            return False
        has_calls = self.calls.whole >= self._end.calls
        return has_calls and len(self._sentences) >= self._end.sentences

    def note(self, message: AnyReply, now: float) -> None:
        """A result has come."""
        self.stopwatch.note(message, now)
        job = _job(message)
        self._worked[job] = max(message.worked_s, self._worked.get(job, 0.0))

    @property
    def worked_s(self) -> float:
        """Engine seconds of its results so far."""
        return sum(self._worked.values())

    def take(self, message: Told) -> None:
        """A result of this turn; repeats do no harm."""
        match message:
            case Transcript():
                self.transcript = message
                self.utterance = None
                self.failure = self.failure or (None if message.text.strip() else NO_SPEECH)
            case Sentence():
                self._sentences.setdefault(message.index, message.text)
            case ToolCall():
                self.calls.take(message)
            case ReplyEnded():
                self._end = message
                self.playout.end(message.sentences)
            case PartialTranscript():
                return
            case _:
                assert_never(message)

    def add_sound(self, chunk: SpeechChunk) -> bool:
        """Take a piece of sound in; False if there is no room for it."""
        self.spoken.note(chunk)
        return self.playout.add(chunk)

    def heard(self, position_s: float) -> str:
        """The text that was heard when the sound was played so far."""
        return self.spoken.heard(self._in_order(), position_s)

    def fail(self, failure: Failure) -> None:
        """Nothing more will come; the first reason stands."""
        self.utterance = None
        self.failure = self.failure or failure

    def sentence(self, index: int) -> str | None:
        """The text of a sentence, if it has come."""
        return self._sentences.get(index)

    def lacks(self, sentences_told: int) -> bool:
        """Whether results that must have been there are not: of the text, or of the sound."""
        has_gap = sentences_told not in self._sentences and any(
            index > sentences_told for index in self._sentences
        )
        missing_s = self.playout.released_s - self.spoken.length_s
        return has_gap or missing_s > PACKET_S / 2

    def is_whole(self, sentences_told: int) -> bool:
        """Whether all was told and released."""
        if self._end is None or not self._has_text or sentences_told < self._end.sentences:
            return False
        return not self.options.is_spoken or self.playout.is_done

    def text(self, sentences: int) -> str:
        """The first sentences of the reply, as one text."""
        return "".join(self.sentences(sentences))

    def sentences(self, count: int) -> tuple[str, ...]:
        """The first sentences of the reply."""
        return tuple(self._in_order()[:count])

    def know(self, sentences: Sequence[str]) -> None:
        """The reply begins with these sentences."""
        self._sentences |= dict(enumerate(sentences))

    def _in_order(self) -> list[str]:
        """The sentences that have come, up to the first that is missing."""
        return [self._sentences[at] for at in takewhile(self._sentences.__contains__, count())]


def _job(message: AnyReply) -> str:
    """Which of the turn's jobs a result is of."""
    match message:
        case PartialTranscript() | Transcript():
            return "stt"
        case Sentence() | ToolCall() | ReplyEnded():
            return "llm"
        case SpeechChunk():
            return f"tts {message.sentence}"
        case WorkFailed():
            return message.stage
        case _:
            assert_never(message)
