"""What the sound of a hands-free session means: when a turn begins, may be over, and is over.

Windows judged by the voice detector come in, decisions go out. Speech over a reply is at first
only a suspicion: the reply is paused, and goes on if no words come of it.
"""

from gateway.decisions import (
    AskHypothesis,
    Begin,
    CompareEcho,
    Decision,
    Finish,
    GoOn,
    Guess,
    PauseReply,
    ResumeReply,
)
from gateway.echo import EchoVerdict
from gateway.endpointing import Began, Endpointing, Paused, Sign, WentOn
from gateway.endpointing_settings import EndpointingSettings
from gateway.suspicion import Echoes, Overheard, Suspicion, meaning
from gateway.turn_detection import TurnDetection
from shared.voice_stream import WINDOW_S

_ASK_AGAIN_S = 0.3
"""Pause between two hypotheses of speech over a reply."""
_REST = 3
"""Pause between hypotheses, in times of what one takes: a turn must seldom wait for one."""
_ANSWER_S = 3.0
"""A hypothesis that has not come for so long is not waited for."""


class Listening:
    """The listener's judgement. Times are in seconds of sound since the session began."""

    def __init__(self, detection: TurnDetection, settings: EndpointingSettings) -> None:
        self._detection = detection
        self._settings = settings
        self._endpointing = Endpointing(detection, settings)
        self._suspicion: Suspicion | None = None
        self._has_paused_reply = False
        self._echoes = Echoes()
        self._asked_s: float | None = None
        self._next_hypothesis_s = 0.0
        self._until_s = 0.0
        """Where the last window ended."""
        self._decisions: list[Decision] = []

    @property
    def is_busy(self) -> bool:
        """Whether somebody speaks, or may go on."""
        return self._endpointing.is_speaking or self._suspicion is not None

    @property
    def has_echo(self) -> bool:
        """Whether the loudspeaker reaches the microphone: then sound alone holds no reply."""
        return self._echoes.are_expected

    @property
    def awaits_hypothesis(self) -> bool:
        """Whether one is being made."""
        return self._asked_s is not None

    @property
    def ends_at_s(self) -> float | None:
        """When the turn is over if silence goes on."""
        return self._endpointing.ends_at_s

    @property
    def keeps_from_s(self) -> float | None:
        """Where the sound begins that belongs to an utterance; none if nobody speaks."""
        start_s = self._suspicion.start_s if self._suspicion else self._endpointing.start_s
        return None if start_s is None else start_s - self._detection.prefix_padding_s

    def listen(
        self, probabilities: tuple[float, ...], until_s: float, *, is_audible: bool
    ) -> list[Decision]:
        """The next windows; `is_audible`: a reply is being given."""
        self._decisions = []
        self._until_s = until_s
        for place, probability in enumerate(probabilities, 1 - len(probabilities)):
            for sign in self._endpointing.hear(probability, until_s + place * WINDOW_S):
                self._follow(sign, is_audible=is_audible)
        self._look(until_s, is_audible=is_audible)
        return self._decisions

    def pass_silence(self, until_s: float, *, is_audible: bool) -> list[Decision]:
        """No more sound comes, but time goes on."""
        self._decisions = []
        for sign in self._endpointing.pass_silence(until_s):
            self._follow(sign, is_audible=is_audible)
        self._look(until_s, is_audible=is_audible)
        return self._decisions

    def expect(self) -> None:
        """A transcript of what was said up to this pause is on its way."""
        self._endpointing.expect()

    def expect_nothing(self) -> None:
        """No transcript of what was said up to this pause will come."""
        self._endpointing.expect_nothing()

    def lose_track(self) -> None:
        """Sound is missing: nobody knows how soon the next speech comes."""
        self._endpointing.patience.forget()

    def understand(self, text: str, language: str, *, is_audible: bool) -> list[Decision]:
        """What was said up to this pause is known; the wait for more depends on it."""
        self._endpointing.understand(text, language)
        return self._review(is_audible=is_audible)

    def judge(self, probability: float, speech_end_s: float, *, is_audible: bool) -> list[Decision]:
        """How likely the person has finished, by the sound up to a pause."""
        self._endpointing.judge(probability, speech_end_s)
        return self._review(is_audible=is_audible)

    def _review(self, *, is_audible: bool) -> list[Decision]:
        """Nothing more was heard, but the wait may now be one that is over."""
        self._decisions = []
        for sign in self._endpointing.review():
            self._follow(sign, is_audible=is_audible)
        self._look(self._until_s, is_audible=is_audible)
        return self._decisions

    def learn(self, heard: Overheard, heard_s: float) -> list[Decision]:
        """A hypothesis has come."""
        self._decisions, asked_s, suspicion = [], self._asked_s, self._suspicion
        self._answered(heard_s)
        if suspicion is None or asked_s is None or asked_s <= suspicion.start_s:
            return []  # it is of what was dismissed
        suspicion.is_unknown = False
        if suspicion.comparing_since_s is not None:
            suspicion.unjudged = heard
        else:
            self._judge(suspicion, heard)
        return self._decisions

    def compare(self, likeness: float, heard_s: float, end_s: float) -> list[Decision]:
        """How much speech over a reply, up to `end_s`, sounds like that reply."""
        self._decisions, suspicion = [], self._suspicion
        is_asked = suspicion is not None and suspicion.comparing_since_s is not None
        if suspicion is None or not is_asked or suspicion.compared_s != end_s:
            return []
        suspicion.comparing_since_s = None
        self._liken(suspicion, self._echoes.judge(likeness, heard_s))
        return self._decisions

    def _liken(self, suspicion: Suspicion, verdict: EchoVerdict) -> None:
        if verdict == "echo":
            return self._dismiss()
        suspicion.is_unlike = verdict == "other"
        if suspicion.ended_s is None and suspicion.is_unlike:
            self._hold()
        if suspicion.unjudged is None:
            return self._look(self._until_s, is_audible=True)
        unjudged, suspicion.unjudged = suspicion.unjudged, None
        return self._judge(suspicion, unjudged)

    def _judge(self, suspicion: Suspicion, heard: Overheard) -> None:
        is_doubtful = self.has_echo and not suspicion.is_unlike and bool(heard.playing)
        goes_on = self._endpointing.patience.was_cut_off(suspicion.start_s)
        is_brief = self._is_brief(suspicion) and not goes_on
        meant = meaning(heard, covers_all=suspicion.covers_all, is_brief=is_brief)
        if meant == "echo":
            self._echoes.note_words()
        if meant == "words" and not is_doubtful:
            self._confirm(suspicion)
        elif meant == "echo" or suspicion.covers_all:
            self._dismiss()

    def fail(self, heard_s: float) -> list[Decision]:
        """A hypothesis will not come."""
        self._decisions = []
        self._answered(heard_s)
        if self._suspicion is not None:
            self._suspicion.is_unknown = True
            if self._suspicion.ended_s is not None:
                self._dismiss()
        return self._decisions

    def forget(self) -> list[Decision]:
        """The sound so far is not to become an utterance."""
        self._decisions = []
        self._dismiss()
        return self._decisions

    def _answered(self, heard_s: float) -> None:
        """Hypotheses come no faster than they are made."""
        if self._asked_s is None:
            return
        took_s = max(0.0, heard_s - self._asked_s)
        if self._suspicion and self._suspicion.paused_s is None:
            self._next_hypothesis_s = self._asked_s + _ASK_AGAIN_S
        elif self._suspicion:
            self._next_hypothesis_s = 0.0
        else:
            every_s = self._settings.hypothesis_every_s
            self._next_hypothesis_s = max(self._asked_s + every_s, heard_s + _REST * took_s)
        self._asked_s = None

    def _follow(self, sign: Sign, *, is_audible: bool) -> None:
        if self._suspicion is not None:
            self._suspicion.follow(sign)
            if isinstance(sign, Paused):
                self._next_hypothesis_s = 0.0
        elif isinstance(sign, Began):
            self._begin(sign, is_audible=is_audible)
        elif isinstance(sign, Paused):
            self._decisions.append(Guess(sign.speech_end_s))
        elif isinstance(sign, WentOn):
            self._decisions.append(GoOn())
        else:
            self._finish(sign.speech_end_s)

    def _start(self, start_s: float) -> None:
        goes_on = self._endpointing.patience.began(start_s)
        self._decisions.append(Begin(start_s, goes_on))

    def _finish(self, speech_end_s: float) -> None:
        self._endpointing.patience.ended(speech_end_s)
        self._decisions.append(Finish(speech_end_s))

    def _begin(self, sign: Began, *, is_audible: bool) -> None:
        if is_audible and self._detection.interrupt_response:
            self._suspicion = Suspicion(sign.start_s)
            self._next_hypothesis_s = 0.0
        else:
            self._next_hypothesis_s = sign.start_s + self._settings.hypothesis_every_s
            self._start(sign.start_s)

    def _look(self, until_s: float, *, is_audible: bool) -> None:
        """What follows from how long it has lasted."""
        if self._asked_s is not None and until_s - self._asked_s > _ANSWER_S:
            self._asked_s = None
        if self._suspicion is not None and self._suspicion.is_overdue(until_s):
            self._suspicion.comparing_since_s = None
            self._liken(self._suspicion, "unsure")
        elif self._suspicion is not None:
            self._look_at(self._suspicion, until_s, is_audible=is_audible)
        elif self._endpointing.is_speaking and self._endpointing.pause_s == 0:
            self._ask(until_s)

    def _look_at(self, suspicion: Suspicion, until_s: float, *, is_audible: bool) -> None:
        is_doubtful = self.has_echo and not suspicion.is_unlike
        if suspicion.ended_s is None and not is_audible and not is_doubtful:
            return self._confirm(suspicion)
        spoken_s = suspicion.spoken_s(until_s, self._endpointing.pause_s)
        # To the nearest window.
        if (
            suspicion.ended_s is None
            and spoken_s < self._settings.least_interruption_s - WINDOW_S / 2
        ):
            return None
        return self._pursue(suspicion, until_s)

    def _pursue(self, suspicion: Suspicion, until_s: float) -> None:
        """Find out what it is."""
        if suspicion.ended_s is None and not self.has_echo:
            self._hold()
        if suspicion.compared_s is None or suspicion.comparing_since_s is not None:
            return self._compare(suspicion, until_s)
        if self._is_certain(suspicion):
            return self._confirm(suspicion)
        if not suspicion.is_silent and self._is_brief(suspicion):
            return None if suspicion.is_unlike else self._compare(suspicion, until_s)
        if not suspicion.covers_all and self._ask(until_s):
            suspicion.covers_all = suspicion.paused_s is not None
        elif suspicion.ended_s is not None and self._asked_s is None:
            self._dismiss()
        return None

    def _hold(self) -> None:
        if not self._has_paused_reply:
            self._has_paused_reply = True
            self._decisions.append(PauseReply())

    def _compare(self, suspicion: Suspicion, until_s: float) -> None:
        end_s = suspicion.paused_s or until_s
        if suspicion.wants_comparison(end_s):
            suspicion.compared_s, suspicion.comparing_since_s = end_s, until_s
            self._decisions.append(CompareEcho(suspicion.start_s, end_s))

    def _is_brief(self, suspicion: Suspicion) -> bool:
        spoken_until_s = self._until_s - self._endpointing.pause_s
        return suspicion.length_s(spoken_until_s) < self._settings.brief_interruption_s

    def _is_certain(self, suspicion: Suspicion) -> bool:
        """Whether it has lasted too long for a backchannel, and nobody can say what it is."""
        speech_s = self._endpointing.speech_s
        lasts = suspicion.ended_s is None and speech_s >= self._settings.certain_interruption_s
        is_unknown = self._asked_s is not None or suspicion.is_unknown
        return lasts and is_unknown and not self.has_echo

    def _ask(self, until_s: float) -> bool:
        if self._asked_s is not None or until_s < self._next_hypothesis_s:
            return False
        self._asked_s = until_s
        if self._suspicion is not None:
            self._compare(self._suspicion, until_s)
        self._decisions.append(AskHypothesis())
        return True

    def _confirm(self, suspicion: Suspicion) -> None:
        """It is meant for us: the suspicion becomes an utterance."""
        self._suspicion = None
        self._has_paused_reply = False
        self._start(suspicion.start_s)
        if suspicion.ended_s is not None:
            self._finish(suspicion.ended_s)
        elif suspicion.paused_s is not None:
            self._decisions.append(Guess(suspicion.paused_s))

    def _dismiss(self) -> None:
        """It was nothing."""
        self._suspicion = None
        self._endpointing.reset()
        if self._has_paused_reply:
            self._has_paused_reply = False
            self._decisions.append(ResumeReply())
