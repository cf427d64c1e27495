"""Carries out what the listener of a hands-free session decides."""

from gateway.actions import GuessEnded, JudgeTurn
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
from gateway.endpointing_settings import EndpointingSettings
from gateway.events import EchoJudged, TurnJudged, VoiceHeard
from gateway.idleness import Idleness
from gateway.last_utterance import LastUtterance
from gateway.listening import Listening
from gateway.notices import HypothesisKnown, SpeechStarted, SpeechStopped
from gateway.scene import Scene
from gateway.speech import KeptSpeech, Speech
from gateway.suspicion import Overheard
from gateway.turn import Turn
from gateway.turn_detection import TurnDetection
from gateway.turns import Commit
from shared.messages import PartialTranscript, Transcript

_LOST_SOUND_S = 0.4
"""A client that has sent nothing for so long has stopped: what follows counts as silence."""
_KEPT_S = 1.0
"""Sound kept while nobody speaks, besides the prefix: speech is noticed after it has begun."""

_TAIL_S = 0.6
"""How long after a reply its echo is looked for: people who answer begin later, or are none."""


class HandsFree:
    """One session's listening. Sound times are in seconds since the session began."""

    def __init__(
        self, scene: Scene, detection: TurnDetection, settings: EndpointingSettings
    ) -> None:
        self._scene = scene
        self._settings = settings
        self._listening = Listening(detection, settings)
        self._speech: Speech | None = None
        self._last = LastUtterance(scene, detection)
        self._sound_at = scene.outbox.now
        self._idleness = Idleness(scene, detection.idle_timeout_s)
        self.detection = detection
        self.expected: KeptSpeech | None = None
        """An utterance that the client knows of, and that begins again with its sound."""
        self.has_room = True
        """Whether the stages ahead have time for a guess."""

    @property
    def next_wake(self) -> float | None:
        """When to call `tick`."""
        if not self._listening.is_busy:
            times = (self._idleness.over_at, self._forgets_at)
            return min((time for time in times if time is not None), default=None)
        ends_at_s, heard_s = self._listening.ends_at_s, self._scene.input.heard_s
        return self._sound_at + max(_LOST_SOUND_S, (ends_at_s or heard_s) - heard_s) + 0.1

    @property
    def speech(self) -> KeptSpeech | None:
        """What is to be written down of the utterance that is being made."""
        return self._speech.kept() if self._speech is not None else self.expected

    def _take_up_expected(self) -> bool:
        if (speech := self.expected) is None:
            return False
        self._speech, self.expected = speech.again(), None
        return True

    def rejoin(self) -> None:
        """The client was away and is there again: that no sound came meant nothing."""
        self._sound_at = self._scene.outbox.now
        self._idleness.begin()

    # What comes in

    def sound_came(self) -> None:
        """More of the session's sound is in the buffer."""
        if not self._listening.is_busy:
            self._forget_last()
        self._sound_at = self._scene.outbox.now

    def hear(self, event: VoiceHeard) -> None:
        """The voice detector has judged more of it."""
        until_s = event.until_s + self._scene.input.lost_s
        is_audible = self._is_audible
        if self._scene.turns.guess is None:
            self._listening.expect_nothing()
        self._carry_out(self._listening.listen(event.probabilities, until_s, is_audible=is_audible))
        if self._scene.input.is_full:
            self._make_room(until_s)
        keeps_from_s = self._keeps_from_s
        prefix_s = self.detection.prefix_padding_s + _KEPT_S
        self._scene.input.forget_before(
            until_s - prefix_s if keeps_from_s is None else keeps_from_s
        )

    @property
    def _keeps_from_s(self) -> float | None:
        """Where the sound begins that is still needed; none if nobody speaks."""
        return self._speech.from_s if self._speech is not None else self._listening.keeps_from_s

    def _make_room(self, until_s: float) -> None:
        """An utterance that is too long ends here; sound in which nobody speaks is forgotten."""
        if self._speech is not None:
            self._carry_out([Finish(until_s), *self._listening.forget()])
        else:
            self._scene.input.take()

    def tick(self) -> None:
        """Time has passed."""
        if self._listening.is_busy:
            self._pass_silence(self._scene.outbox.now - self._sound_at)
        else:
            self._forget_last()
            self._idleness.tick()

    def learn_hypothesis(self, message: PartialTranscript) -> None:
        """What the person seems to have said so far."""
        scene, reply = self._scene, self._scene.replies.latest
        if self._speech is not None and scene.turns.guess is None:
            delta, rest = self._speech.hypothesis.add(message.text)
            scene.outbox.tell(HypothesisKnown(item=self._speech.item, delta=delta, rest=rest))
        playing = reply.released_words if reply is not None and self._is_audible else ""
        is_asked_for = scene.replies.ends_asking
        language = scene.options.language or message.language
        heard = Overheard(message.text, playing, language, is_asked_for)
        self._carry_out(self._listening.learn(heard, scene.input.heard_s))

    def lose_hypothesis(self) -> None:
        """A hypothesis will not come."""
        self._carry_out(self._listening.fail(self._scene.input.heard_s))

    def understand(self, heard: Transcript) -> None:
        """What a guess is about: the wait for more depends on it."""
        text, language = heard.text, self._scene.options.language or heard.language
        self._carry_out(self._listening.understand(text, language, is_audible=self._is_audible))

    def compare(self, event: EchoJudged) -> None:
        """How much the sound over a reply is like it."""
        self._carry_out(self._listening.compare(event.likeness, event.heard_s, event.end_s))

    def judge(self, event: TurnJudged) -> None:
        """What the turn model makes of a pause."""
        probability, speech_end_s = event.probability, event.speech_end_s
        self._carry_out(
            self._listening.judge(probability, speech_end_s, is_audible=self._is_audible)
        )

    def clear(self) -> None:
        """The sound so far is not to become an utterance."""
        self._last.forget()
        self._carry_out(self._listening.forget())
        self._take_up_expected()
        if self._speech is not None:
            self._scene.history.remove(self._speech.item)
            self._speech = None
        if self._scene.turns.guess is not None:
            self._scene.turns.drop()

    def commit(self) -> bool:
        """The client ends the utterance itself; False if there is none."""
        if self._speech is None and not self._take_up_expected():
            self._carry_out(self._listening.forget())
            return False
        heard_s = self._scene.input.heard_s
        self._carry_out([Finish(heard_s), *self._listening.forget()])
        self._last.forget()  # they have said themselves that it is whole
        return True

    def stop(self) -> None:
        """Nobody listens from now on: what is half said is forgotten, but not what was whole."""
        if self._speech is not None and self._speech.goes_on:
            self.commit()
        self.clear()

    @property
    def _forgets_at(self) -> float | None:
        """When the client has sent nothing for so long that the last utterance stands."""
        return self._sound_at + _LOST_SOUND_S if self._last.is_known else None

    def _forget_last(self) -> None:
        if (forgets_at := self._forgets_at) is not None and self._scene.outbox.now >= forgets_at:
            self._last.forget()
            self._listening.lose_track()

    # What is decided

    @property
    def _is_audible(self) -> bool:
        """Whether a reply is heard, or its echo may still be."""
        replies, since = self._scene.replies, self._scene.replies.silent_since
        latest = replies.latest
        if not self._listening.has_echo or since is None or latest is None or latest.is_cut:
            return replies.audible is not None
        return self._scene.outbox.now < since + _TAIL_S

    def _carry_out(self, decisions: list[Decision]) -> None:
        for decision in decisions:
            self._do(decision)

    def _do(self, decision: Decision) -> None:
        match decision:
            case Begin():
                self._begin(decision)
            case Guess():
                self._have_judged(decision.speech_end_s)
                self._guess(decision.speech_end_s)
            case GoOn():
                self._go_on()
            case Finish():
                self._finish(decision.speech_end_s)
            case AskHypothesis():
                self._ask_hypothesis()
            case CompareEcho():
                self._scene.compare(decision.start_s, decision.end_s)
            case PauseReply() | ResumeReply():
                replies = self._scene.replies
                (replies.pause if isinstance(decision, PauseReply) else replies.resume)()

    def _begin(self, begin: Begin) -> None:
        scene, at_s = self._scene, max(0.0, begin.start_s - self.detection.prefix_padding_s)
        if goes_on := begin.goes_on and self._last.take_back():
            at_s = scene.input.start_s
        scene.input.forget_before(at_s)
        if self.detection.interrupt_response:
            scene.retract()
        self._idleness.end()
        if not self._take_up_expected():
            item = scene.history.enter("user", is_open=True).number
            self._speech = Speech(item, at_s, goes_on)
            scene.outbox.tell(SpeechStarted(item=item, at_s=at_s))

    def _have_judged(self, speech_end_s: float) -> None:
        """Ask for a second opinion; a fixed silence needs none."""
        if self._settings.turn_model and self.detection.mode == "semantic_vad":
            self._scene.outbox.actions.append(JudgeTurn(self._scene.input.packets, speech_end_s))

    def _guess(self, speech_end_s: float) -> None:
        scene, speech = self._scene, self._speech
        if speech is None or not self._may_guess():
            return
        commit = Commit(speech.item, scene.input.packets, self._clock(speech_end_s))
        wants_reply = self.detection.create_response
        scene.turns.speak(commit, scene.history, scene.options, wants_reply=wants_reply)
        if (turn := scene.turns.newest) is not None:
            turn.is_guess = True
            self._listening.expect()

    def _may_guess(self) -> bool:
        """A guess must not delay what is certain."""
        scene, eager = self._scene, self._settings.eager
        # What keeps a stage busy may be our own hypothesis, which the guess makes stale.
        has_room = self.has_room or self._listening.awaits_hypothesis
        if eager == "off" or (eager == "auto" and not has_room):
            return False
        return not (scene.commits or scene.turns.awaits_transcript or scene.replies.active)

    def _go_on(self) -> None:
        if self._scene.turns.guess is not None:
            self._scene.turns.drop()
            self.lose_hypothesis()  # the guess has made it stale

    def _finish(self, speech_end_s: float) -> None:
        scene, speech = self._scene, self._speech
        packets = scene.input.take(is_certain=not self._last.may_go_on)
        self._idleness.begin()
        if speech is None:
            return
        self._speech = None
        self._last.remember(speech.item)
        if self.detection.interrupt_response:
            scene.replies.interrupt()
        scene.outbox.tell(SpeechStopped(item=speech.item, at_s=speech_end_s))
        scene.enter(speech.item)
        if self.detection.create_response:
            scene.owed_to = speech.item
        if (guess := scene.turns.guess) is not None and guess.after == speech.item:
            self._keep(guess)
        else:
            scene.commits.append(Commit(speech.item, packets, self._clock(speech_end_s)))

    def _keep(self, guess: Turn) -> None:
        """The guess was right: what was made of it counts."""
        scene = self._scene
        guess.is_guess = False
        scene.outbox.actions.append(GuessEnded(was_right=True, worked_s=guess.worked_s))
        if guess.transcript is not None:
            scene.learn(guess.after, guess.transcript)

    def _ask_hypothesis(self) -> None:
        scene = self._scene
        if self._keeps_from_s is not None:
            scene.input.forget_before(self._keeps_from_s)
        if self.has_room or scene.replies.audible is not None:
            scene.turns.ask_hypothesis(scene.input.packets, scene.options)
        else:
            self._carry_out(self._listening.fail(scene.input.heard_s))

    def _clock(self, sound_s: float) -> float:
        """When that place of the session's sound came in, on the gateway's clock."""
        return self._sound_at - max(0.0, self._scene.input.heard_s - sound_s)

    # Silence

    def _pass_silence(self, seconds: float) -> None:
        if seconds < _LOST_SOUND_S:
            return
        self._scene.input.pass_silence(seconds)
        self._sound_at = self._scene.outbox.now
        until_s, is_audible = self._scene.input.heard_s, self._is_audible
        self._carry_out(self._listening.pass_silence(until_s, is_audible=is_audible))
