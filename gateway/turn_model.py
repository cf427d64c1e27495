"""The port of turn models: by the sound alone, whether a person has finished."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Protocol

from gateway.turn_models import TURN_MODELS
from shared.audio import Pcm
from shared.registry import choose
from shared.settings import Environment

_GROUP = "ENDPOINTING"


class TurnModel(Protocol):
    """Hears how speech ends, loaded and warm once constructed; further calls wait their turn."""

    sample_rate_hz: int
    longest_s: float
    """What it hears of a sound: so much of its end, the rest may be left out."""

    async def finished(self, pcm: Pcm) -> float:
        """Probability that the speaker has finished, 0 to 1, if the sound ends in a pause.

        `pcm` is what they said up to now, at `sample_rate_hz`, the pause so far included. Raises
        EngineError. Cancelling waits until the running call has ended.
        """
        ...

    def close(self) -> None:
        """Give back memory and threads."""
        ...


def choose_turn_model(name: str, environment: Environment) -> Callable[[], TurnModel] | None:
    """What loads the turn model of this name; none if there is no name. Its settings are read here.

    Raises EngineUnavailable or SettingsError; what is returned raises ModelError.
    """
    if name:
        return choose(TURN_MODELS, name, environment, _GROUP)
    environment.leave(f"{_GROUP}_{other.upper()}" for other in TURN_MODELS)
    return None


@asynccontextmanager
async def loaded(make: Callable[[], TurnModel] | None) -> AsyncIterator[TurnModel | None]:
    """A turn model while the block runs, loaded in a thread, closed behind it; none if none is."""
    if make is None:
        yield None
        return
    model = await asyncio.to_thread(make)
    try:
        yield model
    finally:
        model.close()
