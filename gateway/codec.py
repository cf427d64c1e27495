"""Between the sound that a client exchanges and the Opus packets that messages carry."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Protocol

import numpy as np

from gateway.g711 import compress, expand
from gateway.ogg import read_ogg, write_ogg
from gateway.protocols.port import SoundFormat
from shared.audio import (
    PACKET_S,
    TELEPHONE_HZ,
    WIRE_HZ,
    OpusDecoder,
    OpusEncoder,
    Pcm,
    from_pcm16,
    to_pcm16,
)
from shared.errors import AudioError


def _pack_pcm16(pcm: Pcm) -> bytes:
    return to_pcm16(pcm).tobytes()


class SoundReader(Protocol):
    """The client's sound in, Opus packets out; one Opus stream per utterance."""

    def encode(self, content: bytes) -> Iterator[tuple[bytes, ...]]:
        """Packets, in pieces that are each soon made; raises AudioError where it is none."""
        ...

    def finish(self) -> tuple[bytes, ...]:
        """What is left of the utterance; the next begins a new stream."""
        ...


class SoundWriter(Protocol):
    """Opus packets of a sentence in, the sound that the client wants out."""

    def decode(self, packets: tuple[bytes, ...], *, is_last: bool) -> Sequence[bytes]:
        """The packets' sound in pieces; the sentence ends with them if `is_last`."""
        ...


class OpusReader:
    """Single Opus packets as they come."""

    def encode(self, content: bytes) -> Iterator[tuple[bytes, ...]]:
        """The one packet."""
        yield (content,)

    def finish(self) -> tuple[bytes, ...]:
        """Nothing is ever left."""
        return ()


class OpusWriter:
    """Single Opus packets as they are."""

    def decode(self, packets: tuple[bytes, ...], *, is_last: bool) -> Sequence[bytes]:
        """Each packet a piece."""
        return packets


class PcmReader:
    """Samples in, by default PCM16 at 24 kHz, Opus packets out; one Opus stream per utterance."""

    def __init__(
        self, sample_rate_hz: int = WIRE_HZ, unpack: Callable[[bytes], Pcm] = from_pcm16
    ) -> None:
        self._rate_hz = sample_rate_hz
        self._unpack = unpack
        self._encoder: OpusEncoder | None = None

    def encode(self, content: bytes) -> Iterator[tuple[bytes, ...]]:
        """Packets, a fifth of a second at a time; raises AudioError before the first."""
        pcm = self._unpack(content)
        self._encoder = self._encoder or OpusEncoder(self._rate_hz)
        step = self._rate_hz // 5
        for start in range(0, len(pcm), step):
            yield tuple(self._encoder.encode(pcm[start : start + step]))

    def finish(self) -> tuple[bytes, ...]:
        """What is left of the utterance; the next begins a new stream."""
        encoder, self._encoder = self._encoder, None
        return tuple(encoder.flush()) if encoder else ()


class PcmWriter:
    """Opus packets in, samples out, by default PCM16 at 24 kHz; one Opus stream per sentence."""

    def __init__(
        self, sample_rate_hz: int = WIRE_HZ, pack: Callable[[Pcm], bytes] = _pack_pcm16
    ) -> None:
        self._rate_hz = sample_rate_hz
        self._pack = pack
        self._silence = np.zeros(round(sample_rate_hz * PACKET_S), np.float32)
        self._decoder: OpusDecoder | None = None

    def decode(self, packets: tuple[bytes, ...], *, is_last: bool) -> Sequence[bytes]:
        """The packets' sound in one piece; a packet that cannot be decoded is silence."""
        decoder = self._decoder or OpusDecoder(self._rate_hz)
        self._decoder = None if is_last else decoder
        pcm = [
            self._decode(decoder, packet, is_last=is_last and place == len(packets) - 1)
            for place, packet in enumerate(packets)
        ]
        return (self._pack(np.concatenate(pcm)),) if pcm else ()

    def _decode(self, decoder: OpusDecoder, packet: bytes, *, is_last: bool) -> Pcm:
        try:
            return decoder.decode(packet, is_last=is_last)
        except AudioError:
            return self._silence


class OggReader:
    """Whole utterances as Ogg Opus files."""

    def encode(self, content: bytes) -> Iterator[tuple[bytes, ...]]:
        """The file's own packets, a page at a time; raises AudioError where it is broken."""
        return read_ogg(content)

    def finish(self) -> tuple[bytes, ...]:
        """Nothing is ever left."""
        return ()


class OggWriter:
    """Each sentence an Ogg Opus file, once it is whole."""

    def __init__(self) -> None:
        self._packets: list[bytes] = []

    def decode(self, packets: tuple[bytes, ...], *, is_last: bool) -> Sequence[bytes]:
        """The sentence's file with its last packets, nothing before; none if it has no sound."""
        self._packets += packets
        if not is_last:
            return ()
        sentence, self._packets = self._packets, []
        return (write_ogg(sentence),) if sentence else ()

    def reset(self) -> None:
        """The sentence was broken off."""
        self._packets = []


READERS: dict[SoundFormat, Callable[[], SoundReader]] = {
    "audio/pcm": PcmReader,
    "audio/pcmu": partial(PcmReader, TELEPHONE_HZ, partial(expand, law="mu")),
    "audio/pcma": partial(PcmReader, TELEPHONE_HZ, partial(expand, law="a")),
    "audio/opus": OpusReader,
    "audio/ogg": OggReader,
}
WRITERS: dict[SoundFormat, Callable[[], SoundWriter]] = {
    "audio/pcm": PcmWriter,
    "audio/pcmu": partial(PcmWriter, TELEPHONE_HZ, partial(compress, law="mu")),
    "audio/pcma": partial(PcmWriter, TELEPHONE_HZ, partial(compress, law="a")),
    "audio/opus": OpusWriter,
    "audio/ogg": OggWriter,
}
"""What reads each format, an object per session, and what writes it, an object per reply."""

BY_SENTENCE: frozenset[SoundFormat] = frozenset({"audio/ogg"})
"""Formats in which nothing of a sentence can be played before all of it is there."""
