"""Whether a transcript reads finished, in many languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.completeness import Completeness, completeness

FINISHED = [
    ("Yes.", ""),
    ("No.", ""),
    ("Stop.", ""),
    ("yes", ""),
    ("never mind", ""),
    ("Thank you very much.", ""),
    ("What is the capital of France?", ""),
    ("Turn on the kitchen lights.", ""),
    ("Turn the lights on!", "en"),
    ("What is it made of?", ""),
    ("Which one are you looking for?", "en"),
    ("I went to the shop and bought some milk.", ""),
    ("He said “I am done.”", ""),
    ("It is over. (I think)!", ""),
    ("If it rains, we stay at home.", ""),
    ("When does the train leave?", ""),
    ("Because of you, we are late.", "en"),
    ("I have two.", ""),
    ("I need one or two.", ""),
    ("It costs 10,000.", ""),
    ("It opens at 10:30.", ""),
    ("Is it 0 4 2?", ""),
    ("Wie spät ist es?", ""),
    ("Das ist mir egal.", ""),
    ("Mach bitte das Licht an.", ""),
    ("Dreh dich um.", ""),
    ("Kommst du, oder?", "de-DE"),
    ("J'habite à Lyon.", ""),
    ("Bien sûr", "fr"),
    ("¿Dónde está la estación?", ""),
    ("Para.", "es"),
    ("Vorrei un caffè.", ""),
    ("Queria um café, por favor.", ""),
    ("Hoe gaat het?", ""),
    ("Ik ga morgen naar huis.", "nl"),
    ("Я живу в Москве.", ""),
    ("今天天气怎么样？", ""),
    ("我在北京。", ""),
    ("東京に住んでいます。", ""),
    ("はい", "ja"),
    ("أين المحطة؟", ""),
    ("मैं दिल्ली में रहता हूँ।", "hi"),
    ("Πού είναι ο σταθμός;", "el"),
    ("Ես տանն եմ։", "hy"),
]
UNFINISHED = [
    ("I went to the shop and", ""),
    ("I went to the shop and.", ""),
    ("I was late because.", ""),
    ("I would like to,", ""),
    ("I would like to.", ""),
    ("I'd like to book a table for", "en"),
    ("Can you tell me the?", ""),
    ("What's the weather like in the", ""),
    ("And.", ""),
    ("Um,,", ""),
    ("What is it? Because.", ""),
    ("I was wondering.", ""),
    ("Um.", ""),
    ("Well, um...", ""),
    ("So I was thinking…", ""),
    ("I want the red one —", ""),
    ("I was just thin-", ""),
    ("First of all,", ""),
    ("There are three things:", ""),
    ("I'm.", ""),
    ("I should see Dr.", ""),
    ("Cats, dogs, e.g.", ""),
    ("It is good, such as.", ""),
    ("My number is 0 4 2", ""),
    ("My number is 0 4 2.", ""),
    ("My number is 0, 4, 2.", ""),
    ("My number is 0-4-2.", ""),
    ("It's zero four two.", ""),
    ("My number is zero, four, two.", ""),
    ("The code is 555 01.", ""),
    ("Ich war einkaufen und.", ""),
    ("Ich komme nicht, weil", ""),
    ("Ich hätte gerne, äh.", ""),
    ("Meine Nummer ist null vier zwei.", "de"),
    ("Je voudrais aller à.", ""),
    ("Je pense qu'", "fr"),
    ("Je ne viens pas parce que.", ""),
    ("Fui a la tienda y.", ""),
    ("Quiero ir a la.", ""),
    ("Sono andato al mercato e.", ""),
    ("Vorrei andare a.", "it"),
    ("Eu fui à loja e.", ""),
    ("Queria falar com a.", "pt-BR"),
    ("Ik ging naar de winkel en.", ""),
    ("Ik wil graag een.", ""),
    ("Я пошёл в магазин и.", ""),
    ("我想去，", ""),
    ("我不去，因为。", ""),
    ("私は、", ""),
    ("水を", "ja"),
    ("أريد،", ""),
    ("मैं सोच रहा था...", "hi"),
]
OPEN = [
    ("", ""),
    ("...", ""),
    ("what is the capital of france", ""),
    ("When I was young.", ""),
    ("It is fine. If you want.", ""),
    ("I was hungry so.", ""),
    ("The restaurant is in.", ""),
    ("And then he said.", ""),
    ("My number is 0 4 2 5 5 5 0.", ""),
    ("Wenn ich Zeit habe.", ""),
    ("Quand je serai grand.", ""),
    ("Si tengo tiempo.", ""),
    ("ผมอยู่ที่กรุงเทพ", "th"),
]
CASES: list[tuple[str, str, Completeness]] = [
    *((text, language, "finished") for text, language in FINISHED),
    *((text, language, "unfinished") for text, language in UNFINISHED),
    *((text, language, "open") for text, language in OPEN),
]


@pytest.mark.parametrize(("text", "language", "expected"), CASES)
def test_a_transcript_is_judged_by_its_last_words_and_marks(
    text: str, language: str, expected: Completeness
) -> None:
    assert completeness(text, language) == expected


@pytest.mark.parametrize(("text", "language", "expected"), CASES)
def test_white_space_and_quotes_around_do_not_matter(
    text: str, language: str, expected: Completeness
) -> None:
    assert completeness(f" “{text}” \n", language) == expected


def test_a_word_means_what_it_means_in_its_language() -> None:
    assert completeness("No.", "es") == "finished"
    assert completeness("Eu moro no.", "pt") == "unfinished"
    assert completeness("I said no.", "en") == "finished"
    assert completeness("I don't want to die.", "en") == "finished"


def test_only_marks_count_in_a_language_without_words() -> None:
    assert completeness("This is made of and.", "sw") == "finished"
    assert completeness("This is made of and,", "sw") == "unfinished"


def test_only_the_end_of_a_long_transcript_counts() -> None:
    assert completeness("I was there, um. " * 500 + "It was fine.") == "finished"


@given(st.text(), st.sampled_from(["", "en", "zh", "el", "xx"]))
def test_any_text_has_a_judgement(text: str, language: str) -> None:
    assert completeness(text, language) in ("finished", "open", "unfinished")


@given(st.text(), st.sampled_from(["", "en", "ja", "xx"]))
def test_a_comma_at_the_end_never_reads_finished(text: str, language: str) -> None:
    assert completeness(f"{text}，", language) != "finished"
