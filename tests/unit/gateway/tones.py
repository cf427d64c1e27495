"""A tone whose pitch can be found again, for tests of sound files."""

import numpy as np

from shared.audio import WIRE_HZ, Pcm

PITCH_HZ = 440


def tone(seconds: float, rate_hz: int = WIRE_HZ) -> Pcm:
    cosine = np.cos(np.arange(round(seconds * rate_hz)) * (2 * np.pi * PITCH_HZ / rate_hz))
    pcm: Pcm = (0.3 * cosine).astype(np.float32)
    return pcm


def pitch_hz(pcm: Pcm) -> float:
    """Of the loudest tone in it."""
    spectrum = np.abs(np.fft.rfft(pcm * np.hanning(len(pcm))))
    return float(np.argmax(spectrum) * WIRE_HZ / len(pcm))
