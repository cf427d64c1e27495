"""Decides from probabilities of speech when a person has begun, paused, gone on and finished.

    speech   ▁▁██████▁▁▁▁▁▁████▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
    signs       Began    Paused WentOn    Paused  Ended

All times are in seconds of the session's sound.
"""

import msgspec

from gateway.completeness import Completeness, completeness
from gateway.endpointing_settings import EndpointingSettings
from gateway.patience import Patience
from gateway.turn_detection import TurnDetection
from shared.voice_stream import WINDOW_S

_HYSTERESIS = 0.15
"""As in Silero's own VADIterator: speech goes on until it is this much below the threshold."""
_FAINT = 0.2
_LONGEST_FAINT_S = 2 * WINDOW_S
"""The detector is late for soft beginnings ("s", "w"): so much of what it is in doubt about right
before speech belongs to it."""
_LEAST_THRESHOLD = 0.01
"""Below this it is silence, however low the threshold."""
_RESUMED_S = 2 * WINDOW_S
"""Speech in a pause that is no click: short, because people who go on must not be cut off."""
_LONGEST_GAP_S = 0.1
"""Windows with speech that are further apart are not the beginning of the same speech."""
_ALMOST_S = 0.001
"""Sums and differences of windows are not exact."""
_LIKELY = 0.5
"""From this probability on the end-of-turn model says that the person has finished."""


class Began(msgspec.Struct, frozen=True):
    """Somebody speaks."""

    start_s: float
    """Where the first window with speech begins."""


class Paused(msgspec.Struct, frozen=True):
    """They may have finished."""

    speech_end_s: float
    """Where the last window with speech ends."""


class WentOn(msgspec.Struct, frozen=True):
    """They had not."""

    at_s: float
    """Where the first window with speech after the pause begins."""


class Ended(msgspec.Struct, frozen=True):
    """They have finished; the utterance is over."""

    speech_end_s: float
    """Where the last window with speech ends."""


Sign = Began | Paused | WentOn | Ended


class _Speech(msgspec.Struct, frozen=True):
    """Windows with speech, and what little silence is between them."""

    start_s: float
    end_s: float
    speech_s: float
    """Seconds of windows with speech alone."""

    def followed_by(self, more: "_Speech") -> "_Speech":
        return _Speech(self.start_s, more.end_s, self.speech_s + more.speech_s)


class _Utterance(msgspec.Struct, frozen=True):
    speech: _Speech
    is_paused: bool = False
    reading: Completeness = "open"
    """How its transcript up to the pause reads; unfinished while that is on its way."""
    sounds_finished: bool | None = None
    """What the end-of-turn model makes of its sound up to the pause."""


class Endpointing:
    """Cuts one session's sound into utterances. Every Ended has a Paused at the same end before it.

    A pause is told once; a click in it does not end it. While it is in doubt whether sound in a
    pause is speech, the utterance does not end.
    """

    def __init__(self, detection: TurnDetection, settings: EndpointingSettings) -> None:
        self._threshold = detection.threshold
        self._settings = settings
        self.patience = Patience(detection, settings)
        self._is_voiced = False
        self._heard_s = 0.0
        self._now_s = 0.0
        self._faint_s: float | None = None
        """Since when each window may be the beginning of speech."""
        self._onset: _Speech | None = None
        """Windows with speech that are not yet enough to be believed."""
        self._utterance: _Utterance | None = None
        self._awaits_text = False

    @property
    def is_speaking(self) -> bool:
        """Whether an utterance is open, pauses in it included."""
        return self._utterance is not None

    @property
    def start_s(self) -> float | None:
        """Where the utterance begins; none if there is none."""
        return self._utterance.speech.start_s if self._utterance else None

    @property
    def speech_s(self) -> float:
        """Seconds of windows with speech in the utterance; 0 if there is none."""
        return self._utterance.speech.speech_s if self._utterance else 0.0

    @property
    def pause_s(self) -> float:
        """Seconds of silence since the utterance's last speech; 0 if there is no utterance."""
        return self._now_s - self._utterance.speech.end_s if self._utterance else 0.0

    @property
    def ends_at_s(self) -> float | None:
        """When the utterance is over if silence goes on; none if there is none.

        This may lie in the past after `understand`: `pass_silence` to now then ends it at once.
        """
        if self._utterance is None:
            return None
        ends_at_s = self._utterance.speech.end_s + self._wait_s(self._utterance)
        if self._onset is None:
            return ends_at_s
        return max(ends_at_s, self._onset.end_s + _LONGEST_GAP_S)

    def hear(self, probability: float, end_s: float) -> list[Sign]:
        """The next window, which ends at `end_s`; windows left out before it count as silence."""
        end_s = max(end_s, self._heard_s)
        start_s = max(end_s - WINDOW_S, self._heard_s)
        if start_s > self._heard_s + _ALMOST_S:
            self._faint_s = None
        signs = self._be_silent(start_s)
        self._heard_s = self._now_s = end_s
        began_s = self._note_faint(probability, start_s)
        if not self._has_speech(probability):
            return signs + self._be_silent(end_s)
        self._faint_s = end_s
        return signs + self._hear_speech(_Speech(began_s, end_s, WINDOW_S))

    def expect(self) -> None:
        """A transcript of the utterance up to the present pause is on its way.

        No answer can begin before it has come, so waiting for it costs nothing.
        """
        self._read("unfinished")
        self._awaits_text = True

    def expect_nothing(self) -> None:
        """No transcript of it will come; nothing changes if one has."""
        if self._awaits_text:
            self._read("open")

    def review(self) -> list[Sign]:
        """What follows at once from a transcript or a judgement that has come."""
        return self._be_silent(self._now_s)

    def understand(self, text: str, language: str = "") -> None:
        """The transcript of the utterance up to the present pause; forgotten if speech goes on.

        Passed over before Paused: a transcript that comes then lacks the last words.
        """
        self._read(completeness(text, language))

    def judge(self, probability: float, speech_end_s: float) -> None:
        """How likely the utterance is finished, by its sound up to a pause after `speech_end_s`.

        Passed over if that is not the present pause.
        """
        utterance = self._utterance
        if utterance is not None and utterance.is_paused and utterance.speech.end_s == speech_end_s:
            finished = probability >= _LIKELY
            self._utterance = msgspec.structs.replace(utterance, sounds_finished=finished)

    def pass_silence(self, end_s: float) -> list[Sign]:
        """No windows come although time goes on until `end_s`: nobody speaks.

        Windows that come after all may lie before `end_s`; they are heard as what they are.
        """
        self._is_voiced = False
        self._faint_s = None
        return self._be_silent(max(end_s, self._now_s))

    def reset(self) -> None:
        """Forget the utterance, and what may have been the beginning of one."""
        self._is_voiced = False
        self._faint_s = None
        self._onset = None
        self._utterance = None

    def _read(self, reading: Completeness) -> None:
        self._awaits_text = False
        if self._utterance is not None and self._utterance.is_paused:
            self._utterance = msgspec.structs.replace(self._utterance, reading=reading)

    def _wait_s(self, utterance: _Utterance) -> float:
        """Silence after the speech that ends it."""
        return self.patience.wait_s(utterance.reading, utterance.sounds_finished)

    def _note_faint(self, probability: float, start_s: float) -> float:
        """Where speech began if this window has some."""
        if probability < _FAINT:
            self._faint_s = None
            return start_s
        if self._faint_s is None:
            self._faint_s = start_s
        return max(self._faint_s, start_s - _LONGEST_FAINT_S)

    def _has_speech(self, probability: float) -> bool:
        threshold = self._threshold
        if self._is_voiced:
            threshold = max(threshold - _HYSTERESIS, _LEAST_THRESHOLD)
        self._is_voiced = probability >= threshold
        return self._is_voiced

    def _hear_speech(self, window: _Speech) -> list[Sign]:
        utterance = self._utterance
        if utterance is not None and not utterance.is_paused:
            self._go_on(utterance, window)
            return []
        onset = self._onset.followed_by(window) if self._onset else window
        least_s = _RESUMED_S if utterance else self._settings.least_speech_s
        if onset.speech_s < least_s - _ALMOST_S:
            self._onset = onset
            return []
        self._onset = None
        if utterance is None:
            self._utterance = _Utterance(onset)
            return [Began(onset.start_s)]
        self._go_on(utterance, onset)
        return [WentOn(onset.start_s)]

    def _go_on(self, utterance: _Utterance, more: _Speech) -> None:
        self._utterance = _Utterance(utterance.speech.followed_by(more))

    def _be_silent(self, until_s: float) -> list[Sign]:
        """Silence from the last window to then."""
        self._now_s = until_s
        if self._onset and until_s - self._onset.end_s >= _LONGEST_GAP_S - _ALMOST_S:
            self._onset = None
        if self._utterance is None:
            return []
        return [*self._pause(self._utterance), *self._end()]

    def _pause(self, utterance: _Utterance) -> list[Sign]:
        wait_s = self._wait_s(utterance)
        least_s = max(min(self._settings.eager_pause_s, wait_s), WINDOW_S)
        if utterance.is_paused or self.pause_s < least_s - _ALMOST_S:
            return []
        self._utterance = msgspec.structs.replace(utterance, is_paused=True)
        return [Paused(utterance.speech.end_s)]

    def _end(self) -> list[Sign]:
        ends_at_s = self.ends_at_s
        if self._utterance is None or ends_at_s is None or self._now_s < ends_at_s - _ALMOST_S:
            return []
        ended = Ended(self._utterance.speech.end_s)
        self.reset()
        return [ended]
