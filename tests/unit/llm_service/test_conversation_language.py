"""In which language the model is to answer, and how it learns so."""

from itertools import pairwise

import pytest

from llm_service.conversation_language import conversation_language, note_languages
from llm_service.prompt import build_prompt
from llm_service.settings import LlmSettings
from shared.messages import HistoryItem, ReplyOptions, Role, UserTurn

NOTE = "(In {language}.)"
BRIEF = "You are brief."


def item(text: str, language: str = "", role: Role = "user") -> HistoryItem:
    return HistoryItem(role=role, text=text, language=language)


def turn(text: str, language: str = "", *history: HistoryItem, fixed: str = "") -> UserTurn:
    return UserTurn(
        session="s",
        turn=3,
        gateway="g",
        deadline_s=9.0,
        text=text,
        language=language,
        history=history,
        options=ReplyOptions(language=fixed),
    )


def noted(*said: HistoryItem, instructions: str = BRIEF) -> list[str]:
    return [item.text for item in note_languages(said, instructions, NOTE)]


@pytest.mark.parametrize(
    ("job", "language"),
    [
        (turn("Hallo.", "de"), "de"),
        (turn("こんにちは"), "ja"),
        (turn("こんにちは", "en"), "ja"),
        (turn("What is the time?"), "en"),
        (turn("OK.", "", item("Ja.", "de")), "de"),
        (turn("OK.", "", item("Ja.", "de"), item("Yes.", "en", "assistant")), "de"),
        (turn("", "", item("はい"), item("そう", "", "assistant")), "ja"),
        (turn("OK.", "garbage!", fixed="fr-FR"), "fr-fr"),
        (turn("OK."), ""),
    ],
)
def test_the_newest_contribution_that_shows_a_language_counts(job: UserTurn, language: str) -> None:
    assert conversation_language(job) == language


def test_what_is_said_in_the_language_of_the_prompt_needs_no_note() -> None:
    assert noted(item("Hello.", "en"), item("OK.")) == ["Hello.", "OK."]
    assert noted(item("はい", "ja"), instructions="短く答えて。") == ["はい"]


def test_another_language_is_named_each_time_and_once_more_on_the_way_back() -> None:
    said = (item("はい", "ja"), item("いいえ", "ja"), item("Hi.", "en"), item("Hi.", "en"))
    assert noted(*said) == [
        "はい (In Japanese.)",
        "いいえ (In Japanese.)",
        "Hi. (In English.)",
        "Hi.",
    ]


def test_replies_and_what_shows_no_language_have_no_note() -> None:
    said = (item("はい"), item("そうです", "ja", "assistant"), item("OK."), item("Why is it?"))
    assert noted(*said) == ["はい (In Japanese.)", "そうです", "OK.", "Why is it? (In English.)"]


def test_an_aside_that_a_gateway_made_up_changes_nothing() -> None:
    aside = item("(I have not said anything for a while.)")
    assert noted(item("はい", "ja"), aside) == ["はい (In Japanese.)", aside.text]
    assert conversation_language(turn(aside.text, "", item("はい", "ja"))) == "ja"


@pytest.mark.parametrize("language", ["xx", "garbage!"])
def test_a_language_without_a_name_has_no_note(language: str) -> None:
    assert noted(item("Qapla.", language)) == ["Qapla."]


def test_instructions_that_name_a_language_speak_for_themselves() -> None:
    instructions = "Translate all that is said into French."
    assert noted(item("はい", "ja"), instructions=instructions) == ["はい"]


def test_without_a_text_there_is_no_note() -> None:
    assert note_languages([item("はい", "ja")], BRIEF, "") == [item("はい", "ja")]


def test_the_prompt_has_the_note_and_grows_at_its_end_alone() -> None:
    said = [
        item("What is this?", "en"),
        item("A cat.", "", "assistant"),
        item("今日は何曜日ですか？", "ja"),
        item("月曜日です。", "", "assistant"),
        item("And tomorrow?", "en"),
        item("Tuesday.", "", "assistant"),
        item("そうですか。", "ja"),
    ]
    prompts = [
        build_prompt(turn(said[at].text, said[at].language, *said[:at]), LlmSettings()).messages
        for at in range(0, len(said), 2)
    ]
    assert [prompt[-1].text for prompt in prompts] == [
        "What is this?",
        "今日は何曜日ですか？ (Please answer in Japanese.)",
        "And tomorrow? (Please answer in English.)",
        "そうですか。 (Please answer in Japanese.)",
    ]
    assert all(later[: len(prompt)] == prompt for prompt, later in pairwise(prompts))


def test_notes_do_not_make_a_prompt_longer_than_its_room() -> None:
    history = [item(f"はい{n}", "ja", "user" if n % 2 == 0 else "assistant") for n in range(40)]
    settings = LlmSettings(instructions=BRIEF, prompt_bytes=200)
    for count in range(1, 40):
        messages = build_prompt(turn("はい", "ja", *history[:count]), settings).messages
        assert sum(len(message.text.encode()) for message in messages) <= 200
        assert messages[-1].text.endswith("はい (Please answer in Japanese.)")
