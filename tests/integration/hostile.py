"""Messages that nobody should send: valid ones spoilt, made-up ones, and those of the corpus."""

import ast
import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateway.protocols import realtime_client

CORPUS = Path(__file__).parents[1] / "corpus"
Json = dict[str, Any]

_SOUND = base64.b64encode(bytes(960)).decode()
_TEXT = {"type": "input_text", "text": "Hello."}
_CLOCK = {
    "type": "function",
    "name": "clock",
    "description": "Tells the time.",
    "parameters": {"type": "object", "properties": {"zone": {"type": "string"}}},
}
VALID: tuple[Json, ...] = (
    {"type": "session.update", "session": {"type": "realtime", "instructions": "Be brief."}},
    {
        "type": "session.update",
        "session": {
            "type": "realtime",
            "output_modalities": ["audio"],
            "temperature": 0.5,
            "max_output_tokens": 20,
            "audio": {
                "input": {
                    "format": {"type": "audio/pcm", "rate": 24000},
                    "transcription": {"language": "en"},
                    "turn_detection": {"type": "server_vad", "silence_duration_ms": 300},
                },
                "output": {"format": {"type": "audio/opus"}, "voice": "tone", "speed": 1.5},
            },
        },
    },
    {
        "type": "session.update",
        "session": {"type": "realtime", "audio": {"input": {"turn_detection": None}}},
    },
    {"type": "input_audio_buffer.append", "audio": _SOUND},
    {"type": "input_audio_buffer.commit"},
    {"type": "input_audio_buffer.clear"},
    {"type": "output_audio_buffer.played", "item_id": "item_1", "audio_end_ms": 250},
    {"type": "output_audio_buffer.clear"},
    {
        "type": "conversation.item.create",
        "previous_item_id": "root",
        "item": {"type": "message", "id": "mine", "role": "user", "content": [_TEXT]},
    },
    {
        "type": "conversation.item.create",
        "item": {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_audio", "audio": _SOUND}],
        },
    },
    {"type": "conversation.item.retrieve", "item_id": "item_1"},
    {"type": "conversation.item.delete", "item_id": "mine"},
    {
        "type": "conversation.item.truncate",
        "item_id": "item_2",
        "content_index": 0,
        "audio_end_ms": 100,
    },
    {"type": "response.create"},
    {
        "type": "response.create",
        "response": {
            "conversation": "none",
            "instructions": "Be brief.",
            "output_modalities": ["text"],
            "metadata": {"topic": "none"},
            "input": [{"type": "message", "role": "user", "content": [_TEXT]}],
        },
    },
    {
        "type": "session.update",
        "session": {"type": "realtime", "tools": [_CLOCK], "tool_choice": "auto"},
    },
    {
        "type": "conversation.item.create",
        "item": {
            "type": "function_call",
            "id": "call",
            "call_id": "call_1",
            "name": "clock",
            "arguments": '{"zone": "Rome"}',
        },
    },
    {
        "type": "conversation.item.create",
        "item": {"type": "function_call_output", "call_id": "call_1", "output": "noon"},
    },
    {"type": "conversation.item.retrieve", "item_id": "mine"},
    {
        "type": "response.create",
        "response": {
            "conversation": "none",
            "output_modalities": ["text"],
            "tools": [_CLOCK],
            "tool_choice": {"type": "function", "name": "clock"},
            "input": [{"type": "item_reference", "id": "mine"}],
        },
    },
    {"type": "response.cancel"},
    {"type": "response.cancel", "response_id": "resp_1"},
)
"""Messages of every kind that there is."""

_ODD: tuple[object, ...] = (
    *(None, True, False, 0, -1, 1.5, 2**53, 10**30, -(10**30), 1e308, "", " ", "x", "x" * 600),
    *("item_1", "\0", "\u202e", "😀" * 100, [], {}, [None], [[]], {"type": "x"}, {"": {}}),
)
_DEPTH = 5


def corpus(name: str) -> list[str]:
    """The lines of a file of the corpus."""
    lines = (CORPUS / f"{name}.txt").read_text().splitlines()
    return [line for line in lines if not line.startswith("#")]


def connections() -> list[bytes]:
    """First bytes of connections."""
    return [ast.literal_eval(f'b"{line}"') for line in corpus("connections")]


def frames() -> list[bytes]:
    """Bytes for open WebSockets."""
    return [bytes.fromhex(line) for line in corpus("frames")]


def made_up(count: int) -> list[str]:
    """Messages that hypothesis has thought of, always the same ones."""
    found: list[str] = []

    @settings(
        max_examples=count // 10,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(_messages(), min_size=10, max_size=10))
    def collect(messages: list[str]) -> None:
        found.extend(messages)

    collect()
    return found


def _messages() -> st.SearchStrategy[str]:
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    names = st.sampled_from(sorted(_names())) | st.text(max_size=8)
    values = st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
        max_leaves=8,
    )
    types = st.sampled_from(sorted(realtime_client.KNOWN_TYPES)) | st.text(max_size=10)
    objects = st.builds(
        lambda kind, fields: {**fields, "type": kind},
        types,
        st.dictionaries(names, values, max_size=4),
    )
    return st.builds(json.dumps, objects | values) | st.text(max_size=30)


def _names() -> set[str]:
    """The names of all fields that mean something somewhere."""
    kinds = [kind for kind in vars(realtime_client).values() if isinstance(kind, type)]
    structs = [kind for kind in kinds if issubclass(kind, msgspec.Struct)]
    return {field.encode_name for kind in structs for field in msgspec.structs.fields(kind)}


class Spoiler:
    """Takes valid messages and does something to them."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)

    def messages(self, count: int) -> Iterator[str]:
        """Spoilt messages, now and then a valid one; always the same for a seed."""
        spoil: tuple[Callable[[Json], str], ...] = (
            *(self._with_odd_value, self._with_odd_value, self._without_a_field),
            *(self._with_broken_text, self._nested, self._oversized, json.dumps),
        )
        for number in range(count):
            message = json.loads(json.dumps(self._random.choice(VALID)))
            if self._random.random() < 0.9:
                message["event_id"] = f"spoilt_{number}"
            yield self._random.choice(spoil)(message)

    def _places(self, message: Any, depth: int = 0) -> Iterator[tuple[Any, Any]]:
        """Containers in it, and the keys in those."""
        if depth > _DEPTH or not isinstance(message, dict | list):
            return
        keys = list(message) if isinstance(message, dict) else list(range(len(message)))
        for key in keys:
            yield message, key
            yield from self._places(message[key], depth + 1)

    def _with_odd_value(self, message: Json) -> str:
        container, key = self._random.choice(list(self._places(message)))
        container[key] = self._random.choice(_ODD)
        return json.dumps(message)

    def _without_a_field(self, message: Json) -> str:
        container, key = self._random.choice(list(self._places(message)))
        del container[key]
        return json.dumps(message)

    def _with_broken_text(self, message: Json) -> str:
        text = json.dumps(message)
        place = self._random.randrange(len(text))
        garbage = self._random.choice(("", '"', "{", "]", "\\", "\0", ",", "\ufffd", text))
        return text[:place] + garbage + text[place + self._random.randrange(3) :]

    def _nested(self, message: Json) -> str:
        depth = self._random.choice((3, 50, 5000))
        return json.dumps(message)[:-1] + ', "deep": ' + "[" * depth + "]" * depth + "}"

    def _oversized(self, message: Json) -> str:
        message["padding"] = "x" * self._random.choice((1000, 19_000, 21_000))
        return json.dumps(message)
