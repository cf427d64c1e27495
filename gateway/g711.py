"""G.711, the sound of telephones: 8 kHz, a byte for each sample, by one of two laws."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from shared.audio import Pcm

Law = Literal["mu", "a"]

_MU_BIAS = 33
"""Added before the logarithm is taken, in units of 14 bits (ITU-T G.711, table 2a)."""


def _expand_mu(code: int) -> int:
    """The sample of 16 bits that a byte of the µ-law stands for."""
    code = ~code & 0xFF
    size = ((((code & 0xF) << 1) + _MU_BIAS) << (code >> 4 & 7)) - _MU_BIAS
    return -4 * size if code & 0x80 else 4 * size


def _expand_a(code: int) -> int:
    """The same of the A-law."""
    code ^= 0x55
    segment, step = code >> 4 & 7, code & 0xF
    size = (step << 1 | 1) if segment == 0 else (step << 1 | 33) << segment - 1
    return 8 * size if code & 0x80 else -8 * size


_SAMPLES: dict[Law, npt.NDArray[np.int16]] = {
    "mu": np.array([_expand_mu(code) for code in range(256)], np.int16),
    "a": np.array([_expand_a(code) for code in range(256)], np.int16),
}
"""Of each byte."""


def _nearest(law: Law) -> npt.NDArray[np.uint8]:
    """The byte for each sample of 16 bits, that of -32768 first: the one that is nearest to it."""
    samples = _SAMPLES[law].astype(np.int32)
    order = np.argsort(samples, kind="stable")
    borders = (samples[order][1:] + samples[order][:-1]) / 2
    places = np.searchsorted(borders, np.arange(-32768, 32768), side="right")
    return order[places].astype(np.uint8)


_BYTES: dict[Law, npt.NDArray[np.uint8]] = {law: _nearest(law) for law in _SAMPLES}


def expand(content: bytes, law: Law) -> Pcm:
    """The sound of these bytes."""
    samples = _SAMPLES[law][np.frombuffer(content, np.uint8)]
    return samples.astype(np.float32) / np.float32(32768)


def compress(pcm: Pcm, law: Law) -> bytes:
    """The bytes of a sound."""
    samples = np.rint(np.clip(pcm, -1, 1) * 32767).astype(np.int32)
    return _BYTES[law][samples + 32768].tobytes()
