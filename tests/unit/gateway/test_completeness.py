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
    ("Okay, please tell me a joke.", ""),
    ("I am cooking. Play some music.", "en"),
    ("Erzähl mir bitte einen Witz.", ""),
    ("Raconte-moi une histoire.", "fr"),
    ("Turn the lights on!", "en"),
    ("When does the train leave?", ""),
    ("Is it 0 4 2?", ""),
    ("Wie spät ist es?", ""),
    ("Mach bitte das Licht an.", ""),
    ("Bien sûr", "fr"),
    ("¿Dónde está la estación?", ""),
    ("Para.", "es"),
    ("Hoe gaat het?", ""),
    ("今天天气怎么样？", ""),
    ("はい", "ja"),
    ("今何時ですか。", "ja"),
    ("明日の予定はなに", "ja"),
    ("電気をつけてください。", ""),
    ("フランスの首都を教えて。", "ja"),
    ("你能帮我吗。", "zh"),
    ("几点了,现在几点", "zh"),
    ("지금 몇 시예요? ", "ko"),
    ("불 좀 켜 주세요.", "ko"),
    ("같이 갈까요", ""),
    ("أين المحطة؟", ""),
    ("Πού είναι ο σταθμός;", "el"),
    ("It is over. (I think)!", ""),
    ("Dreh dich um.", ""),
]
UNFINISHED = [
    ("I went to the shop and", ""),
    ("I went to the shop and.", ""),
    ("I was late because.", ""),
    ("I would like to,", ""),
    ("I would like to.", ""),
    ("I'd like to book a table for", "en"),
    ("Can you tell me the?", ""),
    ("What is the name of?", ""),
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
    ("昨日東京に。", "ja"),
    ("行きたいんですけど", "ja"),
    ("저는.", "ko"),
    ("서울에서", "ko"),
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
    ("今日は暑いです。", "ja"),
    ("今日は寒かった", "ja"),
    ("我今天很累。", "zh"),
    ("밥을 먹었어.", "ko"),
    ("What is it made of?", ""),
    ("I went to the shop and bought some milk.", ""),
    ("He said “I am done.”", ""),
    ("If it rains, we stay at home.", ""),
    ("Because of you, we are late.", "en"),
    ("I have two.", ""),
    ("I need one or two.", ""),
    ("It costs 10,000.", ""),
    ("It opens at 10:30.", ""),
    ("Das ist mir egal.", ""),
    ("Kommst du, oder?", "de-DE"),
    ("J'habite à Lyon.", ""),
    ("Vorrei un caffè.", ""),
    ("Queria um café, por favor.", ""),
    ("Ik ga morgen naar huis.", "nl"),
    ("Я живу в Москве.", ""),
    ("我在北京。", ""),
    ("東京に住んでいます。", ""),
    ("मैं दिल्ली में रहता हूँ।", "hi"),
    ("Ես տանն եմ։", "hy"),
    ("Can you tell me?", ""),
    ("Do you know?", "en"),
    ("Please turn off the lights in.", ""),
    ("Peux-tu me dire?", "fr"),
    ("Kannst du mir sagen?", "de"),
    ("I would like to know.", ""),
    ("Which one are you looking for?", "en"),
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
    assert completeness("Do you want to die?", "en") == "finished"


def test_only_marks_count_in_a_language_without_words() -> None:
    assert completeness("Is this made of and?", "sw") == "finished"
    assert completeness("This is made of and.", "sw") == "open"
    assert completeness("This is made of and,", "sw") == "unfinished"


def test_only_the_end_of_a_long_transcript_counts() -> None:
    assert completeness("I was there, um. " * 500 + "Was it fine?") == "finished"


@given(st.text(), st.sampled_from(["", "en", "zh", "el", "xx"]))
def test_any_text_has_a_judgement(text: str, language: str) -> None:
    assert completeness(text, language) in ("finished", "open", "unfinished")


@given(st.text(), st.sampled_from(["", "en", "ja", "xx"]))
def test_a_comma_at_the_end_never_reads_finished(text: str, language: str) -> None:
    assert completeness(f"{text}，", language) != "finished"
