"""When each word of a sentence is spoken, as far as its sound is known."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise

import msgspec
import numpy as np

from gateway.words import split_words
from shared.audio import PACKET_S
from shared.messages import MouthShape, SpeechChunk, SpokenWord
from shared.writing import is_unspaced

_DIGIT_LETTERS = 4
"""A digit is a word when spoken."""
_UNSPACED_LETTERS = 3
"""A kana or Chinese character is a syllable or more."""


class SentenceSound(msgspec.Struct, frozen=True):
    """The sound of a sentence as far as it is known, from its start without a gap."""

    packets: int = 0
    words: tuple[SpokenWord, ...] = ()
    mouth_shapes: tuple[MouthShape, ...] = ()
    is_whole: bool = False

    @property
    def length_s(self) -> float:
        """Seconds that are known."""
        return self.packets * PACKET_S

    def and_then(self, chunk: "SentenceSound") -> "SentenceSound":
        """The sound with its next chunk."""
        return SentenceSound(
            packets=self.packets + chunk.packets,
            words=self.words + chunk.words,
            mouth_shapes=self.mouth_shapes + chunk.mouth_shapes,
            is_whole=chunk.is_whole,
        )


def of_chunk(chunk: SpeechChunk) -> SentenceSound:
    """What is known by one chunk alone."""
    return SentenceSound(len(chunk.packets), chunk.words, chunk.mouth_shapes, chunk.is_last)


class WordTime(msgspec.Struct, frozen=True):
    """A word in the sound of its sentence."""

    text: str
    """With the white space before it and its punctuation."""
    start_s: float
    end_s: float


def word_times(text: str, sound: SentenceSound, pace_s: float) -> list[WordTime]:
    """The sentence's words; by their times where the engine gives them, else by their letters.

    Of a sentence that is not whole, the words that its engine has not told of come after all that
    is known, and are left out. Without words its length is estimated: `pace_s` for each letter.
    """
    words = split_words(text)
    length_s, paced_s = sound.length_s, 0.0
    if not sound.is_whole and sound.words:
        words = [word for word, at in _places(words) if at <= sound.words[-1].offset]
        paced_s = sound.words[-1].start_s + letters("".join(words[-1:])) * pace_s
    elif not sound.is_whole:
        paced_s = letters(text) * pace_s
    times = _times(words, sound.words, max(length_s, paced_s))
    return [
        WordTime(word, start_s, end_s)
        for word, (start_s, end_s) in zip(words, pairwise(times), strict=True)
    ]


def letters(text: str) -> int:
    """How long a text takes to say, in letters."""
    return sum(map(_letters, text))


def _times(words: Sequence[str], spoken: Iterable[SpokenWord], length_s: float) -> list[float]:
    """When each word begins, and when the last one ends, in seconds of the sentence's sound.

    Where several spoken words make one written word ("42"), the first begins it.
    """
    text = "".join(words)
    reach = [0, *accumulate(map(_letters, text))]
    marks = [(0, 0.0)]
    for word in spoken:
        is_behind = marks[-1][0] < reach[min(word.offset, len(text))] < reach[-1]
        if is_behind and marks[-1][1] <= word.start_s <= length_s:
            marks.append((reach[word.offset], word.start_s))
    marks.append((reach[-1], length_s))
    begins = [reach[at] for _, at in _places(words)]
    known, known_s = [place for place, _ in marks], [time_s for _, time_s in marks]
    times: list[float] = np.interp([*begins, reach[-1]], known, known_s).tolist()
    return times


def _places(words: Iterable[str]) -> Iterator[tuple[str, int]]:
    """Each word and where it begins, white space skipped."""
    end = 0
    for word in words:
        end += len(word)
        yield word, end - len(word.lstrip())


def _letters(char: str) -> int:
    """How long a character takes to say, in letters; a space is a breath, and counts."""
    if char.isdigit():
        return _DIGIT_LETTERS
    return _UNSPACED_LETTERS if is_unspaced(char) else 1
