"""A text read aloud: sentences given out a few ahead, their sound put in order."""

from collections.abc import Iterator, Sequence

from shared.messages import SpeechChunk

AHEAD = 4
"""Sentences that are in work at once: workers speak them side by side, and no more of them wait
than a client that leaves would waste."""


class Recital:
    """The sentences of one text by number, and the chunks of their sound."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self._pieces = pieces
        self._given = 0
        self._sentence = 0
        self._chunk = 0
        self._waiting: dict[tuple[int, int], SpeechChunk] = {}

    @property
    def is_done(self) -> bool:
        """Whether the sound of all sentences was handed out."""
        return self._sentence == len(self._pieces)

    def due(self) -> Iterator[tuple[int, str]]:
        """Number and text of the sentences that are to be spoken now."""
        while self._given < min(self._sentence + AHEAD, len(self._pieces)):
            self._given += 1
            yield self._given - 1, self._pieces[self._given - 1]

    def add(self, chunk: SpeechChunk) -> Iterator[SpeechChunk]:
        """The chunks that are next in order, now that this one has come; repeats are dropped."""
        if self._sentence <= chunk.sentence < self._given:
            self._waiting[chunk.sentence, chunk.index] = chunk
        while (following := self._waiting.pop((self._sentence, self._chunk), None)) is not None:
            if following.is_last:
                self._sentence, self._chunk = self._sentence + 1, 0
            else:
                self._chunk += 1
            yield following
