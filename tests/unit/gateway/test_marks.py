"""Words and mouth shapes told in step with the sound."""

from collections.abc import Sequence
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from talk import Talk, said, speech

from gateway.events import ItemAdded
from gateway.heard import SpokenReply
from gateway.marks import Marker
from gateway.notices import Notice, ReplyAudio, ReplyMarks, WordMark
from gateway.playout import Playout, Released
from shared.audio import PACKET_S
from shared.messages import MouthShape, ReplyOptions, SpeechChunk, SpokenWord

MARKED = ReplyOptions(has_marks=True)
TEXTS = ("Well, yes.", " It is 42 meters high.", " 東京です。", " 🎉", " Bye.")


class Player:
    """A reply whose sound is released as it comes, and its marks with it."""

    def __init__(self, texts: Sequence[str] = TEXTS) -> None:
        self._texts = texts
        self._playout = Playout(ahead_s=1.0, most_packets=100_000)
        self._spoken = SpokenReply()
        self._marker = Marker(1)
        self._now = 0.0
        self._released = 0
        self.marks: list[tuple[float, float, ReplyMarks]] = []
        """With the piece of the reply's sound that each came with, in seconds."""

    def take(self, chunk: SpeechChunk, wait_s: float = 0.0) -> None:
        self._spoken.note(chunk)
        self._playout.add(chunk)
        self._now += wait_s
        self.release()

    def release(self) -> None:
        for piece in self._playout.release(self._now):
            self._mark(piece)

    def play(self) -> None:
        """Until nothing is left."""
        while (at := self._playout.next_release_at()) is not None:
            self._now = max(self._now, at) + 0.001
            self.release()

    def _mark(self, piece: Released) -> None:
        start_s = self._released * PACKET_S
        self._released += len(piece.packets)
        marks = self._marker.mark(piece, self._texts[piece.sentence], self._spoken)
        if marks is not None:
            self.marks.append((start_s, self._released * PACKET_S, marks))

    @property
    def words(self) -> list[WordMark]:
        return [word for _, _, marks in self.marks for word in marks.words]

    @property
    def shapes(self) -> list[MouthShape]:
        return [shape for _, _, marks in self.marks for shape in marks.mouth_shapes]


def chunk(
    sentence: int, index: int, packets: int, *, is_last: bool, words: Sequence[SpokenWord] = ()
) -> SpeechChunk:
    sound = speech(1, sentence, index, packets, is_last=is_last)
    return msgspec.structs.replace(sound, words=tuple(words))


def test_words_lie_where_the_engine_says() -> None:
    player = Player(["One two.", " Three."])
    words = SpokenWord(offset=0, start_s=0.0), SpokenWord(offset=4, start_s=0.3)
    player.take(chunk(0, 0, 30, is_last=True, words=words))
    player.take(chunk(1, 0, 20, is_last=True, words=[SpokenWord(offset=1, start_s=0.1)]))
    player.play()
    places = [(word.text, word.offset) for word in player.words]
    assert places == [("One", 0), ("two.", 4), ("Three.", 9)]
    assert [word.start_s for word in player.words] == pytest.approx([0.0, 0.3, 0.7])


def test_words_are_estimated_where_the_engine_says_nothing() -> None:
    player = Player(["aaaa bbbb"])
    player.take(chunk(0, 0, 45, is_last=True))
    player.play()
    assert [word.start_s for word in player.words] == pytest.approx([0.0, 0.5])


def test_a_word_is_told_with_its_sound_and_not_before() -> None:
    player = Player(["One two."])
    player.take(chunk(0, 0, 4, is_last=False, words=[SpokenWord(offset=0, start_s=0.0)]))
    assert [word.text for word in player.words] == ["One"]
    player.take(chunk(0, 1, 20, is_last=True, words=[SpokenWord(offset=4, start_s=0.3)]))
    assert [word.text for word in player.words] == ["One", "two."]


def test_mouth_shapes_count_from_the_start_of_the_reply() -> None:
    player = Player(["Mama.", " Mama."])
    for sentence in (0, 1):
        shapes = (
            MouthShape(shape="PP", start_s=0.0),
            MouthShape(shape="aa", start_s=0.1),
            MouthShape(shape="sil", start_s=0.4),
        )
        sound = chunk(sentence, 0, 20, is_last=True)
        player.take(msgspec.structs.replace(sound, mouth_shapes=shapes))
    player.play()
    assert [shape.shape for shape in player.shapes] == ["PP", "aa", "sil"] * 2
    times = [shape.start_s for shape in player.shapes]
    assert times == pytest.approx([0, 0.1, 0.4, 0.4, 0.5, 0.8])


@given(st.data())
def test_marks_are_whole_in_order_and_never_behind_their_sound(data: st.DataObject) -> None:
    player = Player()
    knows_words = data.draw(st.booleans())
    for sentence, text in enumerate(TEXTS):
        sizes = data.draw(st.lists(st.integers(0, 20), min_size=1, max_size=6))
        length_s = sum(sizes) * PACKET_S
        starts = [at for at in range(len(text)) if at == 0 or text[at - 1] == " "]
        spoken = [SpokenWord(offset=at, start_s=length_s * at / len(text)) for at in starts]
        end_s = 0.0
        for index, size in enumerate(sizes):
            begin_s, end_s = end_s, end_s + size * PACKET_S
            words = [word for word in spoken if begin_s <= word.start_s < end_s]
            sound = chunk(
                sentence,
                index,
                size,
                is_last=index == len(sizes) - 1,
                words=words if knows_words else (),
            )
            player.take(sound, wait_s=data.draw(st.sampled_from([0.0, 0.05, 0.5])))
    player.play()
    whole = "".join(TEXTS)
    assert "".join(word.text for word in player.words) == whole.replace(" ", "")
    assert all(whole[word.offset :].startswith(word.text) for word in player.words)
    starts_s = [word.start_s for word in player.words]
    assert all(after >= before - 1e-9 for before, after in pairwise(starts_s))
    for begin_s, end_s, marks in player.marks:
        assert all(begin_s - 1e-9 <= word.start_s <= end_s + 1e-9 for word in marks.words)


# In a conversation


def kinds(notices: Sequence[Notice]) -> list[type[Notice]]:
    return [type(notice) for notice in notices]


def test_marks_come_right_before_their_sound_for_who_wants_them() -> None:
    talk = Talk()
    talk.hear(ItemAdded(said=said("user", "Hi.")))
    talk.ask(MARKED)
    told = talk.answer(1, "Yes.")
    assert kinds(told).index(ReplyMarks) == kinds(told).index(ReplyAudio) - 1
    (marks,) = talk.told(ReplyMarks)
    assert marks.words == (WordMark(text="Yes.", offset=0, start_s=0.0),)


def test_who_does_not_want_marks_gets_none() -> None:
    talk = Talk()
    talk.write()
    talk.answer(1)
    assert talk.told(ReplyAudio)
    assert not talk.told(ReplyMarks)
