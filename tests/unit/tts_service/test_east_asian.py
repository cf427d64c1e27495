"""Japanese, Chinese and Korean made speakable, without English words and without odd gaps."""

import re

import pytest

from tts_service.speakable import speakable

CASES = [
    (
        "## 今日の予定\n- 買い物\n- ３０％オフの１２㎏の米",
        "ja",
        "今日の予定。 買い物。 30パーセントオフの12キログラムの米",
    ),
    ("気温は２５℃〜３０℃です。", "ja", "気温は25度から30度です。"),
    ("東京〜大阪、100～200円", "ja", "東京から大阪、100から200円"),
    ("そうですね〜", "ja", "そうですねー"),
    ("ジョン・スミスさん", "ja", "ジョン スミスさん"),
    ("・りんご\n・みかん", "ja", "りんご。 みかん"),
    ("価格は¥1,200か$5です。", "ja", "価格は1,200円か5ドルです。"),
    ("時速60 km/hで5kmを走る", "ja", "時速60キロメートル毎時で5キロメートルを走る"),
    ("-5度、2024-12-05", "ja", "マイナス5度、2024-12-05"),
    ("A&B、1 + 1 = 2", "ja", "AアンドB、1プラス1イコール2"),
    ("**重要**：`foo`を使う 😀", "ja", "重要：fooを使う"),
    ("https://example.com/a を見て", "ja", "example.com を見て"),
    ("ｶﾀｶﾅ ①", "ja", "カタカナ 1"),
    ("本 | 猫", "ja", "本、 猫"),
    ("「はい」\n次", "ja", "「はい」。 次"),
    ("占１２％，25℃，¥5。", "zh", "占百分之12，25摄氏度，5元。"),
    ("3~5公里", "yue", "3到5公里"),
    ("12% 할인, 5km", "ko", "12 퍼센트 할인, 5 킬로미터"),
    ("- 네\n- ₩5,000", "ko", "네. 5,000원"),
    ("HTML5 msg", "ja", "HTML5 msg"),
]


@pytest.mark.parametrize(("text", "language", "spoken"), CASES)
def test_signs_are_said_in_the_language(text: str, language: str, spoken: str) -> None:
    assert speakable(text, language).text == spoken


@pytest.mark.parametrize("language", ["ja", "zh", "ko", "de", "ru", "hi", "th", "ar"])
def test_no_english_word_gets_into_another_language(language: str) -> None:
    signs = "5 % & 6 @ 7 # 8 + 9 = 10 × 11 ÷ 12 ± 13 ≈ 14 ≤ 15 → √ ∞ § ¶ ^ $ 5 € 6 °C 5 km/h ½ 3/4"
    said = speakable(signs, language).text
    assert re.findall(r"[A-Za-z]{3,}", said) == []


def test_words_point_into_the_text_as_it_was_written() -> None:
    text = "**今日**は３０％です。"
    spoken = speakable(text, "ja")
    assert spoken.text == "今日は30パーセントです。"
    assert spoken.origin(spoken.text.index("今日")) == text.index("今日")
    assert spoken.origin(spoken.text.index("30")) == text.index("３０")
    assert spoken.origin(spoken.text.index("パーセント") + 2) == text.index("％")
    assert spoken.origin(spoken.text.index("です")) == text.index("です")
