"""Every message survives its journey, and old and new processes understand each other."""

from collections.abc import Iterator
from typing import get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.messages import (
    AnyMessage,
    FunctionCall,
    HistoryItem,
    Message,
    MouthShape,
    ReplyOptions,
    Sentence,
    SpeechChunk,
    SpokenWord,
    Tool,
    Transcript,
    UserTurn,
    Utterance,
    decode,
    encode,
)

KINDS = get_args(AnyMessage)
CALL = FunctionCall(call_id="call_1", name="clock", arguments='{"zone": "UTC"}')
CLOCK = Tool(name="clock", description="Tells the time.", parameters='{"type": "object"}')
SAMPLES: dict[object, object] = {
    str: "text",
    int: 3,
    float: 0.5,
    bool: True,
    tuple[bytes, ...]: (b"\x00packet", b""),
    tuple[HistoryItem, ...]: (
        HistoryItem(role="user", text="Hello."),
        HistoryItem(role="assistant", text="", calls=(CALL,)),
        HistoryItem(role="tool", text="It is noon.", call_id="call_1"),
    ),
    tuple[SpokenWord, ...]: (SpokenWord(offset=4, start_s=0.25),),
    tuple[MouthShape, ...]: (MouthShape(shape="PP", start_s=0.25),),
    ReplyOptions: ReplyOptions(
        voice="slt", temperature=0.0, is_spoken=False, tools=(CLOCK,), tool_choice="clock"
    ),
}


def full(kind: type[Message]) -> Message:
    """A message with something other than the default in every field."""
    fields = msgspec.structs.fields(kind)
    return msgspec.convert({field.name: sample(field.type) for field in fields}, kind)


def sample(wanted: object) -> object:
    return SAMPLES[wanted] if wanted in SAMPLES else get_args(wanted)[-1]


def concrete(kind: type[Message]) -> Iterator[type[Message]]:
    """The classes below this one that have none below themselves."""
    for below in kind.__subclasses__():
        yield from concrete(below) if below.__subclasses__() else (below,)


def test_every_kind_of_message_can_be_decoded() -> None:
    assert set(concrete(Message)) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_arrives_as_it_was_sent(kind: type[Message]) -> None:
    message = full(kind)
    arrived = decode(encode(message))
    assert arrived == message
    assert type(arrived) is kind


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_cannot_be_changed(kind: type[Message]) -> None:
    with pytest.raises(AttributeError):
        full(kind).turn = 9  # type: ignore[misc]


@pytest.mark.parametrize("kind", KINDS)
def test_fields_of_a_newer_version_are_passed_over(kind: type[Message]) -> None:
    message = full(kind)
    newer = msgspec.msgpack.decode(encode(message)) | {"from_the_future": [1, 2]}
    assert decode(msgspec.msgpack.encode(newer)) == message


@pytest.mark.parametrize("kind", KINDS)
def test_only_what_a_message_is_about_must_be_given(kind: type[Message]) -> None:
    """A message of an older version has none of the fields that came later."""
    required = {field.name for field in msgspec.structs.fields(kind) if field.required}
    older = {name: getattr(full(kind), name) for name in required}
    assert decode(encode(kind(**older))) == kind(**older)
    assert {"session", "turn"} <= required


def test_what_is_not_said_takes_no_room() -> None:
    spoken = Sentence(session="s", turn=1, gateway="g", deadline_s=1.0, index=0, text="Yes.")
    assert b"first_token_s" not in encode(spoken)


BROKEN = {
    "nothing": b"",
    "no MessagePack": b"\xc1",
    "cut off": encode(Transcript(session="s", turn=1, text="Yes."))[:-1],
    "no object": msgspec.msgpack.encode([1]),
    "of no type": msgspec.msgpack.encode({"session": "s", "turn": 1}),
    "of an unknown type": msgspec.msgpack.encode({"type": "Poison", "session": "s", "turn": 1}),
    "a field missing": msgspec.msgpack.encode({"type": "Transcript", "session": "s", "turn": 1}),
    "a field of a wrong type": msgspec.msgpack.encode(
        {"type": "Transcript", "session": "s", "turn": "one", "text": "Yes."}
    ),
}


@pytest.mark.parametrize("payload", BROKEN.values(), ids=BROKEN)
def test_what_is_no_message_is_refused(payload: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decode(payload)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_do_harm(payload: bytes) -> None:
    try:
        decode(payload)
    except msgspec.DecodeError:
        return


@settings(deadline=None)
@given(st.lists(st.binary(max_size=80)), st.text(), st.integers(1, 2**31))
def test_packets_and_texts_of_any_kind_arrive(packets: list[bytes], text: str, turn: int) -> None:
    for message in (
        Utterance(session=text, turn=turn, gateway=text, deadline_s=1.0, packets=tuple(packets)),
        UserTurn(session=text, turn=turn, gateway=text, deadline_s=1.0, text=text),
        SpeechChunk(session=text, turn=turn, sentence=0, index=0, packets=tuple(packets)),
    ):
        assert decode(encode(message)) == message
