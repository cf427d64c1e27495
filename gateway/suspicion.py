"""Speech over a reply that may not be meant for us, and whether the loudspeaker is heard."""

from typing import Literal

from gateway.backchannels import is_backchannel
from gateway.echo import EchoVerdict, echo_verdict, is_echo
from gateway.words import split_words

_FEW = 3
"""Words of speech that goes on which may yet become a backchannel, or were misheard."""
_OVERDUE_S = 0.5
"""Comparisons take a fiftieth of it."""
_SHORTEST_S = 0.18
"""Where there have been echoes, less sound than this is the rest of one; it proves nothing."""
_MOST_ECHOES = 3
"""Echoes remembered; as many sounds unlike the reply make them forgotten."""


class Suspicion:
    """Speech over a reply of which is not known yet whether it is meant for us."""

    def __init__(self, start_s: float) -> None:
        self.start_s = start_s
        self.paused_s: float | None = None
        """Where the speech so far ends, in a pause: a hypothesis asked for now covers all of it."""
        self.ended_s: float | None = None
        """Where the speech ended, if it did."""
        self.covers_all = False
        """Whether the hypothesis that is awaited was asked for in a pause."""
        self.compared_s: float | None = None
        """Up to where its sound was compared with the reply's: nothing is done about it before."""
        self.is_unknown = False
        """Whether the last hypothesis of it failed."""
        self.comparing_since_s: float | None = None
        """When a comparison was asked for that has not come yet."""
        self.is_unlike = False
        """Whether it is certainly no echo."""
        self.unjudged: tuple[str, str, str] | None = None
        """A hypothesis that came before the comparison: text, what is playing, language."""

    def is_overdue(self, until_s: float) -> bool:
        """Whether a comparison has not come although there was time for it."""
        since_s = self.comparing_since_s
        return since_s is not None and until_s > since_s + _OVERDUE_S


class Echoes:
    """What a session's sounds over replies have shown about its loudspeaker."""

    def __init__(self) -> None:
        self._count = 0

    @property
    def are_expected(self) -> bool:
        """Whether the loudspeaker reaches the microphone."""
        return self._count > 0

    def judge(self, likeness: float, heard_s: float) -> EchoVerdict:
        """What the likeness of a sound to the reply means."""
        if self.are_expected and heard_s < _SHORTEST_S:
            return "echo"
        verdict = echo_verdict(likeness, heard_s, is_expected=self.are_expected)
        if verdict == "echo":
            self._count = min(self._count + 1, _MOST_ECHOES)
        elif verdict == "other":
            self._count = max(self._count - 1, 0)
        return verdict

    def note_words(self) -> None:
        """Words of the reply were heard: that is certain."""
        self._count = _MOST_ECHOES


def meaning(
    text: str, playing: str, language: str, *, covers_all: bool
) -> Literal["words", "echo", "nothing"]:
    """What a hypothesis of speech over a reply comes to.

    `playing` is what the reply says, nothing if it is over; `covers_all`: the speech had paused.
    """
    words = split_words(text)
    if not covers_all:
        # Cut off in mid-word, the last may read as anything, and one alone is no evidence.
        words = words[:-1] if len(words) > _FEW else []
    certain = "".join(words).strip()
    if not any(map(str.isalnum, certain)):
        return "nothing"
    if is_echo(certain, playing):
        return "echo"
    return "nothing" if playing and is_backchannel(certain, language) else "words"
