"""How Japanese text is read to a voice that knows kana alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tts_service.engines.japanese_reading import JapaneseReader


@pytest.fixture(scope="module")
def reader() -> JapaneseReader:
    return JapaneseReader()


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("今日は天気がいいですね。", "キョーワ テンキガ イイデスネ。"),
        ("「はい」と言った。", "「ハイ」ト イッタ。"),
        ("2024年、100円です。", "2024ネン、100エンデス。"),
        ("1.5リットル", "1.5リットル"),
        ("東京へ行こう", "トーキョーエ イコー"),
        ("AWSのLambda", "AWSノ Lambda"),
        ("カタカナ ひらがな", "カタカナ ヒラガナ"),
        ("鬱", "鬱"),
        ("", ""),
    ],
)
def test_chinese_characters_and_particles_become_kana(
    reader: JapaneseReader, text: str, reading: str
) -> None:
    assert reader.read(text).text == reading


def test_a_place_in_the_reading_leads_to_its_word_in_the_text(reader: JapaneseReader) -> None:
    text = "今日は天気がいい。"
    reading = reader.read(text)
    places = [reading.origin(reading.text.index(word)) for word in ("キョー", "テンキ", "イイ")]
    assert places == [text.index(word) for word in ("今日", "天気", "いい")]
    assert reading.origin(reading.text.index("ンキ")) == text.index("天気")


def test_of_nothing_every_place_is_the_beginning(reader: JapaneseReader) -> None:
    assert reader.read("").origin(3) == 0


def test_a_long_text_keeps_its_places(reader: JapaneseReader) -> None:
    text = "今日は天気がいい。\n" * 300
    reading = reader.read(text)
    assert reading.text.count("\n") == 300
    assert [text[start : start + 2] for _, start in reading.starts].count("今日") == 300


@given(st.text("今日天気漢字の はをがb10３ｱｶﾞー。、\n\0🎉\u200d\ud800㎏々ヶ한กा", max_size=60))
def test_whatever_is_written_has_its_places_in_order(reader: JapaneseReader, text: str) -> None:
    reading = reader.read(text)
    assert reading == reader.read(text)
    origins = [reading.origin(offset) for offset in range(len(reading.text) + 1)]
    assert origins == sorted(origins)
    assert 0 <= origins[-1] <= len(text)
