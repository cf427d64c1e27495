"""Packets cut into chunks."""

from shared.audio import PACKET_S
from shared.messages import MouthShape, Sentence, SpeechChunk, SpokenWord
from tts_service.chunks import LATER_SIZE, SIZES, Chunks, chunk_size

SENTENCE = Sentence(session="s", turn=3, gateway="g", deadline_s=0, index=7, text="Hello.")
PACKETS = [bytes([number]) for number in range(61)]


def cut(
    packets: list[bytes],
    step: int,
    words: tuple[SpokenWord, ...] = (),
    shapes: tuple[MouthShape, ...] = (),
) -> list[SpeechChunk]:
    chunks = Chunks(SENTENCE)
    made = chunks.add([], words, shapes)
    for start in range(0, len(packets), step):
        made += chunks.add(packets[start : start + step])
    return [*made, chunks.finish()]


def test_the_first_chunk_is_short_and_later_ones_are_longer() -> None:
    sizes = [len(chunk.packets) for chunk in cut(PACKETS, 1)]
    assert sizes == [*SIZES, LATER_SIZE, LATER_SIZE, 61 - sum(SIZES) - 2 * LATER_SIZE]
    assert chunk_size(0) <= 5


def test_the_cuts_do_not_depend_on_how_packets_arrive() -> None:
    assert cut(PACKETS, 1) == cut(PACKETS, 7) == cut(PACKETS, 61)


def test_chunks_belong_to_their_sentence_and_are_numbered() -> None:
    made = cut(PACKETS, 5)
    assert {(chunk.session, chunk.turn, chunk.sentence) for chunk in made} == {("s", 3, 7)}
    assert [chunk.index for chunk in made] == list(range(len(made)))
    assert [chunk.is_last for chunk in made] == [False] * (len(made) - 1) + [True]


def test_nothing_to_say_is_one_last_chunk() -> None:
    assert cut([], 1) == [
        SpeechChunk(session="s", turn=3, sentence=7, index=0, packets=(), is_last=True)
    ]


def test_a_word_is_in_the_chunk_in_which_it_begins() -> None:
    words = tuple(SpokenWord(offset=n, start_s=s) for n, s in enumerate((0, 0.079, 0.08, 0.3, 9)))
    made = cut(PACKETS, 4, words)
    assert [[word.offset for word in chunk.words] for chunk in made] == [[0, 1], [2], [3], [], [4]]


def test_a_mouth_shape_is_in_the_chunk_in_which_it_begins_and_the_last_ends_with_the_sound() -> (
    None
):
    shapes = tuple(MouthShape(shape="PP", start_s=start_s) for start_s in (0, 0.08, 0.3, 9))
    made = cut(PACKETS, 4, shapes=shapes)
    starts = [[shape.start_s for shape in chunk.mouth_shapes] for chunk in made]
    assert starts == [[0], [0.08], [0.3], [], [61 * PACKET_S]]


def test_what_was_published_is_left_out_and_the_rest_is_the_same() -> None:
    words = tuple(SpokenWord(offset=n, start_s=n / 10) for n in range(12))
    shapes = tuple(MouthShape(shape="aa", start_s=n / 25) for n in range(40))
    whole = cut(PACKETS, 3, words, shapes)
    for published in range(len(whole)):
        chunks = Chunks(SENTENCE, whole[:published])
        rest = chunks.add([], words, shapes)
        for start in range(0, len(PACKETS), 8):
            rest += chunks.add(PACKETS[start : start + 8])
        assert [*rest, chunks.finish()] == whole[published:]
