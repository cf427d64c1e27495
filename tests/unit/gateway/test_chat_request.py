"""What a chat may ask for, and what the llm service is given of it."""

import msgspec
import pytest

from gateway.endpoints.chat_request import ChatRequest, Turn, read_turn
from gateway.endpoints.faults import Fault
from shared.messages import HistoryItem

USER = {"role": "user", "content": "Who are you?"}


def read(*messages: object, **fields: object) -> Turn:
    body = msgspec.json.encode({"messages": messages, **fields})
    return read_turn(msgspec.json.decode(body, type=ChatRequest), longest=100)


def refusal(*messages: object, **fields: object) -> tuple[str, str]:
    with pytest.raises(Fault) as caught:
        read(*messages, **fields)
    assert caught.value.status == 400
    return caught.value.code, caught.value.param


def test_what_the_user_said_is_to_be_answered_in_text() -> None:
    turn = read(USER)
    assert turn.history == (HistoryItem(role="user", text="Who are you?"),)
    assert (turn.options.is_spoken, turn.options.instructions) == (False, "")


def test_what_stands_first_for_the_system_are_the_instructions() -> None:
    system = {"role": "system", "content": "Be brief."}
    developer = {"role": "developer", "content": "Be kind."}
    turn = read(system, developer, USER, system)
    assert turn.options.instructions == "Be brief.\nBe kind."
    assert [item.role for item in turn.history] == ["user", "system"]


def test_text_may_come_in_parts() -> None:
    parts = [{"type": "text", "text": "Who "}, {"type": "text", "text": "are you?"}]
    assert read({"role": "user", "content": parts}).history[0].text == "Who are you?"


@pytest.mark.parametrize(
    ("fields", "tokens"),
    [({}, 0), ({"max_tokens": 5}, 5), ({"max_tokens": 5, "max_completion_tokens": 7}, 7)],
)
def test_the_newer_name_of_the_token_limit_counts(fields: dict[str, int], tokens: int) -> None:
    assert read(USER, **fields).options.max_output_tokens == tokens


def test_a_temperature_of_zero_is_not_none() -> None:
    assert read(USER, temperature=0).options.temperature == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"n": 2},
        {"stop": "."},
        {"logprobs": True},
        {"modalities": ["text", "audio"]},
        {"response_format": {"type": "json_object"}},
        {"tools": [{"type": "function"}]},
        {"functions": [{"name": "f"}]},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_what_would_change_the_reply_is_refused(fields: dict[str, object]) -> None:
    assert refusal(USER, **fields) == ("unsupported_value", next(iter(fields)))


@pytest.mark.parametrize(
    "fields",
    [
        {"n": 1, "stop": None, "logprobs": False, "modalities": ["text"], "tools": []},
        {"response_format": {"type": "text"}, "top_p": 0.5, "seed": 1, "user": "me"},
    ],
    ids=["empty", "without effect"],
)
def test_what_changes_nothing_is_passed_over(fields: dict[str, object]) -> None:
    assert read(USER, **fields) == read(USER)


def test_other_roles_and_pictures_are_refused_by_their_place() -> None:
    assert refusal(USER, {"role": "tool", "content": "4"}) == (
        "unsupported_value",
        "messages[1].role",
    )
    picture = {"type": "image_url", "image_url": {"url": "data:"}}
    assert refusal({"role": "user", "content": [picture]}) == (
        "unsupported_value",
        "messages[0].content[0]",
    )


@pytest.mark.parametrize("content", [None, "", "  ", []])
def test_a_chat_needs_something_of_a_user(content: object) -> None:
    found = refusal({"role": "system", "content": "Hi."}, {"role": "user", "content": content})
    assert found == ("conversation_empty", "messages")


def test_a_chat_that_is_too_long_is_refused() -> None:
    found = refusal(*[USER] * 10)
    assert found == ("string_above_max_length", "messages")
