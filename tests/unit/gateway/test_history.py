"""What is remembered, and in which order."""

from talk import said

from gateway.history import History
from gateway.items import ROOT, Outcome
from shared.messages import FunctionCall, HistoryItem


def texts(history: History) -> list[str]:
    return [item.text for item in history.known()]


def test_items_stand_in_the_order_of_speaking_not_of_knowing() -> None:
    history = History(10, 1000)
    spoken = history.enter("user").number
    history.insert(said("user", "typed afterwards"))
    assert texts(history) == ["typed afterwards"]
    history.settle(spoken, "said before")
    assert texts(history) == ["said before", "typed afterwards"]


def test_an_item_without_words_stands_but_nobody_is_told_of_it() -> None:
    history = History(10, 1000)
    history.insert(said("user", "hello"))
    history.settle(history.enter("assistant").number, " ")
    assert history.previous == 2
    assert texts(history) == ["hello"]


def test_items_without_words_go_first() -> None:
    history = History(4, 1000)
    for text in ("one", "", "two", ""):
        history.settle(history.enter("user").number, text)
    history.insert(said("user", "three"))
    assert texts(history) == ["one", "two", "three"]
    assert history.item(2) is None


def test_numbers_are_never_used_again() -> None:
    history = History(10, 1000)
    history.remove(history.enter("user").number)
    assert history.previous is None
    assert history.enter("user").number == 2
    assert history.last_item == 2


def test_the_oldest_items_go_when_there_are_too_many() -> None:
    history = History(4, 1000)
    for text in ("one", "two", "three", "four"):
        history.insert(said("user", text))
    assert texts(history) == ["one", "two", "three", "four"]
    history.insert(said("user", "five"))
    assert texts(history) == ["three", "four", "five"]


def test_the_front_stands_still_until_there_are_too_many_again() -> None:
    history = History(8, 1000)
    fronts = []
    for number in range(12):
        history.insert(said("user", str(number)))
        fronts.append(texts(history)[0])
    assert fronts == ["0"] * 8 + ["3"] * 3 + ["6"]


def test_the_oldest_items_go_when_there_is_too_much_text() -> None:
    history = History(10, 8)
    history.insert(said("user", "12345"))
    pending = history.enter("assistant").number
    history.settle(pending, "6789")
    assert history.known() == (HistoryItem(role="assistant", text="6789"),)


def test_the_newest_item_stays_however_long_it_is() -> None:
    history = History(10, 3)
    history.insert(said("user", "12345"))
    assert texts(history) == ["12345"]


def test_what_stood_before_an_item_can_be_asked_for() -> None:
    history = History(10, 1000)
    history.insert(said("user", "before"))
    spoken = history.enter("user").number
    history.insert(said("user", "after"))
    assert [item.text for item in history.known(before=spoken)] == ["before"]


def test_a_long_text_stays_when_the_reply_to_it_is_entered() -> None:
    history = History(10, 3)
    history.insert(said("user", "before"))
    history.insert(said("user", "12345"))
    reply = history.enter("assistant").number
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


def test_what_stands_before_an_item_depends_on_its_place_not_on_its_age() -> None:
    history = History(10, 1000)
    old = history.insert(said("user", "old"))
    history.insert(said("user", "new"), after=ROOT)
    assert [item.text for item in history.known(before=old.number)] == ["new"]
    assert (history.before(old.number), history.before(2)) == (2, None)


def test_an_item_can_stand_behind_any_other() -> None:
    history = History(10, 1000)
    for text, after in (("a", None), ("c", None), ("b", 1), ("d", 2), ("e", 99)):
        history.insert(said("user", text), after=after)
    assert texts(history) == ["a", "b", "c", "d", "e"]


def test_an_item_that_was_removed_is_gone() -> None:
    history = History(10, 1000)
    item = history.insert(said("user", "hello"))
    assert history.item(item.number) == item
    history.remove(item.number)
    assert history.item(item.number) is None
    history.settle(item.number, "again")
    assert texts(history) == []


def test_an_item_is_open_until_it_is_closed() -> None:
    history = History(10, 1000)
    item = history.enter("user", is_open=True)
    history.close(item.number)
    closed = history.item(item.number)
    assert item.is_open
    assert closed is not None
    assert not closed.is_open


def test_a_call_is_known_once_it_is_made_and_its_outcome_once_it_has_come() -> None:
    history = History(10, 1000)
    number = history.enter("assistant", is_spoken=False).number
    assert history.known() == ()
    call = FunctionCall(call_id="c", name="clock", arguments="{}")
    history.make_call(number, call, is_ours=True)
    made = HistoryItem(role="assistant", text="", calls=(call,))
    assert history.known() == (made,)
    history.answer(number, Outcome(text="noon", is_error=False))
    assert history.known() == (made, HistoryItem(role="tool", text="noon", call_id="c"))


def ask_and_call(history: History, arguments: str) -> int:
    """A question, and a call that answers it; the number of the call."""
    history.insert(said("user", "Time?"))
    number = history.enter("assistant", is_spoken=False).number
    call = FunctionCall(call_id=str(number), name="clock", arguments=arguments)
    history.make_call(number, call, is_ours=True)
    return number


def test_arguments_and_outcomes_take_of_the_room() -> None:
    history = History(10, 100)
    history.insert(said("user", "Hello."))
    number = ask_and_call(history, "x" * 60)
    assert texts(history) == ["Hello.", "Time?", ""]
    history.answer(number, Outcome(text="y" * 60, is_error=False))
    assert texts(history) == ["Time?", "", "y" * 60]


def test_the_question_stays_with_calls_and_outputs_that_are_too_long() -> None:
    history = History(10, 100)
    number = ask_and_call(history, "x" * 80)
    history.insert(HistoryItem(role="tool", text="y" * 200, call_id=str(number)))
    assert texts(history) == ["Time?", "", "y" * 200]


def test_calls_without_end_are_forgotten_all_the_same() -> None:
    history = History(10, 100)
    for _ in range(50):
        call = FunctionCall(call_id="c", name="clock", arguments="{}")
        history.insert(HistoryItem(role="assistant", text="", calls=(call,)))
    assert len(history.known()) <= 10


def test_only_words_and_what_may_become_words_are_newer() -> None:
    history = History(10, 1000)
    first = history.insert(said("user", "Time?")).number
    assert not history.has_word_after(first)
    cough = history.enter("user").number
    assert history.has_word_after(first)
    history.settle(cough, "")
    assert not history.has_word_after(first)
    history.insert(said("user", "Hello?"))
    assert history.has_word_after(first)


def test_the_language_of_what_was_said_is_remembered() -> None:
    history = History(10, 1000)
    history.settle(history.enter("user").number, "はい", language="ja")
    assert history.known() == (HistoryItem(role="user", text="はい", language="ja"),)
