"""How speech is cut into turns, as the operator wishes it."""

from typing import Literal

from gateway.settings import Seconds
from shared.settings import Settings


class EndpointingSettings(Settings, frozen=True, kw_only=True):
    """How speech is cut into turns; a session's own wishes come on top."""

    eager: Literal["off", "on", "auto"] = "auto"
    """Whether a pause starts a turn before it is over; auto: while the services have room."""
    eager_pause_s: Seconds = 0.06
    """Silence after which the utterance so far is published.

    Longer answers that much later, and guesses little less: within words silence is shorter.
    """
    least_speech_s: Seconds = 0.09
    """Speech that must add up before an utterance has begun: three windows, a click has fewer."""
    shortest_wait_s: Seconds = 0.35
    """semantic_vad: silence that ends a question, a request or a short answer that is whole."""
    wait_s: Seconds = 0.9
    """semantic_vad: silence that ends what may be finished or not, or gets no transcript.

    Longer than most pauses of people who go on.
    """
    longest_wait_s: Seconds = 2.0
    """semantic_vad: silence that ends what reads unfinished."""
    turn_model: str = ""
    """semantic_vad: model that hears in pauses whether the person has finished, a name of
    gateway.turn_models.TURN_MODELS: a second opinion. Empty: the transcript alone tells."""
    hypothesis_every_s: Seconds = 1.0
    """How often speech that goes on is transcribed as it stands, while the services have room."""
    least_interruption_s: Seconds = 0.2
    """Speech over a reply, to the nearest window, at which the reply is held."""
    brief_interruption_s: Seconds = 0.8
    """Shorter speech over a reply ends it only by words such as "stop" or "what": short sounds
    are recognised badly, and most of them are backchannels."""
    certain_interruption_s: Seconds = 1.6
    """Speech over a reply that ends it though no transcript has come: no backchannel is so long."""
