"""How long a silence must be before a turn is over, and how a session learns it."""

from gateway.completeness import Completeness
from gateway.endpointing_settings import EndpointingSettings
from gateway.turn_detection import TurnDetection
from shared.voice_stream import WINDOW_S

_EAGERNESS = {"high": 0.6, "medium": 1.0, "auto": 1.0, "low": 1.6}
"""What each makes of the waits."""
_SOONER: dict[Completeness, Completeness] = {
    "finished": "finished",
    "open": "finished",
    "unfinished": "open",
}
_LATER: dict[Completeness, Completeness] = {
    "finished": "open",
    "open": "unfinished",
    "unfinished": "unfinished",
}
"""The sound of a pause is a second opinion: it shortens or lengthens the wait by a step."""
_CUT_OFF_S = 1.0
"""Who speaks again so soon after their turn was taken to be over had not finished."""
_GROWTH = 1.5
_MOST = 2.0
"""The waits of a person who is cut off grow by this factor each time, up to this one."""
_RELAXATION = 0.9
"""And fall back with each turn that was over."""


class Patience:
    """The waits of one session. Those of server_vad are fixed, as the client has set them."""

    def __init__(self, detection: TurnDetection, settings: EndpointingSettings) -> None:
        self._learns = detection.mode == "semantic_vad"
        self._waits = _waits(detection, settings)
        self._factor = 1.0
        self._ended_s: float | None = None

    def wait_s(self, reading: Completeness = "open", sounds_finished: bool | None = None) -> float:
        """Seconds of silence that end an utterance, by how its transcript reads and it sounds.

        "open" is for one without a transcript, and None for one whose sound nobody has judged.
        """
        if sounds_finished is not None:
            reading = (_SOONER if sounds_finished else _LATER)[reading]
        return self._waits[reading] * self._factor

    def ended(self, speech_end_s: float) -> None:
        """A turn was taken to be over, after this speech."""
        self._ended_s = speech_end_s

    def forget(self) -> None:
        """Nobody knows how much time passes until the next speech."""
        self._ended_s = None

    def was_cut_off(self, start_s: float) -> bool:
        """Whether speech that begins here goes on with what was taken to be over."""
        ended_s = self._ended_s
        return self._learns and ended_s is not None and start_s - ended_s < _CUT_OFF_S

    def began(self, start_s: float) -> bool:
        """There is speech again; whether so soon that the person was cut off."""
        was_cut_off, ended_s, self._ended_s = self.was_cut_off(start_s), self._ended_s, None
        if not self._learns or ended_s is None:
            return False
        factor = self._factor * (_GROWTH if was_cut_off else _RELAXATION)
        self._factor = min(max(factor, 1.0), _MOST)
        return was_cut_off


def _waits(detection: TurnDetection, settings: EndpointingSettings) -> dict[Completeness, float]:
    if detection.mode == "server_vad":
        silence_s = max(detection.silence_s, WINDOW_S)
        return dict.fromkeys(("finished", "open", "unfinished"), silence_s)
    factor = _EAGERNESS[detection.eagerness]
    waits: dict[Completeness, float] = {
        "finished": settings.shortest_wait_s,
        "open": settings.wait_s,
        "unfinished": settings.longest_wait_s,
    }
    return {reading: max(WINDOW_S, wait_s * factor) for reading, wait_s in waits.items()}
