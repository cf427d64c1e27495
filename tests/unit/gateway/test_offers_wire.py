"""Models and voices as they are listed."""

import msgspec
import pytest
from openai.types import Model

from gateway.endpoints.faults import Fault
from gateway.endpoints.offers_wire import model_of, models_of, voices_of
from shared.messages import Stage
from shared.offers import Offer, OfferedVoice

ENGLISH, JAPANESE = OfferedVoice("en-us", "en-us"), OfferedVoice("ja", "ja")
LLAMA = Offer(engine="llama_cpp", model="small")
ESPEAK = Offer(engine="espeak", model="espeak-ng", voices=(ENGLISH, JAPANESE))
TONE = Offer(engine="tone", model="tone", voices=(OfferedVoice("tone", "en"),))
OFFERS: dict[Stage, tuple[Offer, ...]] = {"stt": (), "llm": (LLAMA, LLAMA), "tts": (ESPEAK, TONE)}


def test_each_model_is_listed_once_as_openai_types_it() -> None:
    models = models_of(OFFERS).data
    assert [model.id for model in models] == ["small", "espeak-ng", "tone"]
    assert Model.model_validate_json(msgspec.json.encode(models[0]), strict=True).id == "small"


def test_a_model_is_found_by_its_name() -> None:
    assert model_of(OFFERS, "espeak-ng").stage == "tts"


@pytest.mark.parametrize(
    ("offers", "told"), [(OFFERS, "there are small, espeak-ng, tone"), ({}, "no worker is ready")]
)
def test_a_model_that_is_not_there_is_told_which_are(
    offers: dict[Stage, tuple[Offer, ...]], told: str
) -> None:
    with pytest.raises(Fault, match=told) as caught:
        model_of(offers, "gpt-4")
    assert (caught.value.status, caught.value.code) == (404, "model_not_found")


def test_voices_are_listed_once_and_the_first_is_the_default() -> None:
    voices = voices_of((ESPEAK, TONE, msgspec.structs.replace(ESPEAK, voices=(JAPANESE, ENGLISH))))
    listed = [(voice.name, voice.engine, voice.is_default) for voice in voices.data]
    assert listed == [("en-us", "espeak", True), ("ja", "espeak", False), ("tone", "tone", False)]


def test_without_workers_there_is_no_voice() -> None:
    assert voices_of(()).data == []
