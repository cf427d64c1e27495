"""Spoken replies to sound files, while they are made."""

import io
from fractions import Fraction
from typing import Any, Literal, Protocol, cast

import av

from gateway.codec import PcmWriter
from shared.audio import DECODER_HZ, PACKET_S, WIRE_HZ

Format = Literal["mp3", "opus", "aac", "flac", "wav", "pcm"]

_PAGE_US = 100_000
"""Sound in a page of an Ogg file, in microseconds; nothing of a page is sent before its end."""
_BUFFER_BYTES = 4096


class SoundFile(Protocol):
    """A file in the making: packets of speech in, bytes of the file out."""

    def add(self, packets: tuple[bytes, ...], *, is_last: bool) -> bytes:
        """What the file has more by these packets; `is_last`: they end a sentence."""
        ...

    def finish(self) -> bytes:
        """The rest of it."""
        ...


class RawSound:
    """PCM16 at 24 kHz, without any header."""

    def __init__(self) -> None:
        self._speech = PcmWriter()

    def add(self, packets: tuple[bytes, ...], *, is_last: bool) -> bytes:
        """The packets' samples."""
        return b"".join(self._speech.decode(packets, is_last=is_last))

    def finish(self) -> bytes:
        """Nothing more."""
        return b""


class OggSound:
    """Ogg Opus of the packets as they are.

    Each sentence was encoded for itself. They follow each other without a click, because they end
    in silence.
    """

    def __init__(self) -> None:
        self._muxer = _Muxer("ogg", "libopus", DECODER_HZ, page_duration=str(_PAGE_US))
        self._packets = 0

    def add(self, packets: tuple[bytes, ...], *, is_last: bool) -> bytes:
        """The pages that are now full."""
        for content in packets:
            packet = av.Packet(content)
            packet.time_base = Fraction(1, DECODER_HZ)
            packet.duration = round(PACKET_S * DECODER_HZ)
            packet.pts = packet.dts = self._packets * packet.duration
            self._muxer.mux(packet)
            self._packets += 1
        return self._muxer.take()

    def finish(self) -> bytes:
        """The last page."""
        return self._muxer.finish()


class EncodedSound:
    """Speech decoded, and encoded again in another way."""

    def __init__(self, container: str, codec: str, bit_rate: int = 0) -> None:
        self._speech = PcmWriter()
        self._muxer = _Muxer(container, codec, WIRE_HZ, bit_rate)

    def add(self, packets: tuple[bytes, ...], *, is_last: bool) -> bytes:
        """What the encoder has ready."""
        self._muxer.encode(b"".join(self._speech.decode(packets, is_last=is_last)))
        return self._muxer.take()

    def finish(self) -> bytes:
        """What the encoder held back."""
        self._muxer.encode(b"", is_last=True)
        return self._muxer.finish()


class _Muxer:
    """A container of one mono stream that is written to memory."""

    def __init__(
        self, container: str, codec: str, rate_hz: int, bit_rate: int = 0, **options: str
    ) -> None:
        self._written = io.BytesIO()
        options |= {"flush_packets": "1", "fflags": "+bitexact"}
        sink: Any = _Sink(self._written)  # unlike a file it cannot be wound back
        self._container: Any = av.open(
            sink, "w", format=container, options=options, buffer_size=_BUFFER_BYTES
        )
        stream = self._container.add_stream(codec, rate=rate_hz, layout="mono")
        self._stream = cast(av.AudioStream, stream)
        self._rate_hz = rate_hz
        if bit_rate:
            self._stream.bit_rate = bit_rate
        self._container.start_encoding()

    def mux(self, packet: Any) -> None:
        """Put in a packet that is already encoded."""
        packet.stream = self._stream
        self._container.mux(packet)

    def encode(self, pcm16: bytes, *, is_last: bool = False) -> None:
        """Put in sound; `is_last`: no more comes, the encoder gives up what it holds back."""
        if pcm16:
            frame = av.AudioFrame(format="s16", layout="mono", samples=len(pcm16) // 2)
            frame.planes[0].update(pcm16)
            frame.sample_rate = self._rate_hz
            self._container.mux(self._stream.encode(frame))
        if is_last:
            self._container.mux(self._stream.encode(None))

    def take(self) -> bytes:
        """What was written since the last call."""
        written = self._written.getvalue()
        self._written.seek(0)
        self._written.truncate()
        return written

    def finish(self) -> bytes:
        """End the file."""
        self._container.close()
        return self.take()


class _Sink:
    """Something that can only be written to."""

    def __init__(self, written: io.BytesIO) -> None:
        self._written = written

    def write(self, content: bytes) -> int:
        """Take it all."""
        return self._written.write(content)


MEDIA_TYPES: dict[Format, str] = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/pcm",
}
"""How HTTP names a file of each format."""


def sound_file(kind: Format) -> SoundFile:
    """An empty file of that format."""
    match kind:
        case "mp3":
            return EncodedSound("mp3", "libmp3lame", 64_000)
        case "opus":
            return OggSound()
        case "aac":
            return EncodedSound("adts", "aac", 64_000)
        case "flac":
            return EncodedSound("flac", "flac")
        case "wav":
            return EncodedSound("wav", "pcm_s16le")
        case "pcm":
            return RawSound()
