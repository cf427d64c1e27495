"""A client that goes away for a while, or comes back to another gateway, misses nothing."""

import msgspec
import pytest
from simulated_parties import OPUS_20_MS, Sound
from simulated_questions import ANSWERED, COMPLETED, FRANCE, QUESTION
from simulation import CLOCK_S, World

from gateway.conversation import Conversation
from gateway.events import (
    AnyEvent,
    AudioReceived,
    ConnectionLost,
    ConnectionResumed,
    ResultsRecalled,
)
from gateway.notices import ReplyAudio, ReplyFinished, SpeechStarted
from gateway.snapshot import KeptConversation
from shared.audio import PACKET_S
from shared.messages import AnyReply

LATER = Sound(7.0, 8.2, "And of Italy?")
TWICE = (QUESTION, LATER)


class Absent(World):
    """The client is away for a while, and keeps what the microphone hears."""

    def __init__(self, *sounds: Sound, away_s: tuple[float, float]) -> None:
        super().__init__(*sounds)
        self._away_s = away_s
        self.at(away_s[0], ConnectionLost())
        self.at(away_s[1], ConnectionResumed())
        self._held: list[int] = []

    def _record(self) -> None:
        place, self._next_packet = self._next_packet, self._next_packet + 1
        self._held.append(place)
        if self._away_s[0] <= self.now_s < self._away_s[1]:
            return
        held, self._held = self._held, []
        for packet in held:
            self._send(packet)

    def _send(self, place: int) -> None:
        self._sent.append(self._microphone.is_loud(place))
        self.hear(AudioReceived(packets=(OPUS_20_MS + place.to_bytes(4, "big"),)))
        self._judge()


class Moved(Absent):
    """The client comes back at once, but to another gateway, which knows what is written down."""

    def __init__(self, *sounds: Sound, at_s: float) -> None:
        super().__init__(*sounds, away_s=(0.0, 0.0))
        self._at_s = at_s
        self._results: list[AnyReply] = []
        self._first = 0
        """The first packet that the new gateway gets."""

    def hear(self, event: AnyEvent) -> None:
        if isinstance(event, AnyReply):
            self._results.append(event)
        super().hear(event)

    def move(self) -> None:
        setup, before = self.setup, self.conversation
        written = msgspec.msgpack.encode(before.kept())
        kept = msgspec.msgpack.decode(written, type=KeptConversation)
        start_s = before.sound_s[0]
        self.conversation = Conversation("s", "h", setup.settings, setup.endpointing)
        self.conversation.restore(kept, start_s, CLOCK_S + self.now_s)
        self.wake_at_s, self._sent = None, []
        self._due = [due for due in self._due if isinstance(due[2], AnyReply)]
        self.hear(ConnectionResumed())
        for result in tuple(self._results):
            self.hear(result)
        self.hear(ResultsRecalled())
        for place in range(round(start_s / PACKET_S), self._next_packet):
            self._send(place)

    def run_and_move(self, until_s: float) -> "Moved":
        self.run(self._at_s)
        self.move()
        self.run(until_s)
        return self


def packets(world: World) -> list[bytes]:
    """The places in their replies of all packets that were released; a guess that is made again
    has another turn."""
    released = (packet for notice in world.told(ReplyAudio) for packet in notice.packets)
    return [packet.partition(b".")[2] for packet in released]


@pytest.mark.parametrize("away_s", [(0.5, 1.5), (1.5, 2.2), (2.0, 4.0), (2.5, 9.0), (5.0, 6.0)])
def test_who_was_away_misses_nothing(away_s: tuple[float, float]) -> None:
    world = Absent(QUESTION, away_s=away_s).run(25)
    assert world.shown == [*ANSWERED, COMPLETED]
    assert packets(world) == packets(World(QUESTION).run(25))


def test_nothing_is_released_while_nobody_hears_it() -> None:
    world = Absent(QUESTION, away_s=(3.3, 9.0)).run(25)
    times = [time_s for time_s, notice in world.notices if isinstance(notice, ReplyAudio)]
    assert [time_s for time_s in times if 3.3 < time_s < 9.0] == []
    assert any(time_s < 3.3 for time_s in times)
    assert world.told(ReplyFinished)[0].status == "completed"


def test_a_pause_of_the_network_is_no_pause_of_the_person() -> None:
    world = Absent(QUESTION, away_s=(1.6, 5.0)).run(25)
    assert world.utterances[-1] == FRANCE
    assert len(world.told(SpeechStarted)) == 1


@pytest.mark.parametrize("tenths", range(1, 120, 2))
def test_a_conversation_that_moves_is_told_the_same(tenths: int) -> None:
    world = Moved(*TWICE, at_s=tenths / 10).run_and_move(25)
    still = World(*TWICE).run(25)
    assert [reply.status for reply in still.told(ReplyFinished)] == ["completed"] * 2
    assert world.shown == still.shown
    assert packets(world) == packets(still)
    assert world.heard == still.heard
    assert world.remembered() == still.remembered()


@pytest.mark.parametrize("tenths", range(1, 60, 4))
def test_turns_keep_their_order_when_a_conversation_moves(tenths: int) -> None:
    world = Moved(QUESTION, at_s=tenths / 10).run_and_move(25)
    turns = [message.turn for _, message in world.messages]
    assert turns == sorted(turns)
