"""Silence around speech: cut at the head, held back and set to a fixed length at the tail."""

import numpy as np

from shared.audio import Pcm
from shared.boundaries import CLOSERS, TERMINATORS
from shared.messages import SpokenWord
from tts_service.engine import Phoneme, Sound

AUDIBLE = 0.002
"""Samples below this level (-54 dB of full scale) are silence."""
MARGIN_S = 0.005
"""Silence left before the first audible sample, so that soft onsets stay whole."""
_NOTHING: Pcm = np.zeros(0, np.float32)


class Trimmer:
    """Takes a sentence's pieces of sound in turn; the result depends on the samples alone."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._rate_hz = sample_rate_hz
        self._margin = round(MARGIN_S * sample_rate_hz)
        self._held = _NOTHING
        self._words: tuple[SpokenWord, ...] = ()
        self._phonemes: tuple[Phoneme, ...] = ()
        self._cut = 0
        self._has_begun = False

    def add(self, sound: Sound) -> Sound:
        """What can be played now; times count from the first sample kept."""
        pcm = np.concatenate((self._held, sound.pcm))
        self._words += sound.words
        self._phonemes += sound.phonemes
        audible = np.flatnonzero(np.abs(pcm) >= AUDIBLE)
        if not self._has_begun:
            head = int(audible[0]) if len(audible) else len(pcm)
            cut = max(0, head - self._margin)
            self._cut += cut
            pcm, audible = pcm[cut:], audible - cut
            self._has_begun = len(audible) > 0
        end = int(audible[-1]) + 1 if len(audible) else 0
        self._held = pcm[end:]
        if not self._has_begun:
            return Sound(pcm=pcm[:end])
        return Sound(pcm=pcm[:end], words=self._take_words(), phonemes=self._take_phonemes())

    def finish(self, pause_s: float) -> Sound:
        """The tail: silence of that length, or nothing if no piece was audible."""
        words, phonemes = self._take_words(), self._take_phonemes()
        if not self._has_begun:
            return Sound(pcm=_NOTHING, words=words)
        missing = max(0, round(pause_s * self._rate_hz) - len(self._held))
        tail = np.concatenate((self._held, np.zeros(missing, np.float32)))
        return Sound(pcm=tail[: round(pause_s * self._rate_hz)], words=words, phonemes=phonemes)

    def _take_words(self) -> tuple[SpokenWord, ...]:
        words, self._words = self._words, ()
        return tuple(
            SpokenWord(offset=word.offset, start_s=self._kept_s(word.start_s)) for word in words
        )

    def _take_phonemes(self) -> tuple[Phoneme, ...]:
        """Of several that begin at one time, those cut off at the head among them, the last."""
        phonemes, self._phonemes = self._phonemes, ()
        kept = {self._kept_s(phoneme.start_s): phoneme.ipa for phoneme in phonemes}
        return tuple(Phoneme(ipa=ipa, start_s=start_s) for start_s, ipa in kept.items())

    def _kept_s(self, start_s: float) -> float:
        return max(0.0, start_s - self._cut / self._rate_hz)


def pause_after(text: str, *, sentence_s: float, clause_s: float) -> float:
    """Seconds of silence that belong after a piece of speech, by its last punctuation mark."""
    ends_sentence = text.rstrip(f"{CLOSERS} ").endswith(tuple(TERMINATORS))
    return sentence_s if ends_sentence else clause_s
