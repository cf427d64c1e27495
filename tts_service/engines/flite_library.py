"""The C interface of Flite, as far as we use it."""

import ctypes
from collections.abc import Iterator

import numpy as np

from shared.audio import from_pcm16
from shared.errors import EngineError, EngineUnavailable
from shared.messages import SpokenWord
from tts_service.engine import Sound

_WORD_START = b"daughter1.R:SylStructure.daughter1.daughter1.R:Segment.p.end"
"""From a token to the end of the sound before it: where its first word begins."""
_SEED = 1


class _Wave(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_char_p),
        ("sample_rate", ctypes.c_int),
        ("num_samples", ctypes.c_int),
        ("num_channels", ctypes.c_int),
        ("samples", ctypes.POINTER(ctypes.c_short)),
    )


class _VoiceHead(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char_p), ("features", ctypes.c_void_p))


class FliteLibrary:
    """The library and some of its voices, loaded. One thread at a time."""

    def __init__(self, voices: tuple[str, ...]) -> None:
        """Load voices by name (`slt`); raises EngineUnavailable if the library has none of them."""
        self._flite = _load("libflite.so.1")
        self._c = ctypes.CDLL(None)
        _declare(self._flite)
        self._flite.flite_init()
        self._voices = {name: self._register(name) for name in voices}

    def speak(self, text: str, voice: str, speed: float) -> Sound:
        """The whole sound, at 16 kHz; raises EngineError."""
        handle = self._voices[voice]
        head = ctypes.cast(handle, ctypes.POINTER(_VoiceHead)).contents
        self._flite.flite_feat_set_float(head.features, b"duration_stretch", 1 / speed)
        self._c.srand(_SEED)  # the noise in its voices is random, and must not be
        utterance = self._flite.flite_synth_text(text.encode(errors="replace"), handle)
        if not utterance:
            raise EngineError(f"flite could not speak {len(text)} characters")
        try:
            return self._sound(utterance, text)
        finally:
            self._flite.delete_utterance(utterance)

    def _sound(self, utterance: int, text: str) -> Sound:
        wave = self._flite.utt_wave(utterance).contents
        pcm = from_pcm16(np.ctypeslib.as_array(wave.samples, (wave.num_samples,)))
        return Sound(pcm=pcm, words=tuple(self._words(utterance, text)))

    def _words(self, utterance: int, text: str) -> Iterator[SpokenWord]:
        """Tokens in order, found again in the text."""
        end = 0
        token = self._flite.relation_head(self._flite.utt_relation(utterance, b"Token"))
        while token:
            name = self._flite.item_feat_string(token, b"name").decode(errors="replace")
            offset = text.find(name, end)
            if offset >= 0:
                end = offset + len(name)
                start_s = self._flite.flite_ffeature_float(token, _WORD_START)
                yield SpokenWord(offset=offset, start_s=start_s)
            token = self._flite.item_next(token)

    def _register(self, name: str) -> int:
        register = getattr(_load(f"libflite_cmu_us_{name}.so.1"), f"register_cmu_us_{name}")
        register.restype = ctypes.c_void_p
        handle: int = register(None)
        return handle


def _load(name: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(name)
    except OSError as error:
        raise EngineUnavailable(
            f"flite cannot be loaded ({error}); install it with: apt-get install flite"
        ) from error


def _declare(flite: ctypes.CDLL) -> None:
    """Types of what takes or gives pointers and floats."""
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    for name, result, *arguments in (
        ("flite_synth_text", pointer, text, pointer),
        ("flite_feat_set_float", None, pointer, text, ctypes.c_float),
        ("utt_wave", ctypes.POINTER(_Wave), pointer),
        ("utt_relation", pointer, pointer, text),
        ("relation_head", pointer, pointer),
        ("item_next", pointer, pointer),
        ("item_feat_string", text, pointer, text),
        ("flite_ffeature_float", ctypes.c_float, pointer, text),
        ("delete_utterance", None, pointer),
    ):
        function = getattr(flite, str(name))
        function.restype = result
        function.argtypes = arguments
