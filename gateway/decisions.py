"""What the listener of a hands-free session decides; the conversation carries it out."""

import msgspec


class Begin(msgspec.Struct, frozen=True):
    """An utterance has begun here; it ends a reply that is being given."""

    start_s: float
    """Where its first word begins, in seconds of sound since the session began."""
    goes_on: bool = False
    """It comes so soon that the last utterance was not over after all."""


class Guess(msgspec.Struct, frozen=True):
    """The utterance may be over."""

    speech_end_s: float
    """Where its last word so far ends."""


class GoOn(msgspec.Struct, frozen=True):
    """It was not."""


class Finish(msgspec.Struct, frozen=True):
    """The utterance is over."""

    speech_end_s: float
    """Where its last word ends, in seconds of sound since the session began."""


class AskHypothesis(msgspec.Struct, frozen=True):
    """What was said so far is to be transcribed, as it stands."""


class CompareEcho(msgspec.Struct, frozen=True):
    """This sound is to be compared with what the reply has played."""

    start_s: float
    end_s: float
    """Both in seconds of sound since the session began."""


class PauseReply(msgspec.Struct, frozen=True):
    """Somebody seems to speak: the reply is to be silent until that is known."""


class ResumeReply(msgspec.Struct, frozen=True):
    """It was nothing: the reply goes on."""


Decision = Begin | Guess | GoOn | Finish | AskHypothesis | CompareEcho | PauseReply | ResumeReply
