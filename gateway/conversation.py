"""The heart: turns, replies and history of one session. Events in, actions out.

Two things go on side by side. A *turn* is what the pipeline works on: a commit publishes one at
once, eagerly, before anybody has asked for a reply, and a pause in hands-free speech does so before
anybody knows that the person has finished. A *reply* is what the client is told: it begins when it
is asked for, and if the newest turn answers exactly that, what the pipeline has made by then goes
out in the same instant. The newest turn wins: results of others are dropped.
"""

from typing import assert_never

from gateway import editing, refusals, results, snapshot
from gateway.actions import Action, WakeAt
from gateway.answering import ask_for_reply, begin_what_is_due
from gateway.endpointing_settings import EndpointingSettings
from gateway.events import (
    AnyEvent,
    AudioReceived,
    Circumstance,
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
    OutputCleared,
    PlaybackReported,
    ReplyCancelled,
    ReplyRequested,
    ResultsRecalled,
    SessionConfigured,
    Tick,
    ToolAnswered,
    ToolsOffered,
    TurnJudged,
    UtteranceAdded,
    VoiceHeard,
)
from gateway.hands_free import HandsFree
from gateway.notices import InputWasCleared, SessionWasConfigured
from gateway.scene import Scene
from gateway.settings import GatewaySettings
from gateway.snapshot import KeptConversation
from gateway.turn import TIMED_OUT
from gateway.turn_detection import TurnDetection
from gateway.turns import Commit
from shared.messages import AnyReply, SessionEnded


class Conversation:
    """One session. Times are on the gateway's clock in seconds, deadlines on the broker's."""

    def __init__(
        self,
        session: str,
        gateway: str,
        settings: GatewaySettings,
        endpointing: EndpointingSettings | None = None,
        detection: TurnDetection | None = None,
        *,
        by_sentence: bool = False,
    ) -> None:
        """Without `detection` the client commits utterances itself, until it wishes otherwise.

        `by_sentence`: the client can play whole sentences only.
        """
        self._settings = settings
        self._endpointing = endpointing or EndpointingSettings()
        self._scene = Scene(session, gateway, settings, by_sentence=by_sentence)
        self._awaited: tuple[float, InputCommitted] | None = None
        """Until when speech is awaited that is committed already, and the commit."""
        self._hands_free: HandsFree | None = None
        self._is_alone = False
        """Whether the client is away: then nothing of a reply is released."""
        self._is_restored = False
        """Whether another gateway has begun it, and its client is yet to come."""
        self._listen_as(detection)

    @property
    def is_speaking(self) -> bool:
        """Whether the client still has a reply to listen to."""
        return self._scene.replies.audible is not None or self._scene.asides.are_given

    @property
    def sound_s(self) -> tuple[float, float]:
        """Where the sound begins and ends that no utterance has yet, in the session's sound."""
        return self._scene.input.start_s, self._scene.input.heard_s

    def kept(self) -> KeptConversation:
        """As it is to be written down."""
        return snapshot.take(self._scene, self._hands_free)

    def restore(self, kept: KeptConversation, heard_s: float, now: float) -> None:
        """Go on with what another gateway has written down; the client's sound goes on there."""
        self._is_restored = True
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
            case _ if isinstance(event, Circumstance):
                self._adapt(event)
            case _ if isinstance(event, AnyReply):
                results.take(self._scene, self._hands_free, event)
            case _:
                self._obey(event)
        self._advance()
        return self._scene.outbox.actions

    def _hear(self, event: AudioReceived) -> list[Action]:
        if event.packets:
            self._awaited = None
        for problem in self._scene.input.hear(event):
            if self._hands_free is None or problem.code != "input_audio_buffer_full":
                self._scene.outbox.tell(problem)
        if self._hands_free is not None:
            self._hands_free.sound_came()
        return self._scene.outbox.actions

    def _leave(self) -> list[Action]:
        scene = self._scene
        scene.outbox.publish(SessionEnded(session=scene.session, turn=scene.turns.count))
        scene.asides.leave()
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
        if self._awaited is not None and self._scene.outbox.now >= self._awaited[0]:
            self._give_up_waiting(self._awaited[1])
        if self._is_alone:
            return
        self._scene.asides.tick()
        if self._hands_free is not None:
            self._hands_free.tick()

    def _adapt(self, event: Circumstance) -> None:
        match event:
            case ToolsOffered() | ToolAnswered():
                self._scene.rounds.hear(event)
            case ConnectionLost():
                self._is_alone = True
            case ConnectionResumed():
                self._rejoin()
            case ResultsRecalled():
                snapshot.make_lost_again(self._scene)
            case _:
                assert_never(event)

    def _rejoin(self) -> None:
        if self._is_restored:
            snapshot.end_lost(self._scene)
        self._is_alone = self._is_restored = False
        if self._hands_free is not None:
            self._hands_free.rejoin()

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
                ask_for_reply(self._scene, request)
            case ReplyCancelled() if self._calls_off(request):
                pass
            case ReplyCancelled() | OutputCleared() | ItemTruncated() | PlaybackReported():
                self._scene.replies.obey(request)
            case _:
                assert_never(request)

    def _calls_off(self, request: ReplyCancelled) -> bool:
        """Whether it was meant for a reply beside the conversation, or one that was still due."""
        return self._scene.asides.cancel(request.reply) or self._scene.rounds.give_up()

    def _configure(self, event: SessionConfigured) -> None:
        self._scene.options, self._scene.wants_replies = event.options, event.wants_replies
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
            return self._await_speech(event)
        if len(scene.commits) >= self._settings.most_waiting_commits:
            return scene.outbox.refuse(refusals.TOO_MANY_COMMITS, event.event_id)
        scene.replies.finish("cancelled", reason="turn_detected")
        item = scene.history.enter("user").number
        scene.commits.append(Commit(item, scene.input.take(), scene.outbox.now))
        scene.enter(item)
        if event.wants_reply:
            scene.owe_reply()
        return None

    def _await_speech(self, event: InputCommitted) -> None:
        """There is nothing yet that could be committed."""
        self._awaited = (self._scene.outbox.now + event.patience_s, event)
        if not event.patience_s:
            self._give_up_waiting(event)

    def _give_up_waiting(self, event: InputCommitted) -> None:
        self._awaited = None
        self._scene.outbox.refuse(refusals.NOTHING_TO_COMMIT, event.event_id)

    def _clear(self) -> None:
        self._awaited = None
        if self._hands_free is not None:
            self._hands_free.clear()
        self._scene.input.take()
        self._scene.outbox.tell(InputWasCleared())

    # What follows from it

    def _advance(self) -> None:
        begin_what_is_due(self._scene, self._detection)
        if not self._is_alone:
            self._give()
        self._scene.outbox.actions.append(WakeAt(self._next_wake()))

    def _give(self) -> None:
        """The client gets what there is for it."""
        self._scene.replies.serve()
        if self._scene.commits and self._scene.replies.active is None:
            begin_what_is_due(self._scene, self._detection)  # it waited for the reply's end
        if self._scene.rounds.follow():
            begin_what_is_due(self._scene, self._detection)
            self._scene.replies.serve()
        self._scene.asides.serve()

    @property
    def _detection(self) -> TurnDetection | None:
        return self._hands_free.detection if self._hands_free is not None else None

    def _next_wake(self) -> float | None:
        turn, scene = self._scene.turns.newest, self._scene
        times = [turn.deadline if turn and turn.owes else None]
        times += [self._awaited[0] if self._awaited else None]
        if not self._is_alone:  # nobody listens, and that nothing is heard means nothing
            listener = self._hands_free.next_wake if self._hands_free else None
            times += [scene.replies.next_wake, listener]
            times += [scene.asides.next_wake, scene.rounds.next_wake]
        return min((time for time in times if time is not None), default=None)
