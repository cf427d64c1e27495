"""What a conversation decides: actions, carried out by the session in their order."""

import msgspec

from gateway.notices import AnyNotice
from shared.messages import AnyControl, Sentence, UserTurn, Utterance

Published = Utterance | UserTurn | Sentence | AnyControl
"""What a gateway gives the pipeline; a sentence is one that no language model has made."""


class Publish(msgspec.Struct, frozen=True):
    """Send this to the pipeline."""

    message: Published


class Tell(msgspec.Struct, frozen=True):
    """Tell this to the client."""

    notice: AnyNotice


class GuessEnded(msgspec.Struct, frozen=True):
    """A turn that was begun before the person had certainly finished has turned out."""

    was_right: bool
    worked_s: float
    """Engine seconds that are known to have gone into it."""


class JudgeTurn(msgspec.Struct, frozen=True):
    """Have the turn model judge the sound up to a pause; its answer is a TurnJudged, if any."""

    packets: tuple[bytes, ...]
    speech_end_s: float
    """Where the speech before the pause ends, in seconds of sound since the session began."""


class CompareSound(msgspec.Struct, frozen=True):
    """Have what was heard compared with the reply's sound; the answer is an EchoJudged, if any."""

    heard: tuple[bytes, ...]
    """Opus packets, as those below."""
    played: tuple[bytes, ...]
    end_s: float
    """Where what was heard ends, in seconds of sound since the session began."""


class RunTool(msgspec.Struct, frozen=True):
    """Run a tool of the gateway's own; what comes of it is a ToolAnswered."""

    call_id: str
    name: str
    arguments: str
    """JSON text."""


class WakeAt(msgspec.Struct, frozen=True):
    """Send a Tick at this time on the gateway's clock; replaces the earlier wish. None: no Tick."""

    time: float | None


Action = Publish | Tell | GuessEnded | JudgeTurn | CompareSound | RunTool | WakeAt
