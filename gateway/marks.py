"""What happens in a reply's sound, told with the sound: its words and the shapes of the mouth."""

from collections.abc import Iterator
from itertools import takewhile

from gateway.heard import SpokenReply
from gateway.notices import ReplyMarks, WordMark
from gateway.playout import Released
from shared.audio import PACKET_S
from shared.messages import MouthShape


class Marker:
    """Marks of one reply. Each is told once, and not after the packet in which it begins.

    Where times are estimates they change as more of a sentence becomes known: what is then found
    to lie behind us is told to begin now.
    """

    def __init__(self, reply: int) -> None:
        self._reply = reply
        self._text = ""
        """Of the sentences that were released to their end."""
        self._start_s = 0.0
        """Where the sentence that is being released begins in the reply's sound."""
        self._words = 0
        self._shapes = 0
        """How many of that sentence were told."""

    @property
    def told(self) -> tuple[int, int]:
        """How many words and shapes were told of the sentence that is being released."""
        return self._words, self._shapes

    def go_on(self, text: str, start_s: float, told: tuple[int, int]) -> None:
        """Another gateway has marked these sentences, and so much of the next, which begins there
        in the reply's sound."""
        self._text, self._start_s = text, start_s
        self._words, self._shapes = told

    def mark(self, piece: Released, text: str, spoken: SpokenReply) -> ReplyMarks | None:
        """What begins in a piece of a sentence with this text; none if nothing does."""
        marks = ReplyMarks(
            reply=self._reply,
            words=tuple(self._words_in(piece, text, spoken)),
            mouth_shapes=tuple(self._shapes_in(piece, spoken)),
        )
        self._words += len(marks.words)
        self._shapes += len(marks.mouth_shapes)
        if piece.is_last:
            self._text += text
            self._start_s += _end_s(piece)
            self._words = self._shapes = 0
        return marks if marks.words or marks.mouth_shapes else None

    def _words_in(self, piece: Released, text: str, spoken: SpokenReply) -> Iterator[WordMark]:
        end = len(self._text)
        for number, word in enumerate(spoken.word_times(piece.sentence, self._text, text)):
            end += len(word.text)
            if number < self._words:
                continue
            if not _is_due(word.start_s, piece):
                return
            said = word.text.strip()
            offset = end - len(word.text.lstrip())
            yield WordMark(text=said, offset=offset, start_s=self._placed(word.start_s, piece))

    def _shapes_in(self, piece: Released, spoken: SpokenReply) -> Iterator[MouthShape]:
        shapes = spoken.mouth_shapes(piece.sentence)[self._shapes :]
        for shape in takewhile(lambda shape: _is_due(shape.start_s, piece), shapes):
            yield MouthShape(shape=shape.shape, start_s=self._placed(shape.start_s, piece))

    def _placed(self, start_s: float, piece: Released) -> float:
        """The time in the reply's sound, within the piece."""
        first_s = piece.first_packet * PACKET_S
        return self._start_s + min(max(start_s, first_s), _end_s(piece))


def _is_due(start_s: float, piece: Released) -> bool:
    return piece.is_last or start_s < _end_s(piece)


def _end_s(piece: Released) -> float:
    """Where a piece ends in its sentence's sound."""
    return (piece.first_packet + len(piece.packets)) * PACKET_S
