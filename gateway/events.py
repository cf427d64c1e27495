"""What a conversation hears: events of the client, the pipeline (AnyReply) and the clock.

Neutral to the protocol that clients speak. Items and replies are numbered per session from 1;
protocols make ids of the numbers.
"""

import msgspec

from gateway.items import Outcome, Placement, ServerTool
from gateway.turn_detection import TurnDetection
from shared.messages import AnyReply, HistoryItem, ReplyOptions


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened."""


class Request(Event, frozen=True, kw_only=True):
    """Something that the client did."""

    event_id: str = ""
    """The client's own id of its message, given back with a Problem."""


# client → conversation


class SessionConfigured(Request, frozen=True, kw_only=True):
    """How the session wants to be listened to and answered from now on."""

    options: ReplyOptions
    turn_detection: TurnDetection | None = None
    """None: the client commits utterances itself."""
    wants_replies: bool = True
    """False for a session that is only to listen."""


class AudioReceived(Request, frozen=True, kw_only=True):
    """More of the person's speech."""

    packets: tuple[bytes, ...]
    """Opus packets, mono, in order."""


class InputCommitted(Request, frozen=True, kw_only=True):
    """The speech received so far is one whole utterance."""

    wants_reply: bool = False
    """Answer it without being asked."""
    patience_s: float = 0.0
    """Seconds to wait for any speech before it is refused that there is none; speech that comes by
    then is to be committed again."""


class InputCleared(Request, frozen=True):
    """The speech received so far is to be forgotten."""


class ItemAdded(Request, frozen=True, kw_only=True):
    """Words put into the conversation."""

    said: HistoryItem
    place: Placement = Placement()
    is_spoken: bool = False
    """Whether they are the transcript of speech."""


class UtteranceAdded(Request, frozen=True, kw_only=True):
    """Speech put into the conversation, whose transcript nobody knows."""

    place: Placement = Placement()
    packets: tuple[bytes, ...] = ()
    """Opus packets, mono, in order."""


class ItemWanted(Request, frozen=True, kw_only=True):
    """An item is to be shown as the conversation has it."""

    item: int


class ItemUnwanted(Request, frozen=True, kw_only=True):
    """An item is to be taken out of the conversation."""

    item: int


class ReplyRequested(Request, frozen=True, kw_only=True):
    """The conversation so far is to be answered."""

    options: ReplyOptions | None = None
    """For this reply alone; none for the session's."""
    context: tuple[HistoryItem | int, ...] | None = None
    """What is answered instead of the conversation: words, or numbers of items."""
    is_aside: bool = False
    """Whether the reply is to be given beside the conversation, which does not hear of it."""
    metadata: dict[str, str] | None = None
    """The client's own notes on the reply, given back with it."""


class ReplyCancelled(Request, frozen=True, kw_only=True):
    """The reply is not wanted any more."""

    reply: int | None = None
    """Number of the reply; none for the conversation's."""


class OutputCleared(Request, frozen=True):
    """Nothing more is to be heard of any reply."""


class ItemTruncated(Request, frozen=True, kw_only=True):
    """The person has heard a reply only so far; the rest is to be forgotten."""

    item: int
    audio_end_s: float
    """Seconds of the reply's sound that were heard."""


class PlaybackReported(Request, frozen=True, kw_only=True):
    """Where the client's playing of a reply stands."""

    item: int
    position_s: float
    """Seconds of the reply's sound that were played."""


class VoiceHeard(Event, frozen=True, kw_only=True):
    """What the voice detector makes of the next windows of the session's sound."""

    probabilities: tuple[float, ...]
    """Of speech, one for each window, in order."""
    until_s: float
    """Where the last window ends, in seconds of sound since the session began."""


class TurnJudged(Event, frozen=True, kw_only=True):
    """What the turn model makes of the sound up to a pause."""

    probability: float
    """That the person has finished."""
    speech_end_s: float
    """Where the speech before the pause ends, in seconds of sound since the session began."""


class EchoJudged(Event, frozen=True, kw_only=True):
    """How much the sound over a reply is like the sound of the reply."""

    likeness: float
    """0 to 1."""
    heard_s: float
    """Seconds of sound that were compared."""
    end_s: float
    """Where it ends, in seconds of sound since the session began."""


class ToolsOffered(Event, frozen=True, kw_only=True):
    """What the gateway's own tools are from now on."""

    tools: tuple[ServerTool, ...]


class ToolAnswered(Event, frozen=True, kw_only=True):
    """What came of a tool that the gateway ran."""

    call_id: str
    outcome: Outcome


class ConnectionLost(Event, frozen=True):
    """The client is not there, but may come again."""


class ConnectionResumed(Event, frozen=True):
    """The client is there again."""


class ResultsRecalled(Event, frozen=True):
    """All was heard again that came to another gateway for the turn that was begun there."""


class ClientLeft(Event, frozen=True):
    """The session is over."""


# clock → conversation


class Tick(Event, frozen=True):
    """The time asked for by WakeAt has come."""


ClientRequest = (
    SessionConfigured
    | InputCommitted
    | InputCleared
    | ItemAdded
    | UtteranceAdded
    | ItemWanted
    | ItemUnwanted
    | ItemTruncated
    | ReplyRequested
    | ReplyCancelled
    | OutputCleared
    | PlaybackReported
)
Circumstance = ToolsOffered | ToolAnswered | ConnectionLost | ConnectionResumed | ResultsRecalled
AnyEvent = (
    AudioReceived
    | VoiceHeard
    | TurnJudged
    | EchoJudged
    | ClientRequest
    | Circumstance
    | ClientLeft
    | AnyReply
    | Tick
)
