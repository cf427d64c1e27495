"""Items that the client puts into the conversation, looks at, and takes out."""

from typing import Any

import pytest
from talk import PACKET, WRITTEN, Talk, said

from gateway.events import (
    AnyEvent,
    AudioReceived,
    InputCommitted,
    ItemAdded,
    ItemUnwanted,
    ItemWanted,
    SessionConfigured,
    UtteranceAdded,
    VoiceHeard,
)
from gateway.items import ROOT, Item, Placement
from gateway.notices import (
    ItemKnown,
    ItemWasDeleted,
    ItemWasRetrieved,
    Problem,
    ReplyFinished,
    ReplyStarted,
    ReplyText,
    SpeechStarted,
    TranscriptKnown,
)
from gateway.settings import GatewaySettings
from gateway.turn_detection import TurnDetection
from shared.messages import ReplyOptions, TurnCancelled, UserTurn, Utterance


@pytest.fixture
def talk() -> Talk:
    return Talk()


def typed(text: str, **place: Any) -> ItemAdded:
    return ItemAdded(said=said("user", text), place=Placement(**place), event_id="e")


def spoken(packets: int = 3, **place: Any) -> UtteranceAdded:
    place_of_it = Placement(**place)
    return UtteranceAdded(packets=(PACKET,) * packets, place=place_of_it, event_id="e")


def refused(talk: Talk, event: AnyEvent) -> tuple[str, str, str]:
    """Code, field and message of the problem that an event is."""
    (problem,) = talk.hear(event)
    assert isinstance(problem, Problem)
    return problem.code, problem.param, problem.event_id


# Put in


def test_an_item_stands_where_the_client_wants_it(talk: Talk) -> None:
    for text, after in (("second", None), ("fourth", None), ("first", ROOT), ("third", 1)):
        talk.hear(typed(text, after=after))
    told = talk.told(ItemKnown)
    assert [(notice.item.number, notice.previous) for notice in told] == [
        (1, None),
        (2, 1),
        (3, None),
        (4, 1),
    ]
    talk.ask()
    (turn,) = talk.published(UserTurn)
    assert [item.text for item in turn.history] == ["first", "second", "third"]
    assert turn.text == "fourth"


@pytest.mark.parametrize("event", [typed("Hi.", after=7), spoken(after=7)], ids=["text", "speech"])
def test_an_item_cannot_stand_behind_one_that_does_not(talk: Talk, event: AnyEvent) -> None:
    assert refused(talk, event) == ("item_not_found", "previous_item_id", "e")


def test_the_client_is_given_back_the_id_it_has_chosen(talk: Talk) -> None:
    talk.hear(typed("Hi.", name="mine"))
    (known,) = talk.told(ItemKnown)
    assert known.name == "mine"


@pytest.mark.parametrize("rival", [1, 2], ids=["of an item", "of an item to come"])
def test_an_id_that_is_taken_is_refused(talk: Talk, rival: int) -> None:
    talk.hear(typed("Hi."))
    assert refused(talk, typed("Ho.", name="mine", rival=rival)) == (
        "invalid_value",
        "item.id",
        "e",
    )


def test_the_id_of_an_item_that_is_gone_may_be_used_again(talk: Talk) -> None:
    talk.hear(typed("Hi."))
    talk.hear(ItemUnwanted(item=1))
    (known,) = talk.hear(typed("Ho.", name="mine", rival=1))
    assert isinstance(known, ItemKnown)


# Speech put in


def test_speech_put_in_is_transcribed_and_answered_like_an_utterance(talk: Talk) -> None:
    talk.hear(typed("Before."))
    (known,) = talk.hear(spoken())
    assert known == ItemKnown(
        item=Item(number=2, said=said("user", ""), is_known=False, is_spoken=True), previous=1
    )
    (utterance,) = talk.published(Utterance)
    assert (utterance.packets, utterance.history) == ((PACKET,) * 3, (said("user", "Before."),))
    talk.ask(WRITTEN)
    talk.transcript(1, "Hello?")
    talk.answer(2)
    assert talk.told(TranscriptKnown)[0].text == "Hello?"


def test_speech_put_in_interrupts_no_reply(talk: Talk) -> None:
    talk.write()
    talk.hear(spoken())
    assert talk.published(Utterance) == []
    talk.answer(1)
    talk.now += 10
    assert talk.told(ReplyFinished)[0].status == "completed"
    assert len(talk.published(Utterance)) == 1


def test_a_reply_to_speech_put_in_knows_what_stands_behind_it(talk: Talk) -> None:
    talk.hear(typed("Behind."))
    talk.hear(spoken(after=ROOT))
    talk.ask()
    talk.transcript(1, "In front.")
    (turn,) = talk.published(UserTurn)
    assert (turn.history, turn.text) == ((said("user", "In front."),), "Behind.")


def test_speech_put_in_may_not_be_longer_than_an_utterance() -> None:
    talk = Talk(GatewaySettings(longest_utterance_s=0.05))
    assert refused(talk, spoken(packets=3)) == ("invalid_value", "item.content", "e")


def test_only_so_much_speech_may_wait_for_its_transcript() -> None:
    talk = Talk(GatewaySettings(most_waiting_commits=1))
    talk.hear(spoken())
    talk.hear(spoken())
    assert refused(talk, spoken())[0] == "too_many_commits"


def test_speech_put_in_has_to_be_sound(talk: Talk) -> None:
    wrong = UtteranceAdded(packets=(b"",), event_id="e")
    assert refused(talk, wrong) == ("invalid_audio", "item.content", "e")


# Looked at


def test_an_item_is_shown_as_the_conversation_has_it(talk: Talk) -> None:
    talk.speak()
    talk.transcript(1, "Hello?")
    (shown,) = talk.hear(ItemWanted(item=1))
    assert shown == ItemWasRetrieved(
        item=Item(number=1, said=said("user", "Hello?"), is_spoken=True)
    )


@pytest.mark.parametrize("kind", [ItemWanted, ItemUnwanted])
def test_an_item_that_does_not_stand_is_neither_shown_nor_deleted(
    talk: Talk, kind: type[ItemWanted] | type[ItemUnwanted]
) -> None:
    assert refused(talk, kind(item=1, event_id="e")) == ("item_not_found", "item_id", "e")


def test_speech_that_goes_on_is_not_an_item_yet(talk: Talk) -> None:
    talk.hear(SessionConfigured(options=ReplyOptions(), turn_detection=TurnDetection()))
    for window in range(20):
        talk.hear(AudioReceived(packets=(PACKET,) * 2))
        talk.hear(VoiceHeard(probabilities=(0.95,), until_s=(window + 1) * 0.032))
    (started,) = talk.told(SpeechStarted)
    assert refused(talk, ItemWanted(item=started.item, event_id="e"))[0] == "item_not_found"


# Taken out


def test_an_item_that_was_deleted_is_not_told_to_the_model(talk: Talk) -> None:
    talk.hear(typed("No."))
    talk.hear(typed("Yes."))
    assert talk.hear(ItemUnwanted(item=1)) == [ItemWasDeleted(item=1)]
    talk.ask()
    (turn,) = talk.published(UserTurn)
    assert (turn.history, turn.text) == ((), "Yes.")


def test_a_reply_that_was_made_before_an_item_was_deleted_is_not_given(talk: Talk) -> None:
    talk.hear(typed("Before."))
    talk.speak()
    talk.transcript(1, "Hello?")
    talk.hear(ItemUnwanted(item=1))
    assert [cancelled.turn for cancelled in talk.published(TurnCancelled)] == [1]
    talk.ask()
    (turn,) = talk.published(UserTurn)
    assert (turn.history, turn.text) == ((), "Hello?")


def test_nobody_transcribes_an_utterance_that_was_deleted(talk: Talk) -> None:
    talk.speak()
    talk.speak()
    talk.hear(ItemUnwanted(item=2))
    talk.hear(ItemUnwanted(item=1))
    assert [cancelled.turn for cancelled in talk.published(TurnCancelled)] == [1]
    assert talk.transcript(1, "Hello?") == []
    assert len(talk.published(Utterance)) == 1


def test_a_reply_to_an_utterance_that_is_deleted_unheard_ends(talk: Talk) -> None:
    talk.speak()
    talk.ask()
    finished, deleted = talk.hear(ItemUnwanted(item=1))
    assert isinstance(finished, ReplyFinished)
    assert (finished.status, finished.reason) == ("cancelled", "client_cancelled")
    assert deleted == ItemWasDeleted(item=1)


def test_a_reply_that_is_deleted_ends(talk: Talk) -> None:
    talk.write()
    talk.sentence(1, 0, "Yes.")
    finished, deleted = talk.hear(ItemUnwanted(item=2))
    assert isinstance(finished, ReplyFinished)
    assert deleted == ItemWasDeleted(item=2)
    assert refused(talk, ItemWanted(item=2, event_id="e"))[0] == "item_not_found"


def test_a_reply_goes_on_when_what_it_answers_is_deleted(talk: Talk) -> None:
    talk.hear(typed("Hi."))
    talk.ask(WRITTEN)
    assert talk.hear(ItemUnwanted(item=1)) == [ItemWasDeleted(item=1)]
    assert talk.sentence(1, 0, "Yes.") == [ReplyText(reply=1, delta="Yes.")]


def test_an_utterance_that_was_deleted_is_not_answered_by_itself(talk: Talk) -> None:
    talk.hear(SessionConfigured(options=ReplyOptions(), turn_detection=TurnDetection()))
    for window in range(40):
        is_loud = window < 20
        talk.hear(AudioReceived(packets=(PACKET,) * 2))
        heard = VoiceHeard(probabilities=(0.95 if is_loud else 0.02,), until_s=(window + 1) * 0.032)
        talk.hear(heard)
    talk.hear(InputCommitted())
    (known,) = talk.told(ItemKnown)
    talk.hear(ItemUnwanted(item=known.item.number))
    assert talk.transcript(talk.published(Utterance)[-1].turn, "Hello?") == []
    assert talk.told(ReplyStarted) == []
