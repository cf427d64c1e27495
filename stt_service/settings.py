"""Settings of the speech-to-text service; those of an engine stand beside its class."""

from typing import Annotated

import msgspec

from shared.settings import Settings


class SttSettings(Settings, frozen=True, kw_only=True):
    """Group VOICECHAT_STT."""

    engine: str = "moonshine"
    """Which engine transcribes; the names are in `stt_service.engines.ENGINES`."""
    longest_utterance_s: Annotated[float, msgspec.Meta(ge=1, le=3600)] = 300.0
    """Longer utterances are refused, in seconds."""
    speech_threshold: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.5
    """Probability from which a window of 32 ms counts as speech, 0 to 1; 0 takes all for speech."""
    least_speech_s: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.1
    """Sound with less speech than this many seconds is not transcribed: nothing was said."""
