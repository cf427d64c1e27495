"""Sounds of speech and the shapes of the mouth."""

from typing import get_args

import pytest

from shared.messages import MouthShape, Viseme
from tts_service.engine import Phoneme
from tts_service.mouth_shapes import mouth_shape, mouth_shapes


@pytest.mark.parametrize(
    ("phoneme", "shape"),
    [
        ("m", "PP"),
        ("pf", "PP"),
        ("f", "FF"),
        ("θ", "TH"),
        ("t", "DD"),
        ("tʃ", "CH"),
        ("ts", "SS"),
        ("ŋ", "kk"),
        ("l", "nn"),
        ("ɹ", "RR"),
        ("ˈɑː", "aa"),
        ("ˌɛ", "E"),
        ("ɪ", "ih"),
        ("ɔø", "oh"),
        ("uː", "ou"),
        ("", "sil"),
        ("h", None),
        ("ʔ", None),
        ("ˈ", None),
    ],
)
def test_a_sound_has_its_shape(phoneme: str, shape: str | None) -> None:
    assert mouth_shape(phoneme) == shape


def test_every_shape_belongs_to_some_sound() -> None:
    sounds = ["", *"pfθtkʃsnraeiou"]
    assert {mouth_shape(sound) for sound in sounds} == set(get_args(Viseme))


def test_sounds_without_a_shape_leave_the_mouth_as_it_is() -> None:
    said = [Phoneme(ipa=ipa, start_s=n / 10) for n, ipa in enumerate(("h", "ə", "l", "əʊ"))]
    assert mouth_shapes(said) == (
        MouthShape(shape="E", start_s=0.1),
        MouthShape(shape="nn", start_s=0.2),
        MouthShape(shape="E", start_s=0.3),
    )
