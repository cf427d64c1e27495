"""Ours: words and mouth shapes of a reply, in step with its sound."""

from msgspec import Struct

from gateway.notices import ReplyMarks
from gateway.protocols.realtime_server import ContentMessage
from gateway.protocols.turn_detection import milliseconds
from shared.messages import Viseme


class MarkedWord(Struct, frozen=True):
    """Where a word lies."""

    text: str
    offset: int
    """Characters from the start of the transcript."""
    start_ms: int
    """From the start of the item's sound."""


class MarkedShape(Struct, frozen=True):
    """What the mouth looks like from then on."""

    shape: Viseme
    start_ms: int
    """From the start of the item's sound."""


class AudioMarks(ContentMessage, frozen=True, kw_only=True, tag="response.output_audio.marks"):
    """What happens in the sound that follows."""

    words: tuple[MarkedWord, ...]
    mouth_shapes: tuple[MarkedShape, ...]


def write_marks(marks: ReplyMarks, response: str, item: str) -> AudioMarks:
    """Marks in the protocol's words."""
    return AudioMarks(
        response_id=response,
        item_id=item,
        words=tuple(
            MarkedWord(word.text, word.offset, milliseconds(word.start_s)) for word in marks.words
        ),
        mouth_shapes=tuple(
            MarkedShape(shape.shape, milliseconds(shape.start_s)) for shape in marks.mouth_shapes
        ),
    )
