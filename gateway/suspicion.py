"""Speech over a reply that may not be meant for us, and whether the loudspeaker is heard."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from gateway.backchannels import is_backchannel
from gateway.echo import EchoVerdict, echo_verdict, is_echo
from gateway.endpointing import Began, Ended, Paused, Sign, WentOn
from gateway.interruptions import takes_floor
from gateway.words import split_words
from shared.voice_stream import WINDOW_S

_FEW = 3
"""Words of speech that goes on which may yet become a backchannel, or were misheard."""
_COMPARE_AGAIN_S = 0.15
_GAP_S = 1.5 * WINDOW_S
_OVERDUE_S = 0.5
"""Comparisons take a fiftieth of it."""
_SHORTEST_S = 0.18
"""Where there have been echoes, less sound than this is the rest of one; it proves nothing."""
_MOST_ECHOES = 3
"""Echoes remembered; as many sounds unlike the reply make them forgotten."""


class Overheard(msgspec.Struct, frozen=True):
    """A hypothesis of what was said over a reply."""

    text: str
    playing: str
    """What the reply says, as far as it was released; nothing if it is over."""
    language: str = ""
    """BCP 47; empty if it is not known."""
    is_asked_for: bool = False
    """The reply ends in a question: whatever is said now answers it."""


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
        self.unjudged: Overheard | None = None
        """A hypothesis that came before the comparison."""

    def follow(self, sign: Sign) -> None:
        """What became of the speech."""
        match sign:
            case Paused():
                self.paused_s = sign.speech_end_s
            case Ended():
                self.ended_s = sign.speech_end_s
            case Began() | WentOn():
                self.paused_s = self.ended_s = None
                self.covers_all = False

    @property
    def is_silent(self) -> bool:
        """Whether the speech is over, or in a pause."""
        return self.ended_s is not None or self.paused_s is not None

    def spoken_s(self, until_s: float, pause_s: float) -> float:
        """How long somebody has been speaking: a "t" or "p" is a gap, not yet the end."""
        return until_s - self.start_s - (pause_s if pause_s > _GAP_S else 0.0)

    def length_s(self, until_s: float) -> float:
        """How long the speech is, short gaps in it included, if it lasts until now."""
        end_s = self.ended_s if self.ended_s is not None else self.paused_s
        return (until_s if end_s is None else end_s) - self.start_s

    def wants_comparison(self, end_s: float) -> bool:
        """Unless one is awaited, or known of nearly all of the sound up to this place."""
        is_known = self.compared_s is not None and end_s < self.compared_s + _COMPARE_AGAIN_S
        return self.comparing_since_s is None and not is_known

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


Meaning = Literal["words", "echo", "nothing"]


def meaning(heard: Overheard, *, covers_all: bool, is_brief: bool) -> Meaning:
    """What a hypothesis of speech over a reply comes to.

    `covers_all`: the speech had paused. `is_brief`: it was so short that its words are often
    misheard, and so count only if they are such as people interrupt with.
    """
    words: Sequence[str] = split_words(heard.text)
    if not covers_all:
        # Cut off in mid-word, the last may read as anything, and one alone is no evidence.
        words = _unlooped(words)
        words = words[:-1] if len(words) > _FEW else []
    certain = "".join(words).strip()
    if not any(map(str.isalnum, certain)):
        return "nothing"
    if is_echo(certain, heard.playing):
        return "echo"
    is_answer = heard.is_asked_for or not heard.playing
    return "words" if is_answer or _interrupts(certain, heard, is_brief=is_brief) else "nothing"


def _interrupts(text: str, heard: Overheard, *, is_brief: bool) -> bool:
    if is_backchannel(text, heard.language):
        return False
    return not is_brief or takes_floor(text, heard.language)


def _unlooped(words: Sequence[str]) -> Sequence[str]:
    """Without repetitions, if that is all there is: recognition makes them of very short sounds."""
    plain = ["".join(filter(str.isalnum, word)).casefold() for word in words]
    for period in range(1, len(words) // 2 + 1):
        if plain[period:] == plain[:-period]:
            return words[:period]
    return words
