"""Whatever a client sends, it is understood or refused, and the answer is an event."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from realtime_wire import open_session, written

from gateway.notices import Problem
from gateway.protocols import realtime_client as client
from gateway.protocols.realtime_beta import RealtimeBeta

NAMES = (
    *("item", "item_id", "previous_item_id", "session", "response", "audio", "input", "output"),
    *("format", "type", "role", "content", "text", "transcript", "id", "turn_detection", "voice"),
    *("modalities", "input_audio_format", "conversation", "metadata", "audio_end_ms", "speed"),
    *("output_modalities", "response_id", "content_index", "event_id", "tools", "threshold"),
)
WORDS = (
    *("message", "item_reference", "user", "assistant", "input_text", "input_audio", "none"),
    *("audio/pcm", "audio/opus", "server_vad", "item_abc_1", "resp_abc_1", "root", "AAAA", "inf"),
)
LEAVES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(WORDS),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=12,
)
FIELDS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5)
EVENTS = st.builds(
    lambda kind, fields: {**fields, "type": kind},
    st.sampled_from(sorted(client.KNOWN_TYPES)),
    FIELDS,
)


@given(st.one_of(EVENTS, VALUES))
def test_any_message_is_understood_or_refused(message: Any) -> None:
    realtime = open_session()
    (heard,) = realtime.read(msgspec.json.encode(message).decode())
    if isinstance(heard, Problem):
        (error,) = written(realtime.write(heard))
        assert error["type"] == "error"


@given(st.one_of(EVENTS, VALUES))
def test_any_message_in_the_old_words_is_understood_or_refused(message: Any) -> None:
    beta = RealtimeBeta(open_session())
    (heard,) = beta.read(msgspec.json.encode(message).decode())
    if isinstance(heard, Problem):
        assert len(beta.write(heard)) == 1


@given(st.text(max_size=40), st.binary(max_size=40))
def test_any_text_and_bytes_are_understood_or_refused(text: str, content: bytes) -> None:
    realtime = open_session()
    assert len(realtime.read(text)) == 1
    assert len(realtime.read_binary(content)) == 1
