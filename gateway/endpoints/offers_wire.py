"""The words of `GET /v1/models` and `GET /v1/voices`."""

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

from gateway.endpoints.faults import Fault
from shared.messages import Stage
from shared.offers import Offer


class Model(Struct, frozen=True, kw_only=True):
    """A model of a live worker; `stage`, `engine` and `languages` are ours."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    """Not known of a file."""
    owned_by: str = "voicechat"
    stage: Stage
    engine: str
    languages: tuple[str, ...]


class Models(Struct, frozen=True, kw_only=True):
    """All of them."""

    object: Literal["list"] = "list"
    data: Sequence[Model]


class Voice(Struct, frozen=True, kw_only=True):
    """A voice of a live worker."""

    id: str
    object: Literal["voice"] = "voice"
    name: str
    language: str
    engine: str
    is_default: bool


class Voices(Struct, frozen=True, kw_only=True):
    """All of them."""

    object: Literal["list"] = "list"
    data: Sequence[Voice]


def models_of(offers: Mapping[Stage, Sequence[Offer]]) -> Models:
    """The models that the workers run, each once, by stage."""
    models = {
        (stage, offer.model): Model(
            id=offer.model, stage=stage, engine=offer.engine, languages=offer.languages
        )
        for stage, offered in offers.items()
        for offer in offered
    }
    return Models(data=list(models.values()))


def model_of(offers: Mapping[Stage, Sequence[Offer]], name: str) -> Model:
    """The model of that name; raises Fault."""
    models = models_of(offers).data
    for model in models:
        if model.id == name:
            return model
    there = ", ".join(model.id for model in models) or "none, since no worker is ready"
    told = f"there is no model {name[:100]!r}; there are {there}"
    raise Fault(404, told, code="model_not_found", param="model")


def voices_of(offered: Sequence[Offer]) -> Voices:
    """The voices that the workers have, each once; the very first is the default."""
    voices: dict[tuple[str, str], Voice] = {}
    for offer in offered:
        for voice in offer.voices:
            entry = Voice(
                id=voice.name,
                name=voice.name,
                language=voice.language,
                engine=offer.engine,
                is_default=not voices,
            )
            voices.setdefault((offer.engine, voice.name), entry)
    return Voices(data=list(voices.values()))
