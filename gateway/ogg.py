"""Ogg Opus files (RFC 3533, RFC 7845): packets out of a whole file, and a file made of packets."""

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from shared.audio import DECODER_HZ, WIRE_HZ, packet_seconds
from shared.errors import AudioError

_PAGE = struct.Struct("<4sBBQIIIB")
"""Magic, version, flags, granule position, serial number, place, checksum, segments."""
_CHECKSUM = slice(22, 26)
_HEAD = struct.Struct("<8sBBHIHB")
"""Magic, version, channels, pre-skip, rate of the input, gain, mapping family."""

_CONTINUED, _FIRST, _LAST = 1, 2, 4
_SERIAL = 1
_PRE_SKIP = 312
"""Samples at 48 kHz that libopus looks ahead."""
_PAGE_PACKETS = 40
"""So many single frames always fit into a page."""
_VENDOR = b"voicechat"

_MOST_PACKET_BYTES = 65_536
"""Of what is read; the largest packet is that of the tags."""
_MOST_PACKETS = 100_000
"""Of a file that is read: four minutes of the shortest packets there are."""

_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class _Page(NamedTuple):
    flags: int
    serial: int
    lengths: bytes
    """Of its segments; one of 255 bytes is continued by the next."""
    content: bytes


def read_ogg(file: bytes) -> Iterator[tuple[bytes, ...]]:
    """The packets of a file of one mono stream, page by page, without decoding anything.

    Raises AudioError where the file turns out to be of another kind, broken, or without sound.
    """
    pages = _packets(_pages(file))
    _check_head(next(pages))
    waits_for_tags, total = True, 0
    for packets in pages:
        if waits_for_tags and packets:
            _check_tags(packets.pop(0))
            waits_for_tags = False
        for packet in packets:
            packet_seconds(packet)
        total += len(packets)
        if total > _MOST_PACKETS:
            raise AudioError(f"a recording may have {_MOST_PACKETS} packets, and this has more")
        if packets:
            yield tuple(packets)
    if not total:
        raise AudioError("the recording holds no sound")


def write_ogg(packets: Sequence[bytes]) -> bytes:
    """A complete file of at least one packet, each a single frame that libopus has made, mono."""
    head = _HEAD.pack(b"OpusHead", 1, 1, _PRE_SKIP, WIRE_HZ, 0, 0)
    tags = struct.pack(f"<8sI{len(_VENDOR)}sI", b"OpusTags", len(_VENDOR), _VENDOR, 0)
    pages = [_page([head], flags=_FIRST), _page([tags], place=1)]
    seconds = 0.0
    for start in range(0, len(packets), _PAGE_PACKETS):
        some = packets[start : start + _PAGE_PACKETS]
        seconds += sum(map(packet_seconds, some))
        flags = _LAST if start + _PAGE_PACKETS >= len(packets) else 0
        samples = round(seconds * DECODER_HZ)
        pages.append(_page(some, flags=flags, samples=samples, place=len(pages)))
    return b"".join(pages)


def _pages(file: bytes) -> Iterator[_Page]:
    """At least one."""
    start = 0
    while not start or start < len(file):
        if not file.startswith(b"OggS\0", start):
            raise AudioError(f"a recording is one Ogg Opus file; no page begins at byte {start}")
        body = start + _PAGE.size
        segments = file[body - 1] if body <= len(file) else 255
        lengths = file[body : body + segments]
        content = body + segments
        end = content + sum(lengths)
        if content > len(file) or end > len(file):
            raise AudioError("the recording is cut off in the middle of a page")
        _, _, flags, _, serial, _, checksum, _ = _PAGE.unpack_from(file, start)
        if checksum != _checksum(file[start:end]):
            raise AudioError(f"the recording is damaged in the page at byte {start}")
        yield _Page(flags, serial, lengths, file[content:end])
        start = end


def _packets(pages: Iterator[_Page]) -> Iterator[list[bytes]]:
    """The packets that end in each page."""
    serial: int | None = None
    begun = b""
    for page in pages:
        serial = page.serial if serial is None else serial
        if page.serial != serial:
            raise AudioError("a recording has one stream, and this has several")
        packets, start = [], 0
        begun = begun if page.flags & _CONTINUED else b""
        for length in page.lengths:
            begun += page.content[start : start + length]
            start += length
            if len(begun) > _MOST_PACKET_BYTES:
                raise AudioError(f"a packet may have {_MOST_PACKET_BYTES} bytes")
            if length < 255:
                packets.append(begun)
                begun = b""
        yield packets


def _check_head(packets: Sequence[bytes]) -> None:
    head = packets[0] if packets else b""
    if not head.startswith(b"OpusHead") or len(head) < _HEAD.size:
        raise AudioError("the recording is an Ogg file, but its sound is not Opus")
    _, version, channels, _, _, _, family = _HEAD.unpack_from(head)
    if version >> 4:
        raise AudioError(f"the recording has version {version} of Ogg Opus, which is unknown here")
    if channels != 1 or family:
        raise AudioError(f"the recording has {channels} channels; record in mono")


def _check_tags(packet: bytes) -> None:
    if not packet.startswith(b"OpusTags"):
        raise AudioError("the recording is broken: its second packet holds no tags")


def _page(packets: Sequence[bytes], *, flags: int = 0, samples: int = 0, place: int = 0) -> bytes:
    """`samples`: of the stream up to the page's end, at 48 kHz."""
    lengths = b"".join(
        b"\xff" * (len(packet) // 255) + bytes([len(packet) % 255]) for packet in packets
    )
    header = _PAGE.pack(b"OggS", 0, flags, samples, _SERIAL, place, 0, len(lengths))
    page = bytearray(b"".join((header, lengths, *packets)))
    page[_CHECKSUM] = _checksum(page).to_bytes(4, "little")
    return bytes(page)


def _checksum(page: bytes | bytearray) -> int:
    """The CRC of a page, its checksum's own place taken as zeros.

    It is that of zlib with all bits the other way round, and without the inversions.
    """
    blank = bytearray(page)
    blank[_CHECKSUM] = bytes(4)
    inverted = zlib.crc32(blank.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(inverted.to_bytes(4, "big").translate(_MIRRORED), "little")
