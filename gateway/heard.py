"""What of a reply was heard: its text up to a place in its sound."""

from collections.abc import Iterable, Sequence
from itertools import takewhile

from gateway.word_times import SentenceSound, WordTime, letters, of_chunk, word_times
from shared.audio import PACKET_S
from shared.messages import MouthShape, SpeechChunk

MOST = 0.6
"""Share of a word's time after which it was heard: the rest is mostly its ending or a pause."""
PACE_S = 1 / 15
"""Seconds a letter takes at speed 1: about 150 English words a minute, spaces counted."""

_PRIOR_LETTERS = 30
"""A reply's own pace counts as much as PACE_S once so many of its letters were heard."""


class SpokenReply:
    """The sound of one reply without the sound itself: how long each sentence is, and its words.

    `speed` is the rate of speech asked for; it only matters while a sentence's sound is not whole
    and its engine gives no words.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._pace_s = PACE_S / speed
        self._waiting: dict[tuple[int, int], SentenceSound] = {}
        self._sounds = [SentenceSound()]
        self._chunk = 0

    @property
    def length_s(self) -> float:
        """Seconds of sound known from the start of the reply without a gap."""
        return sum(sound.packets for sound in self._sounds) * PACKET_S

    def note(self, chunk: SpeechChunk) -> None:
        """Learn of a chunk; in any order, repeats do no harm."""
        key = (chunk.sentence, chunk.index)
        if key >= (len(self._sounds) - 1, self._chunk):
            self._waiting[key] = of_chunk(chunk)
        while (known := self._waiting.pop((len(self._sounds) - 1, self._chunk), None)) is not None:
            self._sounds[-1] = self._sounds[-1].and_then(known)
            self._chunk += 1
            if known.is_whole:
                self._sounds.append(SentenceSound())
                self._chunk = 0

    def word_times(self, sentence: int, before: str, text: str) -> list[WordTime]:
        """The words of a sentence as far as its sound is known, timed from the sentence's start.

        `before` is the reply's text up to it.
        """
        if sentence >= len(self._sounds):
            return []
        length_s = sum(sound.length_s for sound in self._sounds[:sentence])
        return word_times(text, self._sounds[sentence], self._pace_after(before, length_s))

    def mouth_shapes(self, sentence: int) -> tuple[MouthShape, ...]:
        """How the mouth moves in a sentence, as far as its sound is known."""
        return self._sounds[sentence].mouth_shapes if sentence < len(self._sounds) else ()

    def heard(self, sentences: Sequence[str], position_s: float) -> str:
        """The text heard once the reply's sound was played for `position_s` seconds.

        Cut between words by their times, where the engine gives them, else in proportion of
        letters; never within a word, or within a character where words have no spaces. White
        space at the end is left out. A position beyond the known sound counts as its end.
        """
        heard, left_s = "", position_s
        for text, sound in zip(sentences, self._sounds, strict=False):
            if left_s <= 0:
                break
            if not sound.is_whole or left_s < sound.length_s:
                pace_s = self._pace_after(heard, position_s - left_s)
                words = word_times(text, sound, pace_s)
                heard += _begun(words, min(left_s, sound.length_s))
                break
            heard += text
            left_s -= sound.length_s
        return heard.rstrip()

    def _pace_after(self, text: str, length_s: float) -> float:
        """Seconds for each letter, from what was expected and from what the voice really took."""
        said = letters(text)
        return (_PRIOR_LETTERS * self._pace_s + length_s) / (_PRIOR_LETTERS + said)


def _begun(words: Iterable[WordTime], played_s: float) -> str:
    """The words heard of a sentence that was played up to a place in its middle."""
    return "".join(word.text for word in takewhile(lambda word: _is_heard(word, played_s), words))


def _is_heard(word: WordTime, played_s: float) -> bool:
    return played_s >= word.start_s + MOST * (word.end_s - word.start_s)
