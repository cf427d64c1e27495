"""Settings of the local runner: the group VOICECHAT_UP."""

from typing import Annotated

import msgspec

from shared.settings import Settings as Base

Workers = Annotated[int, msgspec.Meta(ge=0, le=64)]


class Settings(Base, frozen=True, kw_only=True):
    """How much `voicechat up` starts, and how patient it is."""

    stt_workers: Workers = 1
    """Processes that transcribe; 0 if they run elsewhere."""
    llm_workers: Workers = 1
    """Processes that write replies; 0 if they run elsewhere."""
    tts_workers: Workers = 1
    """Processes that speak; 0 if they run elsewhere."""
    ready_timeout_s: Annotated[float, msgspec.Meta(gt=0)] = 300.0
    """Longest time from the start until all are ready, in seconds."""
    grace_s: Annotated[float, msgspec.Meta(ge=0)] = 10.0
    """Time each process has to finish its work when all are stopped, in seconds."""
