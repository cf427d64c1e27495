"""What a Realtime client may say, in the words of OpenAI's Realtime API (GA)."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from gateway.functions import MOST_TOOLS

LONGEST_EVENT_ID = 512

Modalities = tuple[Literal["text", "audio"], ...]
Kind = Literal["realtime", "transcription"]
"""Of a session: whether it has replies at all."""
Name = Annotated[str, Meta(max_length=100)]
Tokens = Annotated[int, Meta(ge=1, le=1_000_000)] | Literal["inf"]
Wait = Annotated[int, Meta(ge=0, le=10_000)]
"""Milliseconds that an utterance's beginning or end may take."""
IdleTimeout = Annotated[int, Meta(ge=5_000, le=30_000)]
"""Milliseconds; the bounds are OpenAI's."""
Metadata = Annotated[
    dict[Annotated[str, Meta(max_length=64)], Annotated[str, Meta(max_length=512)]],
    Meta(max_length=16),
]
Position = Annotated[int, Meta(ge=0, le=86_400_000)]
"""Milliseconds of a reply's sound."""


class AudioFormat(Struct, frozen=True, kw_only=True):
    """How sound travels. Other types than those we have are refused by name, not by schema."""

    type: Name
    rate: int | UnsetType | None = UNSET
    """Hz."""


class VoiceId(Struct, frozen=True):
    """A voice, written as an object."""

    id: Name


class Transcription(Struct, frozen=True):
    """How the person's speech is to be understood."""

    model: Name | None = None
    """Without effect: the engine is the server's choice."""
    language: Name | None = None
    """BCP 47 tag; none lets the engine decide."""


class Vad(Struct, frozen=True, kw_only=True, tag_field="type"):
    """`turn_detection` of any type; what is left out has its default, whatever it was before."""

    create_response: bool = True
    interrupt_response: bool = True


class ServerVad(Vad, frozen=True, kw_only=True, tag="server_vad"):
    """Utterances end with a silence of fixed length."""

    threshold: Annotated[float, Meta(ge=0, le=1)] = 0.5
    prefix_padding_ms: Wait = 300
    silence_duration_ms: Wait = 500
    idle_timeout_ms: IdleTimeout | None = None


class SemanticVad(Vad, frozen=True, kw_only=True, tag="semantic_vad"):
    """Utterances end when they sound finished."""

    eagerness: Literal["low", "medium", "high", "auto"] = "auto"


AnyVad = ServerVad | SemanticVad


class InputAudio(Struct, frozen=True, kw_only=True):
    """`audio.input` of a session."""

    format: AudioFormat | UnsetType | None = UNSET
    transcription: Transcription | UnsetType | None = UNSET
    turn_detection: AnyVad | UnsetType | None = UNSET
    """None: the client commits utterances itself."""


class OutputAudio(Struct, frozen=True, kw_only=True):
    """`audio.output` of a session or a response."""

    format: AudioFormat | UnsetType | None = UNSET
    voice: Name | VoiceId | UnsetType | None = UNSET
    speed: Annotated[float, Meta(ge=0.25, le=4.0)] | UnsetType | None = UNSET
    marks: bool | UnsetType = UNSET
    """Ours: whether response.output_audio.marks are sent."""


class Audio(Struct, frozen=True, kw_only=True):
    """`audio` of a session or a response."""

    input: InputAudio | UnsetType | None = UNSET
    output: OutputAudio | UnsetType | None = UNSET


class Function(Struct, frozen=True, kw_only=True):
    """A tool of the session: a function that the client runs."""

    type: Name
    """Other types than `function` are refused by name, not by schema."""
    name: Name = ""
    description: str | None = None
    parameters: dict[str, object] | None = None
    """JSON Schema of the arguments."""


class FunctionChoice(Struct, frozen=True, kw_only=True):
    """The one tool that is to be called."""

    type: Literal["function"]
    name: Name


class Wishes(Struct, frozen=True, kw_only=True):
    """What may be wished for a session and for a single response alike.

    What is unset stays as it was, and so does what is none, where none is not said to mean more.
    """

    instructions: str | UnsetType | None = UNSET
    output_modalities: Modalities | UnsetType | None = UNSET
    audio: Audio | UnsetType | None = UNSET
    max_output_tokens: Tokens | UnsetType | None = UNSET
    temperature: Annotated[float, Meta(ge=0, le=2)] | UnsetType | None = UNSET
    """None: the llm service's own."""
    tools: Annotated[tuple[Function, ...], Meta(max_length=MOST_TOOLS)] | UnsetType | None = UNSET
    tool_choice: Literal["auto", "none", "required"] | FunctionChoice | UnsetType | None = UNSET


class SessionWishes(Wishes, frozen=True, kw_only=True):
    """`session` of session.update."""

    type: Kind | UnsetType = UNSET


class Content(Struct, frozen=True, kw_only=True):
    """A part of an item's content."""

    type: str
    text: str | None = None
    transcript: str | None = None
    audio: str | None = None
    """base64 of speech in the session's input format."""


class Item(Struct, frozen=True, kw_only=True):
    """An item put into the conversation; or, as `item_reference`, one that stands in it."""

    type: str
    id: Name | None = None
    role: Literal["system", "user", "assistant"] | UnsetType = UNSET
    content: tuple[Content, ...] = ()
    call_id: Name | None = None
    """Of a `function_call` and its `function_call_output`."""
    name: Name | None = None
    arguments: str | None = None
    output: str | None = None


class ResponseWishes(Wishes, frozen=True, kw_only=True):
    """`response` of response.create."""

    conversation: Literal["auto", "none"] | None = "auto"
    input: tuple[Item, ...] | None = None
    """What is answered instead of the conversation; none for the conversation."""
    metadata: Metadata | None = None


class ClientMessage(Struct, frozen=True, kw_only=True, tag_field="type"):
    """Any message of a client."""

    event_id: Annotated[str, Meta(max_length=LONGEST_EVENT_ID)] | None = None


class SessionUpdate(ClientMessage, frozen=True, kw_only=True, tag="session.update"):
    """Change how the session is answered."""

    session: SessionWishes


class Append(ClientMessage, frozen=True, kw_only=True, tag="input_audio_buffer.append"):
    """More speech."""

    audio: str
    """base64 of PCM16 at 24 kHz, or of one Opus packet, as the session's input format says."""


class Commit(ClientMessage, frozen=True, kw_only=True, tag="input_audio_buffer.commit"):
    """The utterance is complete."""


class Clear(ClientMessage, frozen=True, kw_only=True, tag="input_audio_buffer.clear"):
    """Forget the utterance."""


class ItemCreate(ClientMessage, frozen=True, kw_only=True, tag="conversation.item.create"):
    """Put something into the conversation."""

    item: Item
    previous_item_id: Name | None = None
    """The item to stand behind, `root` for none; none for the end."""


class ItemRetrieve(ClientMessage, frozen=True, kw_only=True, tag="conversation.item.retrieve"):
    """Show an item as the conversation has it."""

    item_id: Name


class ItemDelete(ClientMessage, frozen=True, kw_only=True, tag="conversation.item.delete"):
    """Take an item out of the conversation."""

    item_id: Name


class ItemTruncate(ClientMessage, frozen=True, kw_only=True, tag="conversation.item.truncate"):
    """A reply was heard only so far."""

    item_id: Name
    content_index: Literal[0] = 0
    audio_end_ms: Position


class Played(ClientMessage, frozen=True, kw_only=True, tag="output_audio_buffer.played"):
    """Ours: a reply has been played so far."""

    item_id: Name
    audio_end_ms: Position


class ResponseCreate(ClientMessage, frozen=True, kw_only=True, tag="response.create"):
    """Ask for a reply."""

    response: ResponseWishes | None = None


class ResponseCancel(ClientMessage, frozen=True, kw_only=True, tag="response.cancel"):
    """Stop a reply."""

    response_id: Name | None = None
    """None: the conversation's."""


class OutputClear(ClientMessage, frozen=True, kw_only=True, tag="output_audio_buffer.clear"):
    """Nothing more of the reply is to be heard."""


AnyClientMessage = (
    SessionUpdate
    | Append
    | Commit
    | Clear
    | Played
    | OutputClear
    | ItemCreate
    | ItemRetrieve
    | ItemDelete
    | ItemTruncate
    | ResponseCreate
    | ResponseCancel
)

KNOWN_TYPES = frozenset(str(kind.__struct_config__.tag) for kind in AnyClientMessage.__args__)
decoder: msgspec.json.Decoder[AnyClientMessage] = msgspec.json.Decoder(AnyClientMessage)
