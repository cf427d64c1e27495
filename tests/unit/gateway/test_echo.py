"""What is an echo of the loudspeaker, and what a person says."""

import pytest

from gateway.echo import echo_verdict, is_echo

PARIS = "Paris is the capital of France. It lies on the river Seine, in the north of the country."
SKY = "The sky is blue because air scatters short waves of light more than long ones."
TEA = "Would you like tea or coffee? I can also make you a sandwich if you are hungry."
STORY = (
    "Once upon a time there was a little girl who lived in a small house at the edge of the forest."
    " Every morning she walked to the village to buy bread for her grandmother, and on her way she"
    " sang to the birds. One day a wolf heard her song and followed her between the trees."
)
GERMAN = "Die Donau entspringt im Schwarzwald und mündet nach langem Weg ins Schwarze Meer."
CHINESE = "北京是中国的首都，也是一座历史悠久的城市。"

ECHOES = [
    ("Paris is the capital of France.", PARIS),
    ("paris is the capital of france", PARIS),
    ("the capital of France", PARIS),
    ("The captain of France. It lies", PARIS),
    ("it lies on the river sane in the north", PARIS),
    ("ital of France. It lies on the river", PARIS),
    ("Seine, in the north of the count", PARIS),
    ("the river Seine", PARIS),
    ("Paris", PARIS),
    ("of the country", PARIS),
    ("The sky is blue because the air scatters short waves.", SKY),
    ("Because air scatter short waves of flight more than long once.", SKY),
    ("blue because air", SKY),
    ("more than long ones", SKY),
    ("there was a little girl who lived in a small house at the hedge of the forest", STORY),
    ("she walked to the village to by bread for a grandmother and on her way she sang", STORY),
    ("a wolf hurt her song and follow her between the trees", STORY),
    ("up on a time there was a little girl", STORY),
    ("Die Donau entspringt im Schwarzwald", GERMAN),
    ("und mundet nach langem Weg ins schwarze Mehr", GERMAN),
    ("中国的首都", CHINESE),
    ("也是一座历史优久的城市", CHINESE),
]
PEOPLE = [
    ("What is the capital of Spain?", PARIS),
    ("What is the capital?", PARIS),
    ("Is the capital of France really Paris?", PARIS),
    ("No, the capital of France is Lyon.", PARIS),
    ("Wait, the capital of France?", PARIS),
    ("No, the capital of France", PARIS),
    ("And the river?", PARIS),
    ("Stop.", PARIS),
    ("Stop it.", PARIS),
    ("Pariss", PARIS),
    ("France Paris", PARIS),
    ("Tell me something about the river Rhine instead.", PARIS),
    ("Why is the sky blue?", SKY),
    ("But why are sunsets red?", SKY),
    ("How long are the waves of red light?", SKY),
    ("I would like some coffee, please.", TEA),
    ("Coffee, please.", TEA),
    ("Can you make me a sandwich with cheese?", TEA),
    ("Who was the girl?", STORY),
    ("Can you tell me a different story without a wolf in it", STORY),
    ("That is a nice story, but I have to go to bed now and sleep", STORY),
    ("Wie lang ist die Donau?", GERMAN),
    ("那上海呢", CHINESE),
    ("中国有多少人口", CHINESE),
    ("", PARIS),
    ("...", PARIS),
    ("Hello there.", ""),
]


@pytest.mark.parametrize(("heard", "playing"), ECHOES)
def test_what_is_played_is_an_echo_though_it_was_misheard(heard: str, playing: str) -> None:
    assert is_echo(heard, playing)


@pytest.mark.parametrize(("heard", "playing"), PEOPLE)
def test_what_a_person_says_is_none_though_it_shares_words(heard: str, playing: str) -> None:
    assert not is_echo(heard, playing)


def test_words_of_a_person_behind_an_echo_make_it_none() -> None:
    assert not is_echo("Paris is the capital of France. Stop, please stop talking.", PARIS)


def test_only_what_was_played_last_counts() -> None:
    assert not is_echo("once upon a time there was", STORY + " and so on" * 300)
    assert is_echo("between the trees", "and so on " * 300 + STORY)


@pytest.mark.parametrize(
    ("likeness", "heard_s", "is_expected", "verdict"),
    [
        (0.9, 0.2, False, "echo"),
        (0.8, 0.2, False, "unsure"),
        (0.8, 0.2, True, "echo"),
        (0.65, 0.6, False, "echo"),
        (0.55, 0.6, True, "echo"),
        (0.55, 1.5, False, "echo"),
        (0.3, 0.2, False, "unsure"),
        (0.3, 0.5, True, "other"),
        (1.0, 0.1, False, "unsure"),
    ],
)
def test_the_more_sound_the_less_likeness_makes_an_echo(
    likeness: float, heard_s: float, is_expected: bool, verdict: str
) -> None:
    assert echo_verdict(likeness, heard_s, is_expected=is_expected) == verdict
