"""Where a reply is cut: one case per line, `|` marking the cuts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.sentences import Limits, SentenceSplitter

WHOLE = Limits(opening_letters=0)
"""No opening: whole sentences only."""

SENTENCES = {
    "one": "Paris is in France.",
    "two": "Paris is big.| Rome is old.",
    "question": "Do you like it?| I do!| Good.",
    "run": "What?!| No way!!!| Yes.",
    "no capital": "it is late.| go to bed.",
    "newline": "One|\nTwo",
    "title": "Dr. Smith met Mrs. Jones.| They talked.",
    "e.g.": "Eat fruit, e.g. apples, i.e. Good ones.| Yes.",
    "etc.": "Dogs, cats etc. are animals.| So are cows.",
    "etc. last": "Dogs, cats, etc.| They are animals.",
    "U.S.": "The U.S. Government is in Washington, D.C.| It is big.",
    "U.S. last": "He lives in the U.S.| She does not.",
    "p.m.": "Come at 5 p.m. Friday or 6 p.m. on Monday.| Bye.",
    "p.m. last": "Come at 5 p.m.| We will wait.",
    "in brackets": "It starts late (9 p.m.) today.| Come.",
    "No. 5": "She wears No. 5 daily.| Nice.",
    "No!": "No.| I do not.",
    "figure": "See Fig. 2 and p. 7 there.| Good.",
    "initials": "J. R. R. Tolkien and George W. Bush met.| Ha.",
    "initial A": "A. A. Milne wrote it.| Yes.",
    "I": "So do I.| You know that.",
    "plan B": "Take plan B.| It is good.",
    "degree": "Jane Doe, Ph.D. of Yale, came.| She spoke.",
    "company": "Apple Inc. was founded by two.| Both were young.",
    "saint": "We saw St. Louis.| It was Main St.| The end.",
    "decimal": "Pi is 3.14 or so.| Really.",
    "thousands": "It has 1,000,000 or 1.000.000 people.| Wow.",
    "money": "It costs $5.00.| Not $3.50!",
    "year": "It was 1999.| Prices rose.",
    "small number": "She is 12.| He is 13.",
    "ordinal": "Am 3. Oktober ist frei.| Gut.",
    "time": "It is 10.30 now.| Go.",
    "percent": "It grew by 5.5%.| Good.",
    "url": "See https://example.com/a.b?c=d&e.f!g for it.| Bye.",
    "url last": "See www.example.com.| Bye.",
    "mail": "Write to jane.doe@mail.example.org today.| Thanks.",
    "file": "Open notes.txt or main.py.| Run it.",
    "version": "Take v1.2.3 not v1.2.| Good.",
    "node": "Node.js is fine.| So is ASP.NET.| Yes.",
    "ellipsis goes on": "Well... maybe so.| Fine.",
    "ellipsis ends": "I wonder...| Perhaps not.",
    "ellipsis sign": "Hm… maybe.| And…| Then.",
    "quotes": 'He said "Stop."| Then he left.',
    "curly quotes": "“Is it?”| “It is.”| Good.",
    "single quotes": "'Go.'| 'No!'| He went.",
    "brackets": "(It is true.)| [It is!]| Yes.",
    "bold": "**It is true.**| _Really._| `Yes.`| Ok.",
    "contraction": "It's the dogs'.| That's all.",
    "bullets": "Take:|\n- milk|\n- two eggs|\n* bread",
    "numbered": "Steps:|\n1. Mix it.| Well.|\n2. Bake it.|\n10) Eat.",
    "lettered": "a. first|\nb. second|\niv. fourth",
    "heading": "# Title|\n\nText here.| More.",
    "code": "Try:|\n```python\nx = 1. \nprint(x)\n```|\nDone.| Bye.",
    "rule": "One|\n\n---\n\nTwo",
    "paragraphs": "One.|\n\nTwo.|\n \nThree.",
    "chinese": "你好！|今天天气很好。|你呢？|好",
    "chinese quotes": "他说：“你好。”|然后他走了。|好",
    "japanese": "「行きます。」|はい。|2023年です。|ね",
    "japanese quote goes on": "彼は「行くよ。」と言った。|「え？」って。|「本当。」、そう。|はい",
    "japanese quote in a quote": "「『行く。』と言った。」|そう",
    "japanese full stops": "はい.|いいえ.|円周率は3.14です。|ね",
    "thai": "สวัสดีครับ วันนี้อากาศดีมาก เราไปเดินเล่น| ที่สวนสาธารณะ กันไหมครับ มีคนมากมายทุกวัน| เด็กๆ ชอบ",
    "thai and numbers": "ประเทศไทยมีประชากรประมาณเจ็ดสิบ 70 ล้านคน",
    "khmer": "ខ្ញុំ​ទៅ។|អ្នក​ទៅ",
    "full width": "価格は３．１４です．|はい",
    "half width stop": "はい｡|いいえ",
    "wide run": "真的吗？！|是。",
    "danda": "यह अच्छा है।| हाँ।।| ठीक",
    "arabic": "كيف حالك؟| أنا بخير.| شكرا",
    "urdu": "یہ ہے۔| ہاں",
    "korean": "네.| 좋아요.| 갑시다.",
    "russian": "Это А. С. Пушкин.| Он поэт, т. е. пишет.| Да.",
    "spanish": "¿Qué tal?| ¡Bien!| Gracias.",
    "emoji": "Great!| 😀 Yes.| Nice.😀👍🏽| Bye.",
    "emoji family": "Hi!👨‍👩‍👧| There.",
    "only signs": "... !!! ??? go.| Yes.",
    "not equal": "So a!=b and c?d:e hold.| Yes.",
}

OPENINGS = {
    "clause": "Plants make food through light,| a process that needs water, and air.| Good, yes.",
    "too few words": "Yes, certainly, dear friend,| I can.",
    "too few letters": "Oh, I, am, it, so, we, go,| and on.",
    "short sentence": "Sure!| Here is the whole list,| it is long, very long.| And more, yes.",
    "semicolon": "I know that one;| it is easy.",
    "colon": "Here are the steps:| mix, bake.| Eat, now.",
    "dash": "That is a great idea —| but hard.",
    "tight dash": "That is a great idea—|but hard.",
    "hyphen": "That is a great idea -| but well-known.",
    "range": "The years were 1999–2004 in all.",
    "number": "There are about 1,000,000 of them,| yes.",
    "clock": "The train leaves at 5:30 sharp,| I think.",
    "brackets": "The moon is 384,400 kilometers| (238,855 miles) from the earth (on average).",
    "brackets too soon": "Water (H2O) is made of hydrogen,| yes.",
    "quoted": '"That is really so,"| he said.',
    "conjunction": "The best way to learn a new language is to speak| and to listen.",
    "early conjunction": "Bread and butter and jam are good.",
    "ellipsis": "Let me think about it...| maybe so, then.",
    "chinese": "今天的天气很好，|我们去公园，好吗？|好。",
    "url": "Please see https://example.com/a,b;c:d for it.",
    "japanese": "今日の天気は、|とてもいいです、ね。|はい、そう。",
    "japanese too short": "はい、そうです。|ええ、とても。",
    "korean": "오늘 날씨가 정말 좋네요,| 그렇죠?",
    "thai": "วันนี้อากาศดีมากครับ| เราไปเดินเล่นกัน",
    "thai too short": "ครับ ไป ได้",
    "hindi": "आज मौसम बहुत अच्छा है,| चलो।| हाँ",
    "arabic": "الطقس جميل جدا اليوم،| أليس كذلك؟| نعم",
}

LONG = {
    "comma": "It is the first half, which is long,| and the second one is too",
    "conjunction": "One two three four five| and six seven eight nine",
    "space": "One two three four five six seven eight| nine ten",
    "chinese": "一二三四五六七八九十" * 2 + "，|" + "一二三四五六七八九十" * 2,
    "no space": "a" * 40 + "|" + "a" * 10,
    "thai": "ก" * 39 + "|เก" + "ก" * 10,
    "japanese": "あ" * 39 + "|きゃあ",
}
"""Cut at 40 characters."""


def split(text: str, limits: Limits, step: int = 10_000) -> list[str]:
    """The pieces of a text fed `step` characters at a time."""
    splitter = SentenceSplitter(limits)
    pieces = [
        piece
        for start in range(0, len(text), step)
        for piece in splitter.feed(text[start : start + step])
    ]
    return pieces + splitter.flush()


@pytest.mark.parametrize("step", [1, 2, 3, 7, 10_000])
@pytest.mark.parametrize("marked", SENTENCES.values(), ids=SENTENCES)
def test_sentences_are_cut_where_they_end(marked: str, step: int) -> None:
    assert split(marked.replace("|", ""), WHOLE, step) == marked.split("|")


@pytest.mark.parametrize("step", [1, 2, 5, 10_000])
@pytest.mark.parametrize("marked", OPENINGS.values(), ids=OPENINGS)
def test_the_reply_opens_with_a_clause(marked: str, step: int) -> None:
    assert split(marked.replace("|", ""), Limits(), step) == marked.split("|")


@pytest.mark.parametrize("step", [1, 3, 10_000])
@pytest.mark.parametrize("marked", LONG.values(), ids=LONG)
def test_a_sentence_too_long_is_broken_at_the_best_place(marked: str, step: int) -> None:
    limits = Limits(opening_letters=0, longest=40)
    assert split(marked.replace("|", ""), limits, step) == marked.split("|")


def test_thai_without_spaces_is_bounded_and_no_vowel_sign_is_torn_off() -> None:
    pieces = split("ที่นี่มีน้ำใจดีที่สุด" * 20, Limits(longest=40))
    assert all(0 < len(piece) <= 40 for piece in pieces)
    assert not any(piece[0] in "ิีึืุู่้๊๋็์ั" for piece in pieces)


def test_a_piece_comes_with_the_first_character_that_makes_it_certain() -> None:
    splitter = SentenceSplitter(WHOLE)
    assert splitter.feed("It is late.") == []
    assert splitter.feed(" ") == ["It is late."]
    assert splitter.feed("Is it?") == []
    assert splitter.feed("\n") == [" Is it?"]
    assert splitter.feed("是的。") == []
    assert splitter.feed("好") == ["\n是的。"]


def test_nothing_comes_of_nothing() -> None:
    splitter = SentenceSplitter(Limits())
    assert splitter.feed("") == []
    assert splitter.flush() == []


def test_a_reply_taken_over_goes_on_with_whole_sentences() -> None:
    rest = " a process that needs water, light and much air. Yes."
    taken_over = SentenceSplitter(Limits(), said="Plants make food through light,")
    assert taken_over.feed(rest) == [rest.removesuffix(" Yes.")]


def test_a_code_block_taken_over_is_not_cut_at_its_lines() -> None:
    taken_over = SentenceSplitter(WHOLE, said="Try:\n```python\nx = 1")
    assert taken_over.feed("\ny = 2\n```\nDone") == ["\ny = 2\n```"]


PROSE = st.lists(
    st.sampled_from(
        [
            "Dr.",
            "U.S.",
            "I",
            "word",
            "It",
            "3.14",
            "5.",
            "1.",
            "...",
            "…",
            "?",
            "!",
            ".",
            ",",
            ":",
            " ",
            " ",
            " ",
            "\n",
            '"',
            "”",
            ")",
            "```",
            "—",
            " - ",
            "and ",
            "。",
            "，",
            "好",
            "」",
            "．",
            "5",
            "😀",
            "\u200d",
            "ที่",
            "e.g.",
            "etc.",
            "No.",
            "the",
            "*",
            "https://a.b?c",
        ]
    ),
    max_size=60,
).map("".join)
SMALL = Limits(opening_words=2, opening_letters=6, unbroken=12, longest=30)


@settings(deadline=None)
@given(st.text() | PROSE)
def test_the_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(split(text, SMALL)) == text


@settings(deadline=None)
@given(st.text() | PROSE, st.integers(1, 9))
def test_portions_do_not_matter(text: str, step: int) -> None:
    assert split(text, SMALL, step) == split(text, SMALL)


@settings(deadline=None)
@given(st.text() | PROSE)
def test_no_piece_is_empty_or_too_long(text: str) -> None:
    assert all(0 < len(piece) <= SMALL.longest for piece in split(text, SMALL))


@settings(deadline=None)
@given(PROSE, st.integers(0, 5))
def test_taking_over_cuts_as_going_on_would_have(text: str, given_pieces: int) -> None:
    pieces = split(text, SMALL)
    said = "".join(pieces[:given_pieces])
    taken_over = SentenceSplitter(SMALL, said)
    rest = taken_over.feed(text[len(said) :])
    assert rest + taken_over.flush() == pieces[given_pieces:]
