"""Packets of a sentence, cut into chunks: a short first one, then longer ones."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

from shared.audio import PACKET_S
from shared.messages import MouthShape, Sentence, SpeechChunk, SpokenWord

SIZES = (4, 10)
"""Packets of the first chunks: 80 ms, so that sound begins early, then 200 ms."""
LATER_SIZE = 20
"""Packets of all further chunks: 400 ms."""

M = TypeVar("M", SpokenWord, MouthShape)


def chunk_size(index: int) -> int:
    """How many packets a chunk has, unless it is the last."""
    return SIZES[index] if index < len(SIZES) else LATER_SIZE


class Chunks:
    """Cuts by number of packets alone: the same sound is always cut at the same places.

    Packets that `published` chunks already carry are left out, and the numbering goes on.
    """

    def __init__(self, sentence: Sentence, published: Sequence[SpeechChunk] = ()) -> None:
        self._sentence = sentence
        self._index = len(published)
        self._start = self._to_skip = sum(len(chunk.packets) for chunk in published)
        self._resumed_s = self._start * PACKET_S
        self._packets: list[bytes] = []
        self._words: list[SpokenWord] = []
        self._shapes: list[MouthShape] = []

    def add(
        self,
        packets: Sequence[bytes],
        words: Iterable[SpokenWord] = (),
        shapes: Iterable[MouthShape] = (),
    ) -> list[SpeechChunk]:
        """The chunks that are now whole.

        Words and mouth shapes come no later than the packet they begin in.
        """
        self._words += [word for word in words if word.start_s >= self._resumed_s]
        self._shapes += [shape for shape in shapes if shape.start_s >= self._resumed_s]
        skipped = min(self._to_skip, len(packets))
        self._to_skip -= skipped
        self._packets += packets[skipped:]
        whole = []
        while len(self._packets) >= chunk_size(self._index):
            whole.append(self._cut(chunk_size(self._index)))
        return whole

    def finish(self) -> SpeechChunk:
        """The last chunk: what is left, also if that is nothing."""
        return self._cut(len(self._packets), is_last=True)

    def _cut(self, size: int, *, is_last: bool = False) -> SpeechChunk:
        end_s = (self._start + size) * PACKET_S
        words, self._words = _split(self._words, end_s, is_last=is_last)
        shapes, self._shapes = _split(self._shapes, end_s, is_last=is_last)
        chunk = SpeechChunk(
            session=self._sentence.session,
            turn=self._sentence.turn,
            sentence=self._sentence.index,
            index=self._index,
            packets=tuple(self._packets[:size]),
            is_last=is_last,
            words=words,
            mouth_shapes=tuple(_until(shape, end_s) for shape in shapes),
        )
        self._packets = self._packets[size:]
        self._start += size
        self._index += 1
        return chunk


def _split(marks: list[M], end_s: float, *, is_last: bool) -> tuple[tuple[M, ...], list[M]]:
    """Those that begin before that time, all of them in the last chunk; and the others."""
    now = tuple(mark for mark in marks if is_last or mark.start_s < end_s)
    return now, [mark for mark in marks if not is_last and mark.start_s >= end_s]


def _until(shape: MouthShape, end_s: float) -> MouthShape:
    """The mouth closes with the sound's end, though the engine's own silence was longer."""
    return msgspec.structs.replace(shape, start_s=min(shape.start_s, end_s))
