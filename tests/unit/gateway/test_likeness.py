"""Whether a sound is told from its echo, and other speech from it."""

from pathlib import Path

import numpy as np
import pytest

from gateway.likeness import likeness
from gateway.log_mel import SAMPLE_RATE_HZ
from shared.audio import Pcm, read_sound

AUDIO = Path(__file__).parents[2] / "audio"
STORY = "long-story"


def sound(name: str, start_s: float, length_s: float) -> Pcm:
    pcm = read_sound(AUDIO / f"{name}.wav", SAMPLE_RATE_HZ)
    start = round(start_s * SAMPLE_RATE_HZ)
    return pcm[start : start + round(length_s * SAMPLE_RATE_HZ)]


def in_a_room(pcm: Pcm, level: float = 0.1) -> Pcm:
    """What a loudspeaker, walls and a cheap microphone make of it, at 20 dB over the noise."""
    chance = np.random.default_rng(2)
    times = np.arange(round(0.2 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    walls = chance.standard_normal(len(times)) * np.exp(-times / 0.04)
    walls[0] = 3 * np.abs(walls).max()
    heard = np.convolve(pcm, walls / np.sqrt(np.square(walls).sum()))[: len(pcm)] * level
    noise = chance.standard_normal(len(pcm)) * np.sqrt(np.mean(np.square(heard))) * 0.1
    made: Pcm = (heard + noise).astype(np.float32)
    return made


@pytest.mark.parametrize("start_s", [3.0, 8.0, 13.0])
@pytest.mark.parametrize("delay_s", [0.05, 0.4])
def test_an_echo_is_like_what_was_played(start_s: float, delay_s: float) -> None:
    played = sound(STORY, start_s, 1.7)
    echo = in_a_room(sound(STORY, start_s + 1.0 - delay_s, 0.7))
    assert likeness(echo, played) > 0.62


@pytest.mark.parametrize("start_s", [3.0, 8.0, 11.0])
@pytest.mark.parametrize("name", ["moon-distance", "capital-of-france", "kitchen-lights"])
def test_other_speech_is_not(start_s: float, name: str) -> None:
    assert likeness(sound(name, 0.4, 1.2), sound(STORY, start_s, 2.2)) < 0.52


def test_loudness_does_not_matter() -> None:
    played = sound(STORY, 3.0, 1.7)
    soft, loud = (likeness(in_a_room(played[8000:19200], level), played) for level in (0.02, 1.0))
    assert soft == pytest.approx(loud, abs=0.05)


def test_an_echo_of_a_reply_that_has_just_begun_is_like_it() -> None:
    played = sound(STORY, 0.2, 0.5)
    heard = in_a_room(np.concatenate((np.zeros(2400, np.float32), played)))
    assert likeness(heard, played) > 0.62


@pytest.mark.parametrize("samples", [0, 100, 399])
def test_too_little_sound_is_like_nothing(samples: int) -> None:
    played = sound(STORY, 3.0, 1.7)
    assert likeness(played[:samples], played) == 0
    assert likeness(played, played[:samples]) == 0


def test_silence_is_like_nothing() -> None:
    silence = np.zeros(SAMPLE_RATE_HZ, np.float32)
    assert likeness(silence, sound(STORY, 3.0, 1.7)) < 0.5
    assert likeness(sound(STORY, 3.0, 0.7), silence) < 0.5
