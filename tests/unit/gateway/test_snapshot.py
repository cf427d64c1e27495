"""A conversation that is written down goes on as it would have, whatever was under way."""

import msgspec
import pytest
from talk import WRITTEN, Talk, said, speech

from gateway.conversation import Conversation
from gateway.events import (
    AudioReceived,
    ConnectionResumed,
    InputCommitted,
    ItemAdded,
    ResultsRecalled,
    SessionConfigured,
    Tick,
)
from gateway.notices import (
    ItemKnown,
    ReplyAudio,
    ReplyFinished,
    ReplyStarted,
    ReplyText,
    TranscriptKnown,
)
from gateway.settings import GatewaySettings
from gateway.snapshot import KeptConversation
from shared.messages import ReplyOptions, UserTurn, Utterance


def move(talk: Talk) -> None:
    """Another gateway goes on with it; what comes to the first is still to be heard again."""
    written = msgspec.msgpack.encode(talk.conversation.kept())
    kept = msgspec.msgpack.decode(written, type=KeptConversation)
    talk.conversation = Conversation("s", "other", GatewaySettings())
    talk.conversation.restore(kept, 0.0, talk.now)
    talk.hear(ConnectionResumed())


def released(talk: Talk) -> list[bytes]:
    return [packet for notice in talk.told(ReplyAudio) for packet in notice.packets]


def test_numbers_go_on() -> None:
    talk = Talk()
    talk.write("One?")
    talk.answer(1)
    move(talk)
    talk.write("Two?")
    assert talk.published(UserTurn)[-1].turn == 2
    assert [notice.reply for notice in talk.told(ReplyStarted)] == [1, 2]
    assert [notice.item.number for notice in talk.told(ItemKnown)] == [1, 3]


def test_the_history_goes_on_and_so_do_the_options() -> None:
    talk = Talk()
    talk.hear(SessionConfigured(options=ReplyOptions(instructions="Be kind.")))
    talk.write("One?")
    talk.answer(1)
    talk.now += 60
    talk.hear(ConnectionResumed())
    move(talk)
    talk.write("Two?")
    turn = talk.published(UserTurn)[-1]
    assert [item.text for item in turn.history] == ["One?", "Yes."]
    assert turn.options.instructions == "Be kind."


@pytest.mark.parametrize("has_sound", [False, True])
def test_a_reply_goes_on_behind_what_was_released(has_sound: bool) -> None:
    talk = Talk(GatewaySettings(playout_ahead_s=0.05))
    talk.write()
    talk.sentence(1, 0, "One.")
    if has_sound:
        talk.hear(speech(1, 0, 0, packets=9))
    before = released(talk)
    assert bool(before) == has_sound
    move(talk)
    talk.sentence(1, 0, "One.")
    talk.hear(speech(1, 0, 0, packets=9))
    talk.hear(speech(1, 0, 1, packets=1, is_last=True))
    talk.sentence(1, 1, " Two.")
    talk.chunk(1, 1)
    talk.hear(ResultsRecalled())
    talk.ended(1, 2)
    assert talk.told(ReplyFinished)[0].status == "completed"
    assert [notice.delta for notice in talk.told(ReplyText)] == ["One.", " Two."]
    whole = [f"0.0.{place}".encode() for place in range(9)] + [b"0.1.0", b"1.0.0", b"1.0.1"]
    assert released(talk) == whole


def test_a_written_reply_goes_on_behind_what_was_told() -> None:
    talk = Talk()
    talk.hear(ItemAdded(said=said("user", "Hi.")))
    talk.ask(WRITTEN)
    talk.sentence(1, 0, "One.")
    move(talk)
    talk.sentence(1, 0, "One.")
    talk.sentence(1, 1, " Two.")
    talk.hear(ResultsRecalled())
    talk.ended(1, 2)
    assert [notice.delta for notice in talk.told(ReplyText)] == ["One.", " Two."]
    assert talk.told(ReplyFinished)[0].text == "One. Two."


def test_a_transcript_that_was_awaited_is_learnt() -> None:
    talk = Talk()
    talk.speak()
    talk.ask()
    move(talk)
    talk.transcript(1, "Hello.")
    talk.answer(1)
    assert talk.told(TranscriptKnown)[0].text == "Hello."
    assert talk.told(ReplyFinished)[0].status == "completed"


def test_a_transcript_that_was_known_is_not_told_again() -> None:
    talk = Talk()
    talk.speak()
    talk.ask()
    talk.transcript(1, "Hello.")
    move(talk)
    talk.transcript(1, "Hello.")
    talk.answer(1)
    assert len(talk.told(TranscriptKnown)) == 1


def test_an_utterance_that_waited_for_its_turn_keeps_its_sound() -> None:
    talk = Talk()
    talk.speak()
    talk.hear(AudioReceived(packets=(b"\x78second",)))
    talk.hear(InputCommitted())
    move(talk)
    talk.transcript(1, "Hello.")
    assert talk.published(Utterance)[-1].packets == (b"\x78second",)


def test_a_reply_whose_beginning_is_lost_is_made_again_from_what_was_heard() -> None:
    talk = Talk()
    talk.write()
    talk.sentence(1, 0, "One.")
    talk.chunk(1, 0, packets=9)
    talk.sentence(1, 1, " Two.")
    talk.hear(speech(1, 1, 0))
    move(talk)
    talk.hear(ResultsRecalled())
    done = talk.told(ReplyFinished)[0]
    assert (done.status, done.reason, done.text) == ("incomplete", "reply_lost", "One.")
    again = talk.published(UserTurn)[-1]
    assert again.turn == 2
    assert [(item.text, item.is_interrupted) for item in again.history] == [
        ("Hi.", False),
        ("One.", True),
    ]
    talk.answer(2, "Indeed.")
    assert [notice.status for notice in talk.told(ReplyFinished)] == ["incomplete", "completed"]


def test_a_reply_of_which_nothing_has_come_is_waited_for() -> None:
    talk = Talk()
    talk.write()
    move(talk)
    talk.hear(ResultsRecalled())
    assert talk.told(ReplyFinished) == []
    talk.answer(1)
    assert talk.told(ReplyFinished)[0].status == "completed"


def test_a_turn_that_never_comes_fails_in_time() -> None:
    talk = Talk()
    talk.write()
    move(talk)
    assert talk.wake_at == talk.now + GatewaySettings().turn_timeout_s
    talk.now = talk.wake_at
    talk.hear(Tick())
    assert talk.told(ReplyFinished)[0].reason == "timed_out"
