"""Every message has its road, and every job its end."""

from typing import get_args

import pytest

from shared.messages import (
    AnyControl,
    AnyJob,
    AnyMessage,
    AnyReply,
    PartialTranscript,
    ReplyEnded,
    Sentence,
    SessionEnded,
    SessionMoved,
    SpeechChunk,
    Stage,
    ToolCall,
    Transcript,
    TurnCancelled,
    UserTurn,
    Utterance,
    WorkFailed,
)
from shared.streams import (
    CONTROL,
    DEAD,
    SENTENCES,
    TURNS,
    UTTERANCES,
    WORK_STREAMS,
    Broadcast,
    Road,
    concludes,
    replies,
    roads,
)

UTTERANCE = Utterance(session="s", turn=1, gateway="g", deadline_s=1.0, packets=(b"p",))
USER_TURN = UserTurn(session="s", turn=1, gateway="g", deadline_s=1.0, text="Hello.")
SPOKEN = Sentence(session="s", turn=1, gateway="g", deadline_s=1.0, index=0, text="Hello.")
WRITTEN = Sentence(
    session="s", turn=1, gateway="g", deadline_s=1.0, index=0, text="Hi.", is_spoken=False
)
PARTIAL = PartialTranscript(session="s", turn=1, text="Hel")
TRANSCRIPT = Transcript(session="s", turn=1, text="Hello.")
NOTHING_SAID = Transcript(session="s", turn=1, text="")
CHUNK = SpeechChunk(session="s", turn=1, sentence=0, index=0, packets=())
LAST_CHUNK = SpeechChunk(session="s", turn=1, sentence=0, index=1, packets=(), is_last=True)
CALL = ToolCall(session="s", turn=1, index=0, call_id="c", name="f", arguments="{}", is_last=True)
ENDED = ReplyEnded(session="s", turn=1, sentences=1)
FAILED = WorkFailed(session="s", turn=1, stage="tts", code="expired", detail="too late")
CANCELLED = TurnCancelled(session="s", turn=1)
LEFT = SessionEnded(session="s", turn=1)
MOVED = SessionMoved(session="s", turn=1)

ROADS: list[tuple[AnyMessage, tuple[Road, ...]]] = [
    (UTTERANCE, (UTTERANCES,)),
    (USER_TURN, (TURNS,)),
    (SPOKEN, (replies("g"), SENTENCES)),
    (WRITTEN, (replies("g"),)),
    (PARTIAL, (replies("g"),)),
    (TRANSCRIPT, (replies("g"),)),
    (CHUNK, (replies("g"),)),
    (CALL, (replies("g"),)),
    (ENDED, (replies("g"),)),
    (FAILED, (replies("g"),)),
    (CANCELLED, (CONTROL,)),
    (LEFT, (CONTROL,)),
    (MOVED, (replies("g"),)),
]


@pytest.mark.parametrize(("message", "expected"), ROADS, ids=lambda it: type(it).__name__)
def test_a_message_travels_its_roads(message: AnyMessage, expected: tuple[Road, ...]) -> None:
    assert roads(message, "g") == expected


def test_no_message_is_without_a_road() -> None:
    assert {type(message) for message, _ in ROADS} == set(get_args(AnyMessage))


def test_a_broadcast_says_all_that_it_carries() -> None:
    for message, expected in ROADS:
        for road in expected:
            assert not isinstance(road, Broadcast) or type(message) in road.carries
    assert set(replies("g").carries) == {*get_args(AnyReply), SessionMoved}
    assert set(CONTROL.carries) == set(get_args(AnyControl))


def test_each_stage_takes_the_jobs_of_one_stream() -> None:
    assert tuple(stream.stage for stream in WORK_STREAMS) == get_args(Stage)
    taken = [road for message, all_of in ROADS if isinstance(message, AnyJob) for road in all_of]
    assert {road for road in taken if not isinstance(road, Broadcast)} == set(WORK_STREAMS)


def test_each_gateway_has_its_own_replies() -> None:
    assert replies("g").name != replies("h").name


def test_no_broadcast_grows_without_end_or_outlives_its_use() -> None:
    for stream in (CONTROL, DEAD, replies("g")):
        assert 0 < stream.keep <= 10_000
        assert 0 < stream.expires_s <= 86_400


ENDS = [
    *((PARTIAL, True), (TRANSCRIPT, True), (NOTHING_SAID, True), (USER_TURN, True)),
    *((SPOKEN, False), (WRITTEN, False), (CALL, False), (ENDED, True)),
    *((CHUNK, False), (LAST_CHUNK, True), (FAILED, True)),
]


@pytest.mark.parametrize(("result", "expected"), ENDS)
def test_a_job_is_done_with_its_last_result(result: AnyReply | UserTurn, expected: bool) -> None:
    assert concludes(result) is expected


@pytest.mark.parametrize("message", [UTTERANCE, CANCELLED, LEFT])
def test_what_is_no_result_ends_no_job(message: Utterance | AnyControl) -> None:
    assert not concludes(message)
