"""What of a reply was heard: its text up to a place in its sound."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise, takewhile

import msgspec
import numpy as np

from gateway.words import split_words
from shared.audio import PACKET_S
from shared.messages import SpeechChunk, SpokenWord
from shared.writing import is_unspaced

MOST = 0.6
"""Share of a word's time after which it was heard: the rest is mostly its ending or a pause."""
PACE_S = 1 / 15
"""Seconds a letter takes at speed 1: about 150 English words a minute, spaces counted."""

_PRIOR_LETTERS = 30
"""A reply's own pace counts as much as PACE_S once so many of its letters were heard."""
_DIGIT_LETTERS = 4
"""A digit is a word when spoken."""
_UNSPACED_LETTERS = 3
"""A kana or Chinese character is a syllable or more."""


class _Sound(msgspec.Struct, frozen=True):
    """The sound of a sentence as far as it is known, from its start without a gap."""

    packets: int = 0
    words: tuple[SpokenWord, ...] = ()
    is_whole: bool = False

    @property
    def length_s(self) -> float:
        return self.packets * PACKET_S

    def and_then(self, chunk: "_Sound") -> "_Sound":
        return _Sound(self.packets + chunk.packets, self.words + chunk.words, chunk.is_whole)


class SpokenReply:
    """The sound of one reply without the sound itself: how long each sentence is, and its words.

    `speed` is the rate of speech asked for; it only matters while a sentence's sound is not whole
    and its engine gives no words.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._pace_s = PACE_S / speed
        self._waiting: dict[tuple[int, int], _Sound] = {}
        self._sounds = [_Sound()]
        self._chunk = 0

    @property
    def length_s(self) -> float:
        """Seconds of sound known from the start of the reply without a gap."""
        return sum(sound.packets for sound in self._sounds) * PACKET_S

    def note(self, chunk: SpeechChunk) -> None:
        """Learn of a chunk; in any order, repeats do no harm."""
        key = (chunk.sentence, chunk.index)
        if key >= (len(self._sounds) - 1, self._chunk):
            self._waiting[key] = _Sound(len(chunk.packets), chunk.words, chunk.is_last)
        while (known := self._waiting.pop((len(self._sounds) - 1, self._chunk), None)) is not None:
            self._sounds[-1] = self._sounds[-1].and_then(known)
            self._chunk += 1
            if known.is_whole:
                self._sounds.append(_Sound())
                self._chunk = 0

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
                heard += _begun(text, sound, min(left_s, sound.length_s), pace_s)
                break
            heard += text
            left_s -= sound.length_s
        return heard.rstrip()

    def _pace_after(self, text: str, length_s: float) -> float:
        """Seconds for each letter, from what was expected and from what the voice really took."""
        letters = sum(map(_letters, text))
        return (_PRIOR_LETTERS * self._pace_s + length_s) / (_PRIOR_LETTERS + letters)


def _begun(text: str, sound: _Sound, played_s: float, pace_s: float) -> str:
    """The words heard of a sentence that was played up to a place in its middle.

    Of a sentence that is not whole, the words that its engine has not told of come after all that
    is known. Without words its length is estimated.
    """
    words = split_words(text)
    length_s, paced_s = sound.length_s, 0.0
    if not sound.is_whole and sound.words:
        words = [word for word, at in _places(words) if at <= sound.words[-1].offset]
        paced_s = sound.words[-1].start_s + sum(map(_letters, words[-1])) * pace_s
    elif not sound.is_whole:
        paced_s = sum(map(_letters, text)) * pace_s
    times = _times(words, sound.words, max(length_s, paced_s))
    spans = zip(words, pairwise(times), strict=True)
    heard = takewhile(lambda span: _is_heard(*span[1], played_s), spans)
    return "".join(word for word, _ in heard)


def _is_heard(start_s: float, end_s: float, played_s: float) -> bool:
    return played_s >= start_s + MOST * (end_s - start_s)


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
