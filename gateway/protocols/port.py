"""The port of protocols: reads what a client says, writes what the conversation tells it."""

from collections.abc import Sequence
from typing import Literal, Protocol

import msgspec

from gateway.events import ClientRequest, UtteranceAdded
from gateway.notices import AnyNotice, Problem, ReplyAudio
from gateway.turn_detection import TurnDetection

SoundFormat = Literal["audio/pcm", "audio/pcmu", "audio/pcma", "audio/opus", "audio/ogg"]
"""`audio/pcm`: 16-bit, little endian, mono, 24 kHz. `audio/pcmu`, `audio/pcma`: G.711's two laws,
a byte for each sample, mono, 8 kHz. `audio/opus`: single packets, mono. `audio/ogg`: Ogg Opus,
mono, an utterance or a sentence in each file."""


class Sound(msgspec.Struct, frozen=True, kw_only=True):
    """Speech from the client, in the session's input format."""

    content: bytes
    event_id: str = ""


class SpokenItem(msgspec.Struct, frozen=True, kw_only=True):
    """Speech for the conversation, in the session's input format."""

    content: bytes
    item: UtteranceAdded
    """What it becomes once it is Opus packets."""


class Answer(msgspec.Struct, frozen=True):
    """What the protocol has to say by itself."""

    messages: list[bytes]


Heard = ClientRequest | Sound | SpokenItem | Problem | Answer
"""What a client's message asks for; of several, those behind a failed one are void."""


class ClientProtocol(Protocol):
    """One client's side of a protocol: no clock, no socket, no sound of its own."""

    @property
    def input_format(self) -> SoundFormat:
        """What the client's sound is."""
        ...

    @property
    def output_format(self) -> SoundFormat:
        """What the client gets as sound."""
        ...

    @property
    def turn_detection(self) -> TurnDetection | None:
        """How the session's turns are found; none if the client commits utterances itself."""
        ...

    @property
    def sends_sound_as_text(self) -> bool:
        """Whether `write_sound` gives text messages, not binary ones."""
        ...

    def greeting(self) -> list[bytes]:
        """What a client is told first, as text messages."""
        ...

    def read(self, text: str) -> Sequence[Heard]:
        """What a text message asks for; a Problem if it cannot be understood."""
        ...

    def read_binary(self, content: bytes) -> Sequence[Heard]:
        """The same of a binary message."""
        ...

    def write(self, notice: AnyNotice) -> list[bytes]:
        """A notice as text messages; of a ReplyAudio only what its sound itself is not."""
        ...

    def write_sound(self, notice: ReplyAudio, pieces: Sequence[bytes]) -> list[bytes]:
        """The sound of a notice, encoded in the output format, as messages."""
        ...
