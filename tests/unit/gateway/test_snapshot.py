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
    ItemTruncated,
    ReplyRequested,
    ResultsRecalled,
    SessionConfigured,
    Tick,
    ToolAnswered,
    ToolsOffered,
)
from gateway.items import Outcome, ServerTool
from gateway.notices import (
    CallArguments,
    CallEnded,
    CallStarted,
    ItemKnown,
    Problem,
    ReplyAudio,
    ReplyFinished,
    ReplyMarks,
    ReplyStarted,
    ReplyText,
    ToolEnded,
    ToolStarted,
    TranscriptKnown,
)
from gateway.settings import GatewaySettings
from gateway.snapshot import KeptConversation
from shared.messages import HistoryItem, ReplyOptions, SpokenWord, Tool, UserTurn, Utterance


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


def test_a_call_that_was_being_made_is_told_to_its_end_and_once() -> None:
    talk = Talk()
    talk.hear(ItemAdded(said=said("user", "Time?")))
    talk.ask(WRITTEN)
    talk.call(1, arguments='{"zone":', is_last=False)
    move(talk)
    talk.call(1, arguments='{"zone":', is_last=False)
    talk.call(1, arguments='"utc"}', offset=8)
    talk.hear(ResultsRecalled())
    talk.ended(1, 0, calls=1)
    assert len(talk.told(CallStarted)) == 1
    assert [notice.delta for notice in talk.told(CallArguments)] == ['{"zone":', '"utc"}']
    assert [notice.arguments for notice in talk.told(CallEnded)] == ['{"zone":"utc"}']
    assert talk.told(ReplyFinished)[0].status == "completed"


def test_a_tool_that_ran_in_the_other_gateway_is_not_run_again() -> None:
    talk = Talk()
    talk.hear(ToolsOffered(tools=(ServerTool(Tool(name="clock"), "house"),)))
    talk.hear(ItemAdded(said=said("user", "Time?")))
    talk.ask(WRITTEN)
    talk.call(1)
    talk.ended(1, 0, calls=1)
    assert len(talk.told(ToolStarted)) == 1
    move(talk)
    assert len(talk.told(ToolStarted)) == 1
    (ended,) = talk.told(ToolEnded)
    assert ended.item.outcome is not None
    assert ended.item.outcome.is_error
    assert ended.item.server == "house"
    turn = talk.published(UserTurn)[-1]
    assert turn.turn == 2
    assert turn.history[-1].call_id == "call_1_0"
    talk.answer(2, "It was lost.")
    assert len(talk.told(ReplyFinished)) == 2


def test_a_reply_that_comes_by_itself_is_not_given_twice_after_a_move() -> None:
    talk = Talk()
    talk.hear(SessionConfigured(options=WRITTEN))
    talk.hear(ToolsOffered(tools=(ServerTool(Tool(name="clock"), "house"),)))
    talk.hear(ItemAdded(said=said("user", "Time?")))
    talk.ask(WRITTEN)
    talk.call(1)
    talk.hear(ToolAnswered(call_id="call_1_0", outcome=Outcome(text="noon", is_error=False)))
    move(talk)
    talk.call(1)
    talk.hear(ResultsRecalled())
    assert talk.ask(WRITTEN) == []
    talk.ended(1, 0, calls=1)
    assert len(talk.told(ReplyStarted)) == 2
    assert talk.told(Problem) == []


def test_outputs_that_the_client_owes_can_still_be_given() -> None:
    talk = Talk()
    talk.hear(ItemAdded(said=said("user", "Time?")))
    talk.ask(WRITTEN)
    talk.call(1)
    talk.ended(1, 0, calls=1)
    move(talk)
    output = HistoryItem(role="tool", call_id="call_1_0", text="noon")
    talk.hear(ItemAdded(said=output))
    talk.ask(WRITTEN)
    turn = talk.published(UserTurn)[-1]
    assert turn.turn == 2
    assert turn.history[-1] == output


def test_a_reply_beside_the_conversation_ends_with_its_gateway() -> None:
    talk = Talk()
    talk.hear(ReplyRequested(options=WRITTEN, is_aside=True, context=(said("user", "Hi."),)))
    move(talk)
    (done,) = talk.told(ReplyFinished)
    assert (done.reply, done.status, done.reason) == (1, "incomplete", "reply_lost")
    talk.write()
    assert [notice.reply for notice in talk.told(ReplyStarted)] == [1, 2]


def test_marks_are_told_once() -> None:
    talk = Talk(GatewaySettings(playout_ahead_s=0.05))
    talk.hear(ItemAdded(said=said("user", "Hi.")))
    talk.ask(ReplyOptions(has_marks=True))
    talk.sentence(1, 0, "One two three.")
    chunk = msgspec.structs.replace(
        speech(1, 0, 0, packets=9, is_last=True),
        words=tuple(SpokenWord(offset=at, start_s=at * 0.01) for at in (0, 4, 8)),
    )
    talk.hear(chunk)
    assert [mark.text for notice in talk.told(ReplyMarks) for mark in notice.words] == [
        "One",
        "two",
    ]
    move(talk)
    talk.sentence(1, 0, "One two three.")
    talk.hear(chunk)
    talk.hear(ResultsRecalled())
    talk.ended(1, 1)
    for _ in range(20):
        talk.now += 0.05
        talk.hear(Tick())
    marks = [mark for notice in talk.told(ReplyMarks) for mark in notice.words]
    assert [(mark.text, mark.offset) for mark in marks] == [("One", 0), ("two", 4), ("three.", 8)]
    assert len(released(talk)) == 9


def test_what_cannot_be_heard_any_more_cannot_be_truncated() -> None:
    talk = Talk()
    talk.write()
    talk.answer(1)
    item = talk.told(ReplyStarted)[0].item
    move(talk)
    talk.hear(ItemTruncated(item=item, audio_end_s=0.0))
    assert [problem.code for problem in talk.told(Problem)] == ["item_not_found"]
