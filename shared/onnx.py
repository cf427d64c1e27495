"""Reads the weights out of an ONNX file: the few parts of its protobuf that hold them."""

from collections.abc import Iterator

import numpy as np

from shared.audio import Pcm

_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5
"""Wire types of protobuf."""
_GRAPH, _NODE = 7, 1
_NODE_OUTPUT, _ATTRIBUTE = 2, 5
_TENSOR, _SUBGRAPH = 5, 6
_DIMS, _KIND, _RAW = 1, 2, 9
_FLOAT = 1


def read_constants(model: bytes) -> dict[str, Pcm]:
    """All constants of floats by name, those in branches too; raises ValueError for other files.

    https://github.com/onnx/onnx/blob/main/onnx/onnx.proto numbers the fields.
    """
    [graph] = _parts(memoryview(model), _GRAPH)
    return dict(_of_graph(graph))


def _of_graph(graph: memoryview) -> Iterator[tuple[str, Pcm]]:
    for node in _parts(graph, _NODE):
        for attribute in _parts(node, _ATTRIBUTE):
            for branch in _parts(attribute, _SUBGRAPH):
                yield from _of_graph(branch)
            for tensor in _parts(attribute, _TENSOR):
                [name] = _parts(node, _NODE_OUTPUT)
                if _numbers(tensor, _KIND) == [_FLOAT]:
                    yield bytes(name).decode(), _array(tensor)


def _array(tensor: memoryview) -> Pcm:
    [raw] = _parts(tensor, _RAW)
    return np.frombuffer(raw, "<f4").reshape(_numbers(tensor, _DIMS))


def _numbers(message: memoryview, wanted: int) -> list[int]:
    """A message's fields of that number that are numbers."""
    return [
        value
        for field, value in _fields(message)
        if field == wanted and not isinstance(value, memoryview)
    ]


def _parts(message: memoryview, wanted: int) -> list[memoryview]:
    """A message's fields of that number that are messages, strings or bytes."""
    return [
        value
        for field, value in _fields(message)
        if field == wanted and isinstance(value, memoryview)
    ]


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Numbers and contents of a message's fields, in order."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        field, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, place = _varint(message, place)
            yield field, value
            continue
        size, place = _size(message, place, kind)
        if place + size > len(message):
            raise ValueError(f"a field of {size} bytes goes beyond the end")
        yield field, message[place : place + size]
        place += size


def _size(message: memoryview, place: int, kind: int) -> tuple[int, int]:
    """The bytes of a field's content, and where that begins."""
    fixed = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}.get(kind)
    if fixed is not None:
        return fixed, place
    if kind != _BYTES:
        raise ValueError(f"no field has the wire type {kind}")
    return _varint(message, place)


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """A number of seven bits a byte, and where the next thing begins."""
    number = shift = 0
    while True:
        if place >= len(message) or shift > 63:
            raise ValueError("a number does not end")
        byte = message[place]
        number |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return number, place
