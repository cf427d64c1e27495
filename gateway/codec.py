"""Between the sound that a client exchanges and the Opus packets that messages carry."""

from collections.abc import Iterator

import numpy as np

from shared.audio import PACKET_S, WIRE_HZ, OpusDecoder, OpusEncoder, Pcm, from_pcm16, to_pcm16
from shared.errors import AudioError

_SLICE = WIRE_HZ // 5
_SILENCE = np.zeros(round(WIRE_HZ * PACKET_S), np.float32)


class UtteranceEncoder:
    """PCM16 at 24 kHz in, Opus packets out; one Opus stream per utterance."""

    def __init__(self) -> None:
        self._encoder: OpusEncoder | None = None

    def encode(self, pcm16: bytes) -> Iterator[tuple[bytes, ...]]:
        """Packets, a fifth of a second at a time; raises AudioError before the first."""
        pcm = from_pcm16(pcm16)
        self._encoder = self._encoder or OpusEncoder(WIRE_HZ)
        for start in range(0, len(pcm), _SLICE):
            yield tuple(self._encoder.encode(pcm[start : start + _SLICE]))

    def finish(self) -> tuple[bytes, ...]:
        """What is left of the utterance; the next begins a new stream."""
        encoder, self._encoder = self._encoder, None
        return tuple(encoder.flush()) if encoder else ()


class SpeechDecoder:
    """Opus packets in, PCM16 at 24 kHz out; one Opus stream per sentence."""

    def __init__(self) -> None:
        self._decoder: OpusDecoder | None = None

    def decode(self, packets: tuple[bytes, ...], *, is_last: bool) -> bytes:
        """The packets' sound; a packet that cannot be decoded is silence."""
        decoder = self._decoder or OpusDecoder(WIRE_HZ)
        self._decoder = None if is_last else decoder
        pcm = [
            self._decode(decoder, packet, is_last=is_last and place == len(packets) - 1)
            for place, packet in enumerate(packets)
        ]
        return to_pcm16(np.concatenate(pcm)).tobytes() if pcm else b""

    def reset(self) -> None:
        """The sentence was broken off."""
        self._decoder = None

    def _decode(self, decoder: OpusDecoder, packet: bytes, *, is_last: bool) -> Pcm:
        try:
            return decoder.decode(packet, is_last=is_last)
        except AudioError:
            return _SILENCE
