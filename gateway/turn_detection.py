"""How a session wishes to be listened to."""

from typing import Literal

import msgspec


class TurnDetection(msgspec.Struct, frozen=True, kw_only=True):
    """How turns are found in speech that goes on without a commit."""

    mode: Literal["server_vad", "semantic_vad"] = "semantic_vad"
    """After a fixed silence, or after one that depends on what was said."""
    threshold: float = 0.5
    """Least probability of speech in a window that counts as speech."""
    prefix_padding_s: float = 0.3
    """Sound before the first window with speech that belongs to the utterance."""
    silence_s: float = 0.5
    """server_vad: silence that ends an utterance."""
    eagerness: Literal["low", "medium", "high", "auto"] = "auto"
    """semantic_vad: how long to wait for more."""
    create_response: bool = True
    """Whether each utterance is answered without being asked for."""
    interrupt_response: bool = True
    """Whether speech ends a reply that is being given."""
    idle_timeout_s: float | None = None
    """Silence after a reply that makes the assistant speak again; none for never."""
