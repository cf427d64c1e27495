"""A world in virtual time around one conversation.

Times are in seconds since the world began; nothing here waits.
"""

from heapq import heappop, heappush
from itertools import count, cycle
from typing import TypeVar

import msgspec
from simulated_parties import (
    OPUS_20_MS,
    Listener,
    Microphone,
    Pipeline,
    Services,
    Sound,
    heard,
)
from talk import BROKER_AHEAD_S, said

from gateway.actions import CompareSound, GuessEnded, JudgeTurn, Publish, RunTool, Tell, WakeAt
from gateway.conversation import Conversation
from gateway.endpointing_settings import EndpointingSettings
from gateway.events import (
    AnyEvent,
    AudioReceived,
    EchoJudged,
    ItemAdded,
    ItemTruncated,
    PlaybackReported,
    ReplyRequested,
    SessionConfigured,
    Tick,
    ToolAnswered,
    TurnJudged,
    VoiceHeard,
)
from gateway.items import Outcome
from gateway.notices import HypothesisKnown, ItemKnown, Notice, ReplyAudio
from gateway.settings import GatewaySettings
from gateway.turn_detection import TurnDetection
from shared.audio import PACKET_S
from shared.messages import (
    AnyReply,
    HistoryItem,
    Message,
    TurnCancelled,
    UserTurn,
    Utterance,
)
from shared.voice_stream import WINDOW_S

CLOCK_S = 1000.0
"""What the gateway's clock shows when the world begins."""
_REPORT_PACKETS = 5
"""How often a client that reports its playing does so."""
_MOST_TICKS = 5
"""Ticks in one instant: with more of them a real gateway would be busy with nothing else."""

_SHOWN = ("item", "status", "reason", "code", "delta", "text")

N = TypeVar("N", bound=Notice)
M = TypeVar("M", bound=Message)


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """How the world is."""

    services: Services = Services()
    detection: TurnDetection | None = TurnDetection()
    endpointing: EndpointingSettings = EndpointingSettings(eager="on", eager_pause_s=0.2)
    settings: GatewaySettings = GatewaySettings()
    judged_s: float = 0.01
    """Until the voice detector has judged a window."""
    sounds_finished: tuple[float, ...] = ()
    """What the turn model makes of each pause in turn; without any there is no model."""
    turn_model_s: float = 0.1
    """Until it has judged a pause."""
    likeness: tuple[float, ...] = (0.2,)
    """How much sound over a reply is like the reply, at each comparison in turn."""
    muted: tuple[tuple[float, float], ...] = ()
    """When the client sends nothing."""
    has_room: tuple[bool, ...] = (True,)
    """Whether the stages have room, at each event in turn."""
    reports: bool = False
    """Whether the client reports what it plays."""
    truncates: bool = False
    """Whether the client truncates what it was interrupted in."""


def shown(notice: Notice) -> str:
    """A notice in short: its name, and what of it a person could see."""
    if isinstance(notice, ItemKnown):
        return f"ItemKnown {notice.item.number} {notice.item.said.text}".rstrip()
    fields = [getattr(notice, name, None) for name in _SHOWN]
    return " ".join([type(notice).__name__, *(str(field) for field in fields if field)])


class World:
    """A conversation and all around it; what was decided is kept with its time."""

    def __init__(self, *sounds: Sound, setup: Setup | None = None) -> None:
        self.setup = setup = setup or Setup()
        self.conversation = Conversation(
            "s", "g", setup.settings, setup.endpointing, setup.detection
        )
        self.listener = Listener()
        self.now_s = 0.0
        self.notices: list[tuple[float, Notice]] = []
        self.messages: list[tuple[float, Message]] = []
        self.log: list[Notice | Message] = []
        """Both, in order."""
        self.guesses: list[bool] = []
        self.wake_at_s: float | None = None
        self._microphone = Microphone(sounds)
        self._pipeline = Pipeline(setup.services, self._microphone)
        self._sounds_finished = cycle(setup.sounds_finished)
        self._likeness = cycle(setup.likeness)
        self._has_room = cycle(setup.has_room)
        self._obeys = cycle(setup.services.obeys)
        self._over = 0
        self._listens = setup.detection is not None
        self._sent: list[bool] = []
        """Whether each packet that was sent is loud."""
        self._order = count()
        self._due: list[tuple[float, int, AnyEvent]] = []
        self._ticks = 0
        self._next_packet = 0

    def at(self, time_s: float, event: AnyEvent) -> None:
        """This will happen."""
        heappush(self._due, (time_s, next(self._order), event))

    def run(self, until_s: float) -> "World":
        """Everything up to then, in order."""
        while (time_s := self._next_s()) <= until_s:
            self._ticks = self._ticks + 1 if time_s == self.now_s else 0
            self._advance(time_s)
        self.now_s = until_s
        self.listener.play_until(until_s)
        return self

    def told(self, kind: type[N]) -> list[N]:
        """All notices of a kind."""
        return [notice for _, notice in self.notices if isinstance(notice, kind)]

    def times(self, kind: type[Notice]) -> list[float]:
        """When the notices of a kind were told."""
        return [round(time_s, 3) for time_s, notice in self.notices if isinstance(notice, kind)]

    def published(self, kind: type[M]) -> list[M]:
        """All messages of a kind."""
        return [message for _, message in self.messages if isinstance(message, kind)]

    @property
    def shown(self) -> list[str]:
        """What the client is told, in order, but for sound and hypotheses."""
        unseen = (ReplyAudio, HypothesisKnown)
        return [shown(notice) for _, notice in self.notices if not isinstance(notice, unseen)]

    @property
    def heard(self) -> list[str]:
        """The words of each reply that the listener heard, in order of the replies."""
        answers = self._pipeline.answers
        return [
            heard(answers[turn], played_s) if (turn := self.listener.turns.get(item)) else ""
            for item, played_s in self.listener.played_s.items()
        ]

    @property
    def utterances(self) -> list[str]:
        """What is said in each utterance that was published for good."""
        jobs = [job for job in self.published(Utterance) if not job.is_partial]
        return [self._microphone.text(job.packets) for job in jobs]

    @property
    def cancelled(self) -> list[int]:
        """The turns that were cancelled."""
        return [message.turn for message in self.published(TurnCancelled)]

    def remembered(self) -> tuple[HistoryItem, ...]:
        """What the next job would carry: asks for a reply to find out."""
        self.hear(ItemAdded(said=said("user", "Well?")))
        self.hear(ReplyRequested())
        return self.published(UserTurn)[-1].history

    @property
    def is_quiet(self) -> bool:
        """Whether nothing more will happen unless somebody speaks."""
        is_due = any(not isinstance(event, VoiceHeard) for _, _, event in self._due)
        return self.wake_at_s is None and self.listener.item is None and not is_due

    def hear(self, event: AnyEvent) -> None:
        """The conversation hears of something now."""
        now_s = CLOCK_S + self.now_s
        self.listener.play_until(self.now_s)
        has_room = next(self._has_room)
        if isinstance(event, SessionConfigured):
            self._listens = event.turn_detection is not None
        handled = self.conversation.handle(event, now_s, now_s + BROKER_AHEAD_S, has_room=has_room)
        for action in handled:
            match action:
                case Tell():
                    self._tell(action.notice)
                case Publish():
                    self._publish(action.message)
                case GuessEnded():
                    self.guesses.append(action.was_right)
                case JudgeTurn() | CompareSound() | RunTool():
                    self._do_beside(action)
                case WakeAt():
                    self.wake_at_s = None if action.time is None else action.time - CLOCK_S

    def _next_s(self) -> float:
        times = [(self._next_packet + 1) * PACKET_S]
        times += [self._due[0][0]] if self._due else []
        times += [self.wake_at_s] if self.wake_at_s is not None else []
        return max(self.now_s, min(times))

    def _advance(self, time_s: float) -> None:
        self.now_s = time_s
        if self.wake_at_s is not None and self.wake_at_s <= time_s:
            self._tick()
        elif self._due and self._due[0][0] <= time_s:
            self._deliver(heappop(self._due)[2])
        else:
            self._record()

    def _tick(self) -> None:
        assert self._ticks < _MOST_TICKS, "it asks for ticks without end"
        self.wake_at_s = None
        self.hear(Tick())

    def _deliver(self, event: AnyEvent) -> None:
        is_stale = isinstance(event, AnyReply) and event.turn <= self._over
        if not is_stale and (self._listens or not isinstance(event, VoiceHeard)):
            self.hear(event)

    def _record(self) -> None:
        """The microphone has another packet."""
        place, self._next_packet = self._next_packet, self._next_packet + 1
        is_muted = any(start <= self.now_s < end for start, end in self.setup.muted)
        if not is_muted:
            self._sent.append(self._microphone.is_loud(place))
            self.hear(AudioReceived(packets=(OPUS_20_MS + place.to_bytes(4, "big"),)))
            self._judge()
        if self.setup.reports and place % _REPORT_PACKETS == 0:
            self._report()

    def _judge(self) -> None:
        """The voice detector judges windows that are whole now; it sees only what was sent."""
        heard_s = len(self._sent) * PACKET_S
        windows = int(heard_s / WINDOW_S + 1e-6)
        before = int((heard_s - PACKET_S) / WINDOW_S + 1e-6)
        for window in range(before, windows):
            is_loud = self._sent[int((window + 0.5) * WINDOW_S / PACKET_S)]
            heard = VoiceHeard(
                probabilities=(0.95 if is_loud else 0.02,), until_s=(window + 1) * WINDOW_S
            )
            self.at(self.now_s + self.setup.judged_s, heard)

    def _do_beside(self, action: JudgeTurn | CompareSound | RunTool) -> None:
        if isinstance(action, RunTool):
            outcome = Outcome(text="It is noon.", is_error=False)
            self.at(self.now_s + 0.5, ToolAnswered(call_id=action.call_id, outcome=outcome))
            return
        self._judge_sound(action)

    def _judge_sound(self, sound: JudgeTurn | CompareSound) -> None:
        if isinstance(sound, CompareSound):
            heard_s = len(sound.heard) * PACKET_S
            likened = EchoJudged(likeness=next(self._likeness), heard_s=heard_s, end_s=sound.end_s)
            self.at(self.now_s + 0.01, likened)
            return
        probability, speech_end_s = next(self._sounds_finished), sound.speech_end_s
        judged = TurnJudged(probability=probability, speech_end_s=speech_end_s)
        self.at(self.now_s + self.setup.turn_model_s, judged)

    def _report(self) -> None:
        item = self.listener.item
        if item is not None:
            self.hear(PlaybackReported(item=item, position_s=self.listener.played_s[item]))

    def _tell(self, notice: Notice) -> None:
        self.notices.append((self.now_s, notice))
        self.log.append(notice)
        item = self.listener.item
        self.listener.hear(notice)
        if self.setup.truncates and item is not None and self.listener.item is None:
            played_s = self.listener.played_s[item]
            self.at(self.now_s, ItemTruncated(item=item, audio_end_s=played_s))

    def _publish(self, message: Message) -> None:
        self.messages.append((self.now_s, message))
        self.log.append(message)
        match message:
            case TurnCancelled():
                self._supersede(message.turn)
            case Utterance() | UserTurn():
                if not (isinstance(message, Utterance) and message.is_partial):
                    self._supersede(message.turn - 1)
                self._start(message)
            case _:
                pass

    def _supersede(self, turn: int) -> None:
        """The stages stop working on this turn and all before, if they hear of it in time."""
        if next(self._obeys):
            self._over = max(self._over, turn)

    def _start(self, job: Utterance | UserTurn) -> None:
        times = 2 if self.setup.services.has_repeats else 1
        for delay_s, result in self._pipeline.work(job):
            for again in range(times):
                self.at(self.now_s + delay_s + 0.05 * again, result)
