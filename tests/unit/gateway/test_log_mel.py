"""The spectrogram that turn models hear is the one that is defined."""

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from gateway.log_mel import BANDS, SAMPLE_RATE_HZ, log_mel
from shared.audio import Pcm, read_sound

AUDIO = Path(__file__).parents[2] / "audio"
Table = npt.NDArray[np.float64]


def sound(name: str) -> Pcm:
    return read_sound(AUDIO / f"{name}.wav", SAMPLE_RATE_HZ)


def mel(hertz: float) -> float:
    """Slaney's scale."""
    if hertz < 1000:
        return 3 * hertz / 200
    return 15 + 27 * math.log(hertz / 1000) / math.log(6.4)


def hertz(wanted: float) -> float:
    """The frequency that has so many mel, by halving: it needs no second formula."""
    low, high = 0.0, 8000.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if mel(middle) < wanted else (low, middle)
    return low


def weights(band: int) -> Table:
    """Of the 201 frequencies: a triangle whose area is 1, if it is drawn over hertz."""
    step = mel(8000) / (BANDS + 1)
    left, peak, right = (hertz(step * (band + corner)) for corner in range(3))
    frequencies = 40.0 * np.arange(201)
    rises, falls = (frequencies - left) / (peak - left), (right - frequencies) / (right - peak)
    triangle: Table = np.maximum(np.minimum(rises, falls), 0) * 2 / (right - left)
    return triangle


def frame_powers(frame: Table) -> Table:
    """Of the 201 frequencies, by the Fourier sum as it is written."""
    at = np.arange(400)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * at / 400)
    waves = np.exp(-2j * np.pi * np.outer(np.arange(201), at) / 400)
    powers: Table = np.abs(waves @ (frame * hann)) ** 2
    return powers


def defined(pcm: Pcm) -> Table:
    """The definition, frame by frame, in double precision."""
    mirrored = np.concatenate((pcm[200:0:-1], pcm, pcm[-2:-202:-1])).astype(np.float64)
    bands = np.array([weights(band) for band in range(BANDS)])
    starts = range(0, len(pcm) - 159, 160)
    powers = [bands @ frame_powers(mirrored[start : start + 400]) for start in starts]
    logarithms = np.log10(np.maximum(np.transpose(powers), 1e-10))
    scaled: Table = (np.maximum(logarithms, logarithms.max() - 8) + 4) / 4
    return scaled


@pytest.mark.parametrize("name", ["capital-of-france", "noise"])
def test_it_equals_the_definition(name: str) -> None:
    pcm = sound(name)[8000:24_100]
    assert log_mel(pcm) == pytest.approx(defined(pcm), abs=1e-4)


@pytest.mark.parametrize("samples", [400, 559, 560, 12_800, 12_960, 128_000])
def test_ten_milliseconds_are_a_frame(samples: int) -> None:
    assert log_mel(np.ones(samples, np.float32)).shape == (BANDS, samples // 160)


def test_what_is_80_decibels_below_the_loudest_is_silence() -> None:
    spectrogram = log_mel(sound("yes"))
    assert spectrogram.max() - spectrogram.min() == pytest.approx(2, abs=1e-6)


def test_silence_is_the_same_everywhere() -> None:
    assert log_mel(np.zeros(16_000, np.float32)) == pytest.approx(-1.5)
