"""Settings of the tts service."""

from typing import Annotated

import msgspec

from shared.settings import Settings as Base


class Settings(Base, frozen=True, kw_only=True):
    """How sentences are spoken, whatever the engine."""

    engine: str = "espeak"
    """Which engine speaks; a name of `tts_service.engines.ENGINES`."""
    voices: tuple[str, ...] = ()
    """Voice for each language: `en=en-us,ja=ja`. Others get the engine's first for them."""
    sentence_pause_s: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.25
    """Silence after a piece that ends a sentence, in seconds at normal speed."""
    clause_pause_s: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.08
    """Silence after any other piece, in seconds at normal speed."""
