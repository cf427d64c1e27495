"""The heart: turns, replies and history of one session. Events in, actions out.

Two things go on side by side. A *turn* is what the pipeline works on: a commit publishes one at
once, eagerly, before anybody has asked for a reply, and a pause in hands-free speech does so before
anybody knows that the person has finished. A *reply* is what the client is told: it begins when it
is asked for, and if the newest turn answers exactly that, what the pipeline has made by then goes
out in the same instant. The newest turn wins: results of others are dropped.
"""

from typing import assert_never

from gateway import editing, refusals, snapshot
from gateway.actions import Action, WakeAt
from gateway.answering import begin_what_is_due
from gateway.endpointing_settings import EndpointingSettings
from gateway.events import (
    AnyEvent,
    AudioReceived,
    ClientLeft,
    ClientRequest,
    ConnectionLost,
    ConnectionResumed,
    EchoJudged,
    InputCleared,
    InputCommitted,
    ItemAdded,
    ItemTruncated,
    ItemUnwanted,
    ItemWanted,
    PlaybackReported,
    ReplyCancelled,
    ReplyRequested,
    ResultsRecalled,
    SessionConfigured,
    Tick,
    TurnJudged,
    UtteranceAdded,
    VoiceHeard,
)
from gateway.hands_free import HandsFree
from gateway.notices import InputWasCleared, SessionWasConfigured
from gateway.replies import LOST
from gateway.scene import Scene
from gateway.settings import GatewaySettings
from gateway.snapshot import KeptConversation
from gateway.turn import TIMED_OUT, TOO_LONG, Failure, Turn
from gateway.turn_detection import TurnDetection
from gateway.turns import Commit
from shared.messages import (
    AnyReply,
    PartialTranscript,
    SessionEnded,
    SpeechChunk,
    Transcript,
    WorkFailed,
)


class Conversation:
    """One session. Times are on the gateway's clock in seconds, deadlines on the broker's."""

    def __init__(
        self,
        session: str,
        gateway: str,
        settings: GatewaySettings,
        endpointing: EndpointingSettings | None = None,
        detection: TurnDetection | None = None,
    ) -> None:
        """Without `detection` the client commits utterances itself, until it wishes otherwise."""
        self._settings = settings
        self._endpointing = endpointing or EndpointingSettings()
        self._scene = Scene(session, gateway, settings)
        self._hands_free: HandsFree | None = None
        self._is_alone = False
        """Whether the client is away: then nothing of a reply is released."""
        self._listen_as(detection)

    @property
    def is_speaking(self) -> bool:
        """Whether the client still has a reply to listen to."""
        return self._scene.replies.audible is not None

    @property
    def sound_s(self) -> tuple[float, float]:
        """Where the sound begins and ends that no utterance has yet, in the session's sound."""
        return self._scene.input.start_s, self._scene.input.heard_s

    def kept(self) -> KeptConversation:
        """As it is to be written down."""
        return snapshot.take(self._scene, self._hands_free)

    def restore(self, kept: KeptConversation, heard_s: float, now: float) -> None:
        """Go on with what another gateway has written down; the client's sound goes on there."""
        self._scene.outbox.open(now, 0.0)
        snapshot.restore(self._scene, kept)
        self._listen_as(kept.detection)
        self._scene.input.pass_silence(heard_s)
        if self._hands_free is not None:
            self._hands_free.expected = kept.speech

    def handle(
        self, event: AnyEvent, now: float, broker_now: float, *, has_room: bool = True
    ) -> list[Action]:
        """What is to be done about an event, in order; without a WakeAt the earlier one stands.

        `has_room`: the stages have time for turns that may turn out to be in vain.
        """
        self._scene.outbox.open(now, broker_now)
        if self._hands_free is not None:
            self._hands_free.has_room = has_room
        match event:
            case AudioReceived():
                return self._hear(event)
            case ClientLeft():
                return self._leave()
            case VoiceHeard() | TurnJudged() | EchoJudged():
                self._listen(event)
            case Tick():
                self._tick()
            case ConnectionLost() | ConnectionResumed() | ResultsRecalled():
                self._adapt(event)
            case _ if isinstance(event, AnyReply):
                self._take(event)
            case _:
                self._obey(event)
        self._advance()
        return self._scene.outbox.actions

    def _hear(self, event: AudioReceived) -> list[Action]:
        for problem in self._scene.input.hear(event):
            if self._hands_free is None or problem.code != "input_audio_buffer_full":
                self._scene.outbox.tell(problem)
        if self._hands_free is not None:
            self._hands_free.sound_came()
        return self._scene.outbox.actions

    def _leave(self) -> list[Action]:
        scene = self._scene
        scene.outbox.publish(SessionEnded(session=scene.session, turn=scene.turns.count))
        return scene.outbox.actions

    def _listen(self, event: VoiceHeard | TurnJudged | EchoJudged) -> None:
        if self._hands_free is None:
            return
        match event:
            case VoiceHeard():
                self._hands_free.hear(event)
            case TurnJudged():
                self._hands_free.judge(event)
            case EchoJudged():
                self._hands_free.compare(event)
            case _:
                assert_never(event)

    def _tick(self) -> None:
        turn = self._scene.turns.newest
        if turn is not None and turn.owes and self._scene.outbox.now >= turn.deadline:
            self._scene.fail(turn, TIMED_OUT)
        if self._hands_free is not None and not self._is_alone:
            self._hands_free.tick()

    def _adapt(self, event: ConnectionLost | ConnectionResumed | ResultsRecalled) -> None:
        match event:
            case ConnectionLost():
                self._is_alone = True
            case ConnectionResumed():
                self._is_alone = False
                if self._hands_free is not None:
                    self._hands_free.rejoin()
            case ResultsRecalled():
                self._make_again()
            case _:
                assert_never(event)

    def _make_again(self) -> None:
        """A reply whose beginning is not there any more ends with what was heard, and is made anew
        from there."""
        reply = self._scene.replies.active
        if reply is not None and reply.lacks_results:
            self._scene.replies.finish("incomplete", reason=LOST)
            self._scene.turns.drop()
            self._scene.owe_reply()

    # What the client does

    def _obey(self, request: ClientRequest) -> None:
        match request:
            case SessionConfigured():
                self._configure(request)
            case InputCommitted():
                self._commit(request)
            case InputCleared():
                self._clear()
            case ItemAdded() | UtteranceAdded() | ItemWanted() | ItemUnwanted():
                editing.obey(self._scene, request)
            case ReplyRequested():
                self._request_reply(request)
            case ReplyCancelled() | ItemTruncated() | PlaybackReported():
                self._scene.replies.obey(request)
            case _:
                assert_never(request)

    def _configure(self, event: SessionConfigured) -> None:
        self._scene.options = event.options
        if event.turn_detection != self._detection:
            self._listen_as(event.turn_detection)
        self._scene.outbox.tell(SessionWasConfigured())

    def _listen_as(self, detection: TurnDetection | None) -> None:
        if self._hands_free is not None:
            self._hands_free.stop()
            self._scene.input.take()
        self._hands_free = (
            HandsFree(self._scene, detection, self._endpointing) if detection is not None else None
        )

    def _commit(self, event: InputCommitted) -> None:
        scene = self._scene
        if self._hands_free is not None and self._hands_free.commit():
            return None
        if scene.input.is_empty:
            return scene.outbox.refuse(refusals.NOTHING_TO_COMMIT, event.event_id)
        if len(scene.commits) >= self._settings.most_waiting_commits:
            return scene.outbox.refuse(refusals.TOO_MANY_COMMITS, event.event_id)
        scene.replies.finish("cancelled", reason="turn_detected")
        item = scene.history.enter("user").number
        scene.commits.append(Commit(item, scene.input.take(), scene.outbox.now))
        return scene.enter(item)

    def _clear(self) -> None:
        if self._hands_free is not None:
            self._hands_free.clear()
        self._scene.input.take()
        self._scene.outbox.tell(InputWasCleared())

    def _request_reply(self, event: ReplyRequested) -> None:
        scene = self._scene
        if scene.replies.active is not None:
            return scene.outbox.refuse(refusals.REPLY_IS_ACTIVE, event.event_id)
        options, after = event.options or scene.options, scene.history.last_item
        can_answer = scene.knows_words or scene.awaits_words
        if not can_answer and scene.turns.eager(after, options) is None:
            return scene.outbox.refuse(refusals.NOTHING_TO_ANSWER, event.event_id)
        scene.forgive()
        return scene.replies.begin(options)

    # What the pipeline says

    def _take(self, message: AnyReply) -> None:
        turn = self._scene.turns.newest
        if self._scene.turns.is_hypothesis(message.turn):
            return self._take_hypothesis(message)
        if turn is None or message.turn != turn.number:
            return None
        self._scene.turns.expect(turn)
        turn.note(message, self._scene.outbox.now)
        return self._take_result(turn, message)

    def _take_result(self, turn: Turn, message: AnyReply) -> None:
        match message:
            case Transcript():
                self._learn_transcript(turn, message)
            case WorkFailed():
                self._scene.fail(turn, Failure(code=message.code, detail=message.detail))
            case SpeechChunk():
                if not turn.add_sound(message):
                    self._scene.fail(turn, TOO_LONG)
            case _:
                turn.take(message)

    def _take_hypothesis(self, message: AnyReply) -> None:
        if self._hands_free is None:
            return
        if isinstance(message, PartialTranscript):
            self._hands_free.learn_hypothesis(message)
        else:
            self._hands_free.lose_hypothesis()

    def _learn_transcript(self, turn: Turn, transcript: Transcript) -> None:
        item, is_guess = turn.utterance, turn.is_guess
        if item is None:
            return None
        turn.take(transcript)
        if is_guess and self._hands_free is not None:
            return self._hands_free.understand(transcript)
        self._scene.learn(item, transcript)
        if not turn.is_wanted:
            self._scene.turns.cancel(turn)
            self._scene.turns.newest = None
        return None

    # What follows from it

    def _advance(self) -> None:
        begin_what_is_due(self._scene, self._detection)
        if not self._is_alone:
            self._scene.replies.serve()
        if self._scene.commits and self._scene.replies.active is None:
            begin_what_is_due(self._scene, self._detection)  # it waited for the reply's end
        self._scene.outbox.actions.append(WakeAt(self._next_wake()))

    @property
    def _detection(self) -> TurnDetection | None:
        return self._hands_free.detection if self._hands_free is not None else None

    def _next_wake(self) -> float | None:
        turn = self._scene.turns.newest
        times = [turn.deadline if turn and turn.owes else None]
        if not self._is_alone:  # nobody listens, and that nothing is heard means nothing
            listener = self._hands_free.next_wake if self._hands_free else None
            times += [self._scene.replies.next_wake, listener]
        return min((time for time in times if time is not None), default=None)
