"""What is remembered, and in which order."""

from gateway.history import History
from shared.messages import HistoryItem


def texts(history: History) -> list[str]:
    return [item.text for item in history.known()]


def test_items_stand_in_the_order_of_speaking_not_of_knowing() -> None:
    history = History(10, 1000)
    spoken = history.enter("user")
    history.enter("user", "typed afterwards")
    assert texts(history) == ["typed afterwards"]
    history.settle(spoken, "said before")
    assert texts(history) == ["said before", "typed afterwards"]


def test_an_item_that_turns_out_to_be_empty_goes() -> None:
    history = History(10, 1000)
    first = history.enter("user", "hello")
    history.settle(history.enter("assistant"), " ")
    assert history.previous == first
    assert texts(history) == ["hello"]


def test_numbers_are_never_used_again() -> None:
    history = History(10, 1000)
    history.settle(history.enter("user"), "")
    assert history.previous is None
    assert history.enter("user") == 2
    assert history.last_item == 2


def test_the_oldest_items_go_when_there_are_too_many() -> None:
    history = History(4, 1000)
    for text in ("one", "two", "three", "four"):
        history.enter("user", text)
    assert texts(history) == ["one", "two", "three", "four"]
    history.enter("user", "five")
    assert texts(history) == ["three", "four", "five"]


def test_the_front_stands_still_until_there_are_too_many_again() -> None:
    history = History(8, 1000)
    fronts = []
    for number in range(12):
        history.enter("user", str(number))
        fronts.append(texts(history)[0])
    assert fronts == ["0"] * 8 + ["3"] * 3 + ["6"]


def test_the_oldest_items_go_when_there_is_too_much_text() -> None:
    history = History(10, 8)
    history.enter("user", "12345")
    pending = history.enter("assistant")
    history.settle(pending, "6789")
    assert history.known() == (HistoryItem(role="assistant", text="6789"),)


def test_the_newest_item_stays_however_long_it_is() -> None:
    history = History(10, 3)
    history.enter("user", "12345")
    assert texts(history) == ["12345"]


def test_what_stood_before_an_item_can_be_asked_for() -> None:
    history = History(10, 1000)
    history.enter("user", "before")
    spoken = history.enter("user")
    history.enter("user", "after")
    assert [item.text for item in history.known(before=spoken)] == ["before"]


def test_a_long_text_stays_when_the_reply_to_it_is_entered() -> None:
    history = History(10, 3)
    history.enter("user", "before")
    history.enter("user", "12345")
    reply = history.enter("assistant")
    assert texts(history) == ["12345"]
    history.settle(reply, "ok")
    assert texts(history) == ["ok"]


def test_of_items_without_text_only_the_newest_must_stay() -> None:
    history = History(1, 3)
    for _ in range(3):
        history.enter("user")
    assert history.previous == 3
    history.settle(1, "gone")
    assert texts(history) == []


def test_the_language_of_what_was_said_is_remembered() -> None:
    history = History(10, 1000)
    history.settle(history.enter("user"), "はい", language="ja")
    assert history.known() == (HistoryItem(role="user", text="はい", language="ja"),)
