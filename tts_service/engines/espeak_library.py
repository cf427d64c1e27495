"""The C interface of eSpeak NG (speak_lib.h), as far as we use it."""

import _ctypes
import ctypes
import threading
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np

from shared.audio import Pcm, from_pcm16
from shared.errors import EngineError, EngineUnavailable, ModelError
from shared.messages import SpokenWord
from tts_service.engine import Phoneme, Sound, Voice

_SYNCHRONOUS = 2
_PHONEMES_IN_IPA = 1 | 2
"""Events of phonemes, named in IPA."""
_DONT_EXIT = 0x8000
_BUFFER_MS = 60
_CHARACTERS = 1
_UTF8 = 1
_RATE = 1
_WORD = 1
_PHONEME = 7
_MBROLA = b"mb/"
"""Identifiers of voices that need another program."""


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", ctypes.c_char * 8),
    )


class _Voice(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
    )


_Samples = ctypes.POINTER(ctypes.c_short)
_Events = ctypes.POINTER(_Event)
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, _Samples, ctypes.c_int, _Events)


class EspeakLibrary:
    """The one loaded copy of the library. Its state is global: one thread at a time."""

    _taken: ClassVar[set[Path]] = set()
    _taking = threading.Lock()

    def __init__(self, library: Path, data: Path | None) -> None:
        """Load it.

        Raises EngineUnavailable if it is not there, ModelError if its voice data is not, and
        EngineError if this process has it already: two users would share its state, and neither
        could load it afresh.
        """
        self._path = library
        self._data = str(data).encode() if data else None
        self._consume: Callable[[Sound], bool] = lambda _: False
        self._callback = _Callback(self._on_sound)
        self._identifiers: dict[str, str] = {}
        """What a voice is called in the library; it does not know all of them by their tag."""
        self._take()
        try:
            self._open()
        except (EngineUnavailable, ModelError):
            self._give_back()
            raise

    def reload(self) -> None:
        """Forget all that was spoken.

        The phase of the voice's flutter is a static variable that runs on from one text to the
        next, so only a fresh copy of the library gives the same sound for the same text.
        """
        self._unload()
        self._open()

    def set_voice(self, name: str) -> bool:
        """Choose a voice (`de`, `en-us+f3`); whether there is one of that name."""
        base, plus, variant = name.partition("+")
        identifier = self._identifiers.get(base, base) + plus + variant
        return bool(name) and (self._sets(name) or self._sets(identifier))

    def _sets(self, name: str) -> bool:
        return bool(self._library.espeak_SetVoiceByName(name.encode()) == 0)

    def set_rate(self, words_per_minute: int) -> None:
        """Speed from now on, 80 to 450."""
        self._library.espeak_SetParameter(_RATE, words_per_minute, 0)

    def speak(self, text: str, consume: Callable[[Sound], bool]) -> None:
        """Give the sound to `consume` in pieces of about 60 ms until it returns False.

        Raises EngineError.
        """
        self._consume = consume
        utf8 = text.encode(errors="replace") + b"\0"
        status = self._library.espeak_Synth(
            utf8, ctypes.c_size_t(len(utf8)), 0, _CHARACTERS, 0, _UTF8, None, None
        )
        if status:
            raise EngineError(f"espeak could not speak {len(text)} characters (status {status})")

    def voices(self) -> list[Voice]:
        """All voices that speak without another program, named by their language tag.

        Of one language the usual one comes first.
        """
        own = [
            voice
            for voice in _until_null(self._library.espeak_ListVoices(None))
            if not (voice.identifier or b"").startswith(_MBROLA)
        ]
        for voice in sorted(own, key=_rank):
            self._identifiers.setdefault(_tag(voice), voice.identifier.decode())
        return [Voice(name=tag, language=tag) for tag in self._identifiers]

    def close(self) -> None:
        """Unload it, so that it can be loaded afresh."""
        self._unload()
        self._give_back()

    def _take(self) -> None:
        with self._taking:
            if self._path in self._taken:
                raise EngineError(
                    f"this process speaks by {self._path} already; close that engine first, "
                    "or start another process"
                )
            self._taken.add(self._path)

    def _give_back(self) -> None:
        with self._taking:
            self._taken.discard(self._path)

    def _unload(self) -> None:
        self._library.espeak_Terminate()
        _ctypes.dlclose(self._library._handle)

    def _open(self) -> None:
        try:
            self._library = ctypes.CDLL(str(self._path))
        except OSError as error:
            raise EngineUnavailable(
                f"eSpeak NG cannot be loaded ({error}); "
                "install it with: pip install espeakng-loader, or apt-get install libespeak-ng1"
            ) from error
        self._library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        self.sample_rate_hz: int = self._library.espeak_Initialize(
            _SYNCHRONOUS, _BUFFER_MS, self._data, _DONT_EXIT | _PHONEMES_IN_IPA
        )
        if self.sample_rate_hz <= 0:
            self._unload()
            raise ModelError(f"eSpeak NG finds no voice data in {self._data!r}")
        self._library.espeak_SetSynthCallback(self._callback)

    def _on_sound(
        self,
        samples: "ctypes._Pointer[ctypes.c_short]",
        count: int,
        events: "ctypes._Pointer[_Event]",
    ) -> int:
        """Called by the library; its buffer is only lent, so the sound is copied."""
        if count <= 0:
            return 0
        pcm: Pcm = from_pcm16(np.ctypeslib.as_array(samples, (count,)))
        words, phonemes = self._marks(events)
        sound = Sound(pcm=pcm, words=tuple(words), phonemes=tuple(phonemes))
        return 0 if self._consume(sound) else 1

    def _marks(self, events: "ctypes._Pointer[_Event]") -> tuple[list[SpokenWord], list[Phoneme]]:
        words: list[SpokenWord] = []
        phonemes: list[Phoneme] = []
        index = 0
        while (event := events[index]).type:
            start_s = event.sample / self.sample_rate_hz
            if event.type == _WORD:
                words.append(SpokenWord(offset=event.text_position - 1, start_s=start_s))
            elif event.type == _PHONEME:
                ipa = event.id.decode(errors="ignore")  # a long name is cut within a character
                phonemes.append(Phoneme(ipa=ipa, start_s=start_s))
            index += 1
        return words, phonemes


def _until_null(pointers: "ctypes._Pointer[ctypes._Pointer[_Voice]]") -> list[_Voice]:
    found: list[_Voice] = []
    while pointers[len(found)]:
        found.append(pointers[len(found)].contents)
    return found


def _tag(voice: _Voice) -> str:
    """The first of its languages, behind a byte that says how usual it is there."""
    return ctypes.string_at(voice.languages + 1).decode(errors="replace")


def _rank(voice: _Voice) -> tuple[str, int, int]:
    """By language, then by how usual it is, then the plainest name."""
    usual = ctypes.string_at(voice.languages)[0]
    return _tag(voice).partition("-")[0], usual, len(voice.identifier or b"")
