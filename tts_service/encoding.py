"""Sound of an engine to Opus packets at the wire's rate."""

from collections.abc import Iterator

import numpy as np
import soxr

from shared.audio import WIRE_HZ, OpusEncoder, Pcm

BLOCK_S = 0.1
"""Sound encoded in one go, in seconds: five packets, well under a millisecond of work."""
_NOTHING: Pcm = np.zeros(0, np.float32)


class SoundEncoder:
    """Resamples and encodes one sentence; the packets depend on the samples alone."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._opus = OpusEncoder(WIRE_HZ)
        self._resampler = None
        if sample_rate_hz != WIRE_HZ:
            self._resampler = soxr.ResampleStream(
                sample_rate_hz, WIRE_HZ, 1, dtype="float32", quality="MQ"
            )

    def encode(self, pcm: Pcm) -> list[bytes]:
        """Packets of 20 ms that are whole now."""
        return self._opus.encode(self._resample(pcm)) if len(pcm) else []

    def finish(self) -> list[bytes]:
        """The rest, filled up with silence."""
        return self._opus.encode(self._resample(_NOTHING, is_last=True)) + self._opus.flush()

    def _resample(self, pcm: Pcm, *, is_last: bool = False) -> Pcm:
        if self._resampler is None:
            return pcm
        resampled: Pcm = self._resampler.resample_chunk(pcm, last=is_last)
        return resampled


def blocks(pcm: Pcm, sample_rate_hz: int) -> Iterator[Pcm]:
    """The sound in pieces of at most `BLOCK_S`; one empty piece if there is none."""
    size = round(BLOCK_S * sample_rate_hz)
    for start in range(0, max(1, len(pcm)), size):
        yield pcm[start : start + size]
