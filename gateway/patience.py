"""How long a silence must be before a turn is over, and how a session learns it."""

from collections.abc import Mapping

from gateway.completeness import Completeness

_CUT_OFF_S = 1.0
"""Who speaks again so soon after their turn was taken to be over had not finished."""
_GROWTH = 1.5
_MOST = 2.0
"""The waits of a person who is cut off grow by this factor each time, up to this one."""
_RELAXATION = 0.9
"""And fall back with each turn that was over."""


class Patience:
    """The waits of one session, in seconds, by how the transcript reads."""

    def __init__(self, waits: Mapping[Completeness, float], *, learns: bool) -> None:
        """`learns`: whether the waits may grow when they turn out to be too short."""
        self._waits = waits
        self._learns = learns
        self._factor = 1.0
        self._ended_s: float | None = None

    def wait_s(self, reading: Completeness = "open") -> float:
        """Silence that ends an utterance; "open" is for one without a transcript."""
        return self._waits[reading] * self._factor

    def ended(self, speech_end_s: float) -> None:
        """A turn was taken to be over, after this speech."""
        self._ended_s = speech_end_s

    def began(self, start_s: float) -> None:
        """There is speech again: soon, and the person was cut off; or the turn was over."""
        ended_s, self._ended_s = self._ended_s, None
        if not self._learns or ended_s is None:
            return
        was_cut_off = start_s - ended_s < _CUT_OFF_S
        factor = self._factor * (_GROWTH if was_cut_off else _RELAXATION)
        self._factor = min(max(factor, 1.0), _MOST)
