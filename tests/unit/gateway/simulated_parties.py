"""Who is around a simulated conversation: a person, the three services, and a listener."""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import accumulate, cycle, pairwise

import msgspec

from gateway.heard import MOST
from gateway.notices import (
    ItemWasTruncated,
    Notice,
    ReplyAudio,
    ReplyFinished,
    ReplyPaused,
    ReplyResumed,
    ReplyStarted,
)
from shared.audio import PACKET_S
from shared.messages import (
    AnyReply,
    PartialTranscript,
    ReplyEnded,
    Sentence,
    SpeechChunk,
    SpokenWord,
    Transcript,
    UserTurn,
    Utterance,
    WorkFailed,
)

ANSWER = ("Paris, of course.", " You may know it.")
LETTER_PACKETS = 4
"""A letter of a reply takes so long to say: a little slower than is expected without words."""
OPUS_20_MS = b"\x78"
"""The table of contents of a packet; behind it stands the packet's number."""


# The person


class Sound(msgspec.Struct, frozen=True):
    """Something that the microphone picks up; without words it is a cough or a knock."""

    start_s: float
    end_s: float
    text: str = ""

    def words(self) -> Iterator[tuple[int, str]]:
        """Each word with the packet that its middle lies in: it is understood if that is there."""
        words = self.text.split()
        for place, word in enumerate(words):
            middle_s = self.start_s + (self.end_s - self.start_s) * (place + 0.5) / len(words)
            yield int(middle_s / PACKET_S + 0.001), word


class Microphone:
    """The person's sound, packet by packet: what is said in each, and whether it is loud."""

    def __init__(self, sounds: Sequence[Sound]) -> None:
        self._sounds = sounds
        self._words: dict[int, str] = {}
        for sound in sounds:
            self._words |= dict(sound.words())

    def is_loud(self, packet: int) -> bool:
        """Whether somebody makes a sound in the middle of the packet."""
        middle_s = (packet + 0.5) * PACKET_S
        return any(sound.start_s <= middle_s < sound.end_s for sound in self._sounds)

    def text(self, packets: Sequence[bytes]) -> str:
        """What is said in these packets."""
        places = (int.from_bytes(packet[1:], "big") for packet in packets)
        return " ".join(self._words[place] for place in places if place in self._words)


# The services


class Services(msgspec.Struct, frozen=True, kw_only=True):
    """What the stages make of a job, and after how many seconds."""

    answers: dict[str, tuple[str, ...]] = {}
    """Sentences by what the person said; ANSWER for all else."""
    stt_s: float = 0.1
    llm_s: float = 0.1
    """Until the first sentence, and from each to the next."""
    tts_s: float = 0.1
    """Until the first chunk of a sentence."""
    rtf: float = 0.1
    """Seconds of work for each second of sound."""
    extra_s: tuple[float, ...] = (0.0,)
    """How much longer each job takes than that, in turn."""
    obeys: tuple[bool, ...] = (True,)
    """Whether each cancel, in turn, is heard before the stages' next result."""
    has_repeats: bool = False
    """Whether every result comes twice, as after the death of a worker."""
    failing: tuple[str, ...] = ()
    """Of the spoken jobs in turn: "stt" or "llm" if that stage fails."""


class Pipeline:
    """The three services: results of each job with the seconds after which they come."""

    def __init__(self, services: Services, microphone: Microphone) -> None:
        self._services = services
        self._microphone = microphone
        self._extra_s = cycle(services.extra_s)
        self._failing = iter(services.failing)
        self.answers: dict[int, tuple[str, ...]] = {}
        """The sentences of each turn's reply."""

    def work(self, job: Utterance | UserTurn) -> Iterator[tuple[float, AnyReply]]:
        """All that comes of a job, not in order of time."""
        if isinstance(job, UserTurn):
            return self._answer(job.turn, job.text or job.history[-1].text, 0.0)
        return self._transcribe(job)

    def _transcribe(self, job: Utterance) -> Iterator[tuple[float, AnyReply]]:
        text = self._microphone.text(job.packets)
        at_s = self._services.stt_s + next(self._extra_s)
        failing = next(self._failing, "")
        if failing == "stt":
            yield at_s, failed(job.turn)
        elif job.is_partial:
            yield at_s, PartialTranscript(session="s", turn=job.turn, text=text, worked_s=at_s)
        else:
            yield at_s, transcript(job, text, at_s)
            if failing == "llm":
                yield at_s + self._services.llm_s, failed(job.turn)
            elif job.wants_reply and text:
                yield from self._answer(job.turn, text, at_s)

    def _answer(self, turn: int, text: str, at_s: float) -> Iterator[tuple[float, AnyReply]]:
        at_s += next(self._extra_s)
        self.answers[turn] = sentences = self._services.answers.get(text, ANSWER)
        for index, told in enumerate(sentences):
            at_s += self._services.llm_s
            yield at_s, sentence(turn, index, told)
            yield from self._speak(turn, index, told, at_s)
        yield at_s, ReplyEnded(session="s", turn=turn, sentences=len(sentences))

    def _speak(
        self, turn: int, index: int, text: str, at_s: float
    ) -> Iterator[tuple[float, AnyReply]]:
        at_s += self._services.tts_s + next(self._extra_s)
        for chunk in chunks(turn, index, text):
            yield at_s, chunk
            at_s += len(chunk.packets) * PACKET_S * self._services.rtf


def transcript(job: Utterance, text: str, worked_s: float) -> Transcript:
    """The stt stage is done."""
    audio_s = len(job.packets) * PACKET_S
    return Transcript(session="s", turn=job.turn, text=text, audio_s=audio_s, worked_s=worked_s)


def failed(turn: int) -> WorkFailed:
    """A stage cannot do its work."""
    return WorkFailed(session="s", turn=turn, stage="stt", code="engine_failed", detail="why")


def sentence(turn: int, index: int, text: str) -> Sentence:
    """The llm stage has made a sentence."""
    return Sentence(session="s", turn=turn, gateway="g", deadline_s=0, index=index, text=text)


def word_ends(text: str) -> list[tuple[str, int]]:
    """The words of a sentence, and where each ends in its sound, in packets."""
    words = text.split(" ")
    words = [words[0], *(f" {word}" for word in words[1:])]
    words = [word for word in words if word]
    return list(zip(words, accumulate(len(word) * LETTER_PACKETS for word in words), strict=True))


def heard(sentences: Sequence[str], played_s: float) -> str:
    """The words of a reply that were heard when it was played so far: each to 60 % at least."""
    words = [pair for sentence in sentences for pair in pairwise((("", 0), *word_ends(sentence)))]
    text, start = "", 0
    for (_, before), (word, end) in words:
        if played_s / PACKET_S < start + MOST * (end - before) - 0.001:
            break
        text += word
        start += end - before
    return text


def chunks(turn: int, index: int, text: str) -> Iterator[SpeechChunk]:
    """A sentence's sound: a chunk for each word, whose packets say where they belong."""
    words = word_ends(text)
    ends = [0, *(end for _, end in words)]
    offsets = [0, *accumulate(len(word) for word, _ in words)]
    for place, (start, end) in enumerate(pairwise(ends)):
        spoken = SpokenWord(offset=offsets[place] + (text[offsets[place]] == " "), start_s=0.0)
        yield SpeechChunk(
            session="s",
            turn=turn,
            sentence=index,
            index=place,
            packets=tuple(f"{turn}.{index}.{packet}".encode() for packet in range(start, end)),
            is_last=place == len(words) - 1,
            words=(msgspec.structs.replace(spoken, start_s=start * PACKET_S),),
        )


# The listener


class Listener:
    """Plays a reply's packets without a break, and holds or drops them when told to."""

    def __init__(self) -> None:
        self._queue: deque[int] = deque()
        """The item of each packet."""
        self._begun_s = 0.0
        """How much of the first packet in the queue was played."""
        self.is_paused = False
        self._now_s = 0.0
        self._item = 0
        self.got: dict[int, list[bytes]] = {}
        """The packets of each reply, by its item."""
        self.turns: dict[int, int] = {}
        """The turn of each reply that has sound, by its item."""
        self.played_s: dict[int, float] = {}
        """Seconds of each reply that were heard."""

    @property
    def item(self) -> int | None:
        """The item that is playing."""
        return self._queue[0] if self._queue else None

    def play_until(self, now_s: float) -> None:
        """Time passes."""
        left_s, self._now_s = now_s - self._now_s, now_s
        while self._queue and left_s > 0 and not self.is_paused:
            heard_s = min(left_s, PACKET_S - self._begun_s)
            self.played_s[self._queue[0]] += heard_s
            left_s -= heard_s
            self._begun_s += heard_s
            if self._begun_s > PACKET_S - 1e-9:
                self._queue.popleft()
                self._begun_s = 0.0

    def hear(self, notice: Notice) -> None:
        """What the client is told."""
        match notice:
            case ReplyStarted():
                self._item = notice.item
                self.got[notice.item], self.played_s[notice.item] = [], 0.0
            case ReplyAudio():
                self.turns[self._item] = notice.turn
                self.got[self._item] += notice.packets
                self._queue += [self._item] * len(notice.packets)
            case ReplyPaused():
                self.is_paused = True
            case ReplyResumed():
                self.is_paused = False
            case ReplyFinished(status="cancelled") | ItemWasTruncated():
                self._drop()
            case _:
                pass

    def _drop(self) -> None:
        self._queue.clear()
        self._begun_s, self.is_paused = 0.0, False
