"""Drives a conversation by hand, on a clock of its own, and keeps what it did."""

from typing import TypeVar

from gateway.actions import CompareSound, GuessEnded, JudgeTurn, Publish, RunTool, Tell, WakeAt
from gateway.conversation import Conversation
from gateway.events import AnyEvent, AudioReceived, InputCommitted, ItemAdded, ReplyRequested
from gateway.notices import Notice
from gateway.settings import GatewaySettings
from shared.messages import (
    HistoryItem,
    Message,
    ReplyEnded,
    ReplyOptions,
    Role,
    Sentence,
    SpeechChunk,
    ToolCall,
    Transcript,
    WorkFailed,
)

PACKET = b"\x78packet"
"""One frame of 20 ms by its table of contents."""
BROKER_AHEAD_S = 1_000_000.0
WRITTEN = ReplyOptions(is_spoken=False)

N = TypeVar("N", bound=Notice)
M = TypeVar("M", bound=Message)


class Talk:
    """A conversation and its log."""

    def __init__(
        self, settings: GatewaySettings | None = None, *, by_sentence: bool = False
    ) -> None:
        settings = settings or GatewaySettings()
        self.conversation = Conversation("s", "g", settings, by_sentence=by_sentence)
        self.now = 100.0
        self.notices: list[Notice] = []
        self.messages: list[Message] = []
        self.guesses: list[bool] = []
        """Whether each guess was right."""
        self.runs: list[RunTool] = []
        """Tools that the gateway is to run."""
        self.wake_at: float | None = None

    def hear(self, event: AnyEvent) -> list[Notice]:
        """What the client is told because of an event."""
        before = len(self.notices)
        for action in self.conversation.handle(event, self.now, self.now + BROKER_AHEAD_S):
            match action:
                case Tell():
                    self.notices.append(action.notice)
                case Publish():
                    self.messages.append(action.message)
                case GuessEnded():
                    self.guesses.append(action.was_right)
                case WakeAt():
                    self.wake_at = action.time
                case RunTool():
                    self.runs.append(action)
                case JudgeTurn() | CompareSound():
                    raise AssertionError("nobody speaks hands-free here")
        return self.notices[before:]

    def told(self, kind: type[N]) -> list[N]:
        """All notices of a kind."""
        return [notice for notice in self.notices if isinstance(notice, kind)]

    def published(self, kind: type[M]) -> list[M]:
        """All messages of a kind."""
        return [message for message in self.messages if isinstance(message, kind)]

    # What people and workers do

    def speak(self, packets: int = 5) -> list[Notice]:
        """Say something and commit it."""
        self.hear(AudioReceived(packets=(PACKET,) * packets))
        return self.hear(InputCommitted())

    def write(self, text: str = "Hi.") -> list[Notice]:
        """Type something and ask for a reply."""
        self.hear(ItemAdded(said=said("user", text)))
        return self.hear(ReplyRequested())

    def ask(self, options: ReplyOptions | None = None) -> list[Notice]:
        """Ask for a reply."""
        return self.hear(ReplyRequested(options=options))

    def transcript(self, turn: int, text: str) -> list[Notice]:
        """The stt stage is done."""
        return self.hear(
            Transcript(session="s", turn=turn, text=text, audio_s=0.1, queued_s=0.001, worked_s=0.1)
        )

    def sentence(self, turn: int, index: int, text: str) -> list[Notice]:
        """The llm stage has made a sentence."""
        return self.hear(
            Sentence(
                session="s",
                turn=turn,
                gateway="g",
                deadline_s=0,
                index=index,
                text=text,
                queued_s=0.002,
                worked_s=0.2,
                first_token_s=0.05,
            )
        )

    def call(
        self,
        turn: int,
        index: int = 0,
        name: str = "clock",
        arguments: str = "{}",
        *,
        offset: int = 0,
        is_last: bool = True,
    ) -> list[Notice]:
        """The llm stage has made a piece of a call, or the whole of it."""
        return self.hear(
            ToolCall(
                session="s",
                turn=turn,
                index=index,
                call_id=f"call_{turn}_{index}",
                name=name,
                arguments=arguments,
                offset=offset,
                is_last=is_last,
            )
        )

    def ended(self, turn: int, sentences: int, calls: int = 0) -> list[Notice]:
        """The llm stage is done."""
        return self.hear(
            ReplyEnded(
                session="s",
                turn=turn,
                sentences=sentences,
                calls=calls,
                input_tokens=9,
                output_tokens=4,
            )
        )

    def chunk(self, turn: int, sentence: int, packets: int = 2) -> list[Notice]:
        """The tts stage has made all of a sentence's sound."""
        return self.hear(speech(turn, sentence, 0, packets, is_last=True))

    def failed(self, turn: int, code: str = "engine_failed") -> list[Notice]:
        """A stage has failed."""
        return self.hear(WorkFailed(session="s", turn=turn, stage="llm", code=code, detail="why"))

    def answer(self, turn: int, text: str = "Yes.") -> list[Notice]:
        """The whole reply of one sentence comes at once."""
        return [
            *self.sentence(turn, 0, text),
            *self.chunk(turn, 0),
            *self.ended(turn, 1),
        ]


def speech(
    turn: int, sentence: int, index: int, packets: int = 2, *, is_last: bool = False
) -> SpeechChunk:
    """A chunk whose packets say where they belong."""
    return SpeechChunk(
        session="s",
        turn=turn,
        sentence=sentence,
        index=index,
        packets=tuple(f"{sentence}.{index}.{place}".encode() for place in range(packets)),
        is_last=is_last,
        queued_s=0.003,
        worked_s=0.04,
    )


def said(role: Role, text: str) -> HistoryItem:
    """What the conversation remembers of somebody."""
    return HistoryItem(role=role, text=text)
