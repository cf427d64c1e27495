"""Which shape the mouth has for a sound of speech: IPA to the fifteen visemes that avatars know.

The visemes are those of Meta's lip-sync reference, which most avatars have as blend shapes. Sounds
that leave the lips as they are (h, the glottal stop) have none.
"""

from collections.abc import Iterable

from shared.messages import MouthShape, Viseme
from tts_service.engine import Phoneme

_SOUNDS: dict[Viseme, str] = {
    "PP": "p b m ɓ ʙ ɸ β pf",
    "FF": "f v ɱ ʋ ⱱ",
    "TH": "θ ð",
    "DD": "t d ʈ ɖ ɗ ɾ",
    "kk": "k ɡ g ɠ ŋ c ɟ q ɢ x ɣ χ ħ ç ɴ",
    "CH": "ʃ ʒ tʃ dʒ ɕ ʑ tɕ dʑ ʂ ʐ tʂ dʐ",
    "SS": "s z ts dz",
    "nn": "n l ɲ ɳ ɫ ɭ ʎ ɬ ɮ ʟ",
    "RR": "r ɹ ɻ ʀ ʁ ɽ ɚ ɝ",
    "aa": "a ɑ ɐ æ ʌ",
    "E": "e ɛ ə ɜ ɘ ɞ ɤ",
    "ih": "i ɪ ɨ ᵻ j ɯ ɰ",
    "oh": "o ɔ ɒ ɵ ø œ ɶ",
    "ou": "u ʊ w ʉ y ʏ ʍ ɥ",
}
_SHAPES = {sound: shape for shape, sounds in _SOUNDS.items() for sound in sounds.split()}
_LONGEST = max(map(len, _SHAPES))


def mouth_shapes(phonemes: Iterable[Phoneme]) -> tuple[MouthShape, ...]:
    """The shapes that the mouth takes, one after the other."""
    shown = ((mouth_shape(phoneme.ipa), phoneme.start_s) for phoneme in phonemes)
    return tuple(MouthShape(shape=shape, start_s=start_s) for shape, start_s in shown if shape)


def mouth_shape(phoneme: str) -> Viseme | None:
    """The shape at the beginning of a phoneme in IPA; none if it has no shape of its own.

    Stress, length and tone do not matter. No phoneme at all is silence.
    """
    if not phoneme.strip():
        return "sil"
    for start in range(len(phoneme)):
        for length in range(_LONGEST, 0, -1):
            shape = _SHAPES.get(phoneme[start : start + length])
            if shape is not None:
                return shape
    return None
