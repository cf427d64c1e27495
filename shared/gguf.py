"""Tells a whole GGUF model file from a broken one before native code reads it, and what it says."""

import mmap
import struct
from pathlib import Path

from shared.errors import ModelError

MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_MOST = 1_000_000
"""More tensors or metadata entries than this are no model."""
_STRING, _ARRAY = 8, 9
_WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of a metadata value by its type."""
_DEFAULT_ALIGNMENT = 32


def check(path: Path) -> None:
    """Raise ModelError unless the header is sound and the file reaches its last tensor.

    Raises OSError where the file cannot be read. Source: the GGUF specification of the ggml
    project. The last tensor's own length is left to llama.cpp, which checks it.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise ModelError(f"{path} is not a GGUF file: it does not begin with GGUF")
        try:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                least = _Header(content).least_bytes()
        except (struct.error, KeyError) as error:
            raise ModelError(f"{path} is truncated or damaged: its header is broken") from error
    if size <= least:
        raise ModelError(f"{path} is truncated: {size} bytes, and its tensors begin up to {least}")


def read_text(path: Path, key: str) -> str:
    """A text among the metadata of a sound file; empty if it has none of that name.

    Raises OSError where the file cannot be read.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return _Header(content).text(key.encode())


class _Header:
    """Reads a header from front to back. Raises struct.error or KeyError where it is broken."""

    def __init__(self, content: mmap.mmap) -> None:
        self._content = content
        self._at = len(MAGIC)
        self._alignment = _DEFAULT_ALIGNMENT

    def least_bytes(self) -> int:
        """Where the last tensor begins, in bytes from the start of the file."""
        version, tensors, entries = self._read("<IQQ")
        if version not in _VERSIONS or max(tensors, entries) > _MOST:
            raise struct.error("unknown version or impossible counts")
        for _ in range(entries):
            self._metadata()
        last = max((self._tensor_offset() for _ in range(tensors)), default=0)
        return self._at + -self._at % self._alignment + int(last)

    def text(self, wanted: bytes) -> str:
        """The value of a metadata entry."""
        _, _, entries = self._read("<IQQ")
        for _ in range(entries):
            key, (kind,) = self._string(), self._read("<I")
            if key == wanted and kind == _STRING:
                return self._string().decode(errors="replace")
            self._skip(kind)
        return ""

    def _metadata(self) -> None:
        key = self._string()
        (kind,) = self._read("<I")
        start = self._at
        self._skip(kind)
        if key == b"general.alignment":
            (self._alignment,) = struct.unpack_from("<I", self._content, start)
            if not self._alignment:
                raise struct.error("tensors cannot be aligned to 0 bytes")

    def _tensor_offset(self) -> int:
        self._skip(_STRING)
        (dimensions,) = self._read("<I")
        *_, offset = self._read(f"<{dimensions}QIQ")
        return int(offset)

    def _skip(self, kind: int) -> None:
        if kind == _STRING:
            (length,) = self._read("<Q")
            self._pass(length)
        elif kind == _ARRAY:
            inner, length = self._read("<IQ")
            self._skip_array(inner, length)
        else:
            self._pass(_WIDTHS[kind])

    def _skip_array(self, kind: int, length: int) -> None:
        if kind != _STRING:
            self._pass(_WIDTHS[kind] * length)
            return
        for _ in range(length):
            self._skip(_STRING)

    def _string(self) -> bytes:
        start = self._at + 8
        self._skip(_STRING)
        return self._content[start : self._at]

    def _pass(self, count: int) -> None:
        self._at += count
        if self._at > len(self._content):
            raise struct.error("the file ends within its header")

    def _read(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(layout, self._content, self._at)
        self._at += struct.calcsize(layout)
        return values
