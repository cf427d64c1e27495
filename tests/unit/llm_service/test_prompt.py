"""What of a conversation goes into the prompt."""

from itertools import pairwise

import msgspec
import pytest

from llm_service.prompt import Beginning, build_prompt
from llm_service.settings import LlmSettings
from shared.messages import HistoryItem, ReplyOptions, Role, UserTurn

SETTINGS = LlmSettings(instructions="Be brief.", prompt_bytes=100, max_output_tokens=50)


def turn(text: str = "", *history: tuple[Role, str], **options: object) -> UserTurn:
    return UserTurn(
        session="s",
        turn=3,
        gateway="g",
        deadline_s=9.0,
        text=text,
        history=tuple(HistoryItem(role=role, text=said) for role, said in history),
        options=msgspec.convert(options, ReplyOptions),
    )


def shape(job: UserTurn, settings: LlmSettings = SETTINGS) -> list[str]:
    """The prompt's messages, each as the first letter of its role and its text."""
    return [f"{item.role[0]}:{item.text}" for item in build_prompt(job, settings).messages]


def test_the_system_prompt_comes_first_and_the_question_last() -> None:
    job = turn("Why?", ("user", "Hi"), ("assistant", "Hello."))
    assert shape(job) == ["s:Be brief.", "u:Hi", "a:Hello.", "u:Why?"]


def test_the_session_can_bring_its_own_system_prompt() -> None:
    assert shape(turn("Why?", instructions="Rhyme.")) == ["s:Rhyme.", "u:Why?"]


def test_a_turn_without_text_answers_the_end_of_its_history() -> None:
    assert shape(turn("", ("user", "Hi"))) == ["s:Be brief.", "u:Hi"]


def test_blank_contributions_are_left_out() -> None:
    job = turn("Why?", ("user", " "), ("assistant", ""))
    assert shape(job) == ["s:Be brief.", "u:Why?"]


def test_neighbours_of_one_role_become_one_message() -> None:
    job = turn("And why?", ("user", "Hi"), ("assistant", "Yes?"), ("user", "How?"))
    assert shape(job) == ["s:Be brief.", "u:Hi", "a:Yes?", "u:How?\nAnd why?"]


def test_a_conversation_begins_with_the_person() -> None:
    assert shape(turn("Why?", ("assistant", "Paris,"))) == ["s:Be brief.", "u:Why?"]
    assert shape(turn("", ("assistant", "Paris,"))) == ["s:Be brief.", "a:Paris,"]


def conversation(exchanges: int) -> list[tuple[Role, str]]:
    """Exchanges of ten bytes: a question of four and an answer of six."""
    return [
        item
        for number in range(exchanges)
        for item in (("user", f"q{number:02}?"), ("assistant", f"ans{number:02}."))
    ]


def test_the_oldest_history_is_left_out_where_all_is_too_long() -> None:
    messages = shape(turn("q99?", *conversation(30)))
    assert messages[0] == "s:Be brief."
    assert messages[-2:] == ["a:ans29.", "u:q99?"]
    assert messages[1].startswith("u:")
    assert 30 < sum(len(message) - 2 for message in messages) <= 100


@pytest.mark.parametrize("exchanges", range(40))
def test_a_prompt_is_never_longer_than_its_room(exchanges: int) -> None:
    messages = shape(turn("q99?", *conversation(exchanges)))
    assert sum(len(message) - 2 for message in messages) <= 100


def test_most_prompts_begin_like_the_one_before_so_that_the_cache_holds() -> None:
    prompts = [shape(turn("q99?", *conversation(count)))[:2] for count in range(40)]
    changes = sum(before != after for before, after in pairwise(prompts[1:]))
    assert changes <= 40 * 10 // 45 + 1


def test_the_question_and_the_system_prompt_are_kept_whatever_their_length() -> None:
    job = turn("why " * 100, ("user", "Hi"), ("assistant", "Yes?"), instructions="Rhyme. " * 50)
    assert shape(job) == ["s:" + "Rhyme. " * 50, "u:" + "why " * 100]


def test_no_text_at_all_leaves_the_system_prompt() -> None:
    assert shape(turn()) == ["s:Be brief."]


@pytest.mark.parametrize(("wanted", "given"), [(0, 50), (20, 20), (900, 50)])
def test_the_smaller_token_limit_counts(wanted: int, given: int) -> None:
    assert build_prompt(turn("Why?", max_output_tokens=wanted), SETTINGS).max_tokens == given


def test_what_was_already_said_counts_against_the_limit() -> None:
    assert build_prompt(turn("Why?"), SETTINGS, Beginning(text="word" * 30)).max_tokens == 20
    assert build_prompt(turn("Why?"), SETTINGS, Beginning(text="word" * 300)).max_tokens == 1


@pytest.mark.parametrize(("wanted", "given"), [(None, 0.3), (0.0, 0.0), (1.2, 1.2)])
def test_the_session_can_set_the_temperature(wanted: float | None, given: float) -> None:
    assert build_prompt(turn("Why?", temperature=wanted), SETTINGS).temperature == given


INTERRUPTED = "(I interrupted you there.) "


def cut_off(job: UserTurn, *places: int) -> UserTurn:
    """The same turn, the items at these places of its history interrupted."""
    history = tuple(
        msgspec.structs.replace(item, is_interrupted=place in places)
        for place, item in enumerate(job.history)
    )
    return msgspec.structs.replace(job, history=history)


@pytest.mark.parametrize(
    ("heard", "shown"),
    [
        ("Paris is the", "Paris is the…"),
        ("Paris is the ", "Paris is the…"),
        ("Paris is big.", "Paris is big. …"),
        ("Paris, well…", "Paris, well…"),
        ("…", "…"),
    ],
)
def test_the_model_learns_where_it_was_interrupted(heard: str, shown: str) -> None:
    job = cut_off(turn("Why?", ("user", "Hi"), ("assistant", heard)), 1)
    assert shape(job) == ["s:Be brief.", "u:Hi", f"a:{shown}", f"u:{INTERRUPTED}Why?"]


def test_only_the_first_thing_said_after_an_interrupted_reply_tells_of_it() -> None:
    job = turn("Why?", ("user", "Hi"), ("assistant", "I am"), ("user", "No."), ("user", "How?"))
    assert shape(cut_off(job, 1))[2:] == ["a:I am…", f"u:{INTERRUPTED}No.\nHow?\nWhy?"]


def test_where_nobody_spoke_after_the_interruption_there_is_only_the_ellipsis() -> None:
    job = turn("", ("user", "Hi"), ("assistant", "I am"))
    assert shape(cut_off(job, 1)) == ["s:Be brief.", "u:Hi", "a:I am…"]


def test_a_reply_of_which_nothing_was_heard_leaves_no_trace() -> None:
    job = turn("Why?", ("user", "Hi"), ("assistant", " "))
    assert shape(cut_off(job, 1)) == ["s:Be brief.", "u:Hi\nWhy?"]


def test_only_replies_can_be_interrupted() -> None:
    job = turn("Why?", ("user", "Hi"), ("assistant", "Hello."), ("user", "So"))
    assert shape(cut_off(job, 0, 2)) == shape(job)


@pytest.mark.parametrize("exchanges", range(40))
def test_interruptions_do_not_make_a_prompt_longer_than_its_room(exchanges: int) -> None:
    job = cut_off(turn("q99?", *conversation(exchanges)), *range(80))
    messages = shape(job)
    assert sum(len(message[2:].encode()) for message in messages) <= 100
    assert messages[-1].endswith("q99?")


def test_the_note_goes_with_the_reply_that_it_is_about() -> None:
    job = turn("q99?", ("user", "x" * 80), ("assistant", "ans"), ("user", "q98?"))
    assert shape(cut_off(job, 1)) == ["s:Be brief.", "u:q98?\nq99?"]
