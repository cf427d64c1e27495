"""Silence around speech."""

import numpy as np
import pytest

from shared.audio import Pcm
from shared.messages import SpokenWord
from tts_service.engine import Phoneme, Sound
from tts_service.silence import MARGIN_S, Trimmer, pause_after

HZ = 1000
MARGIN = round(MARGIN_S * HZ)


def silence(samples: int) -> Pcm:
    return np.zeros(samples, np.float32)


def speech(samples: int) -> Pcm:
    return np.full(samples, 0.5, np.float32)


def trimmed(pcm: Pcm, step: int, pause_s: float = 0.05) -> Pcm:
    trimmer = Trimmer(HZ)
    pieces = [trimmer.add(Sound(pcm=pcm[n : n + step])).pcm for n in range(0, len(pcm), step)]
    return np.concatenate([*pieces, trimmer.finish(pause_s).pcm])


@pytest.mark.parametrize("step", [1, 7, 100, 1000])
def test_silence_goes_from_the_head_stays_inside_and_is_measured_at_the_tail(step: int) -> None:
    inside = np.concatenate((speech(30), silence(40), speech(30)))
    pcm = np.concatenate((silence(123), inside, silence(200)))
    wanted = np.concatenate((silence(MARGIN), inside, silence(50)))
    assert np.array_equal(trimmed(pcm, step), wanted)


def test_a_short_tail_is_filled_up() -> None:
    assert len(trimmed(speech(10), 10)) == 60


def test_no_pause_leaves_no_silence() -> None:
    assert len(trimmed(np.concatenate((speech(10), silence(10))), 5, pause_s=0)) == 10


def test_sound_without_speech_is_nothing() -> None:
    assert len(trimmed(silence(100), 10)) == 0


def test_words_count_from_the_first_sample_kept() -> None:
    trimmer = Trimmer(HZ)
    words = (SpokenWord(offset=0, start_s=0.0), SpokenWord(offset=6, start_s=0.3))
    assert trimmer.add(Sound(pcm=silence(105), words=words[:1])).words == ()
    told = trimmer.add(Sound(pcm=speech(10), words=words[1:])).words
    assert [word.offset for word in told] == [0, 6]
    assert [word.start_s for word in told] == pytest.approx([0, 0.2])


def test_of_the_phonemes_cut_off_with_the_head_only_the_last_is_left() -> None:
    trimmer = Trimmer(HZ)
    times = (("", 0.0), ("h", 0.05), ("e", 0.1), ("l", 0.2))
    phonemes = tuple(Phoneme(ipa=ipa, start_s=start_s) for ipa, start_s in times)
    trimmer.add(Sound(pcm=silence(105), phonemes=phonemes[:3]))
    told = trimmer.add(Sound(pcm=speech(105), phonemes=phonemes[3:])).phonemes
    assert [phoneme.ipa for phoneme in told] == ["e", "l"]
    assert [phoneme.start_s for phoneme in told] == pytest.approx([0, 0.1])


def test_words_of_a_silent_sound_are_told_at_the_end() -> None:
    trimmer = Trimmer(HZ)
    trimmer.add(Sound(pcm=silence(10), words=(SpokenWord(offset=0, start_s=0),)))
    assert len(trimmer.finish(0.1).words) == 1


@pytest.mark.parametrize(
    ("text", "pause_s"),
    [
        ("Yes.", 2),
        ('"Yes!"', 2),
        ("(Really?)", 2),
        ("はい。", 2),
        ("「はい！」", 2),
        ("هل أنت بخير؟", 2),
        ("यह है।", 2),
        ("Well,", 1),
        ("and so", 1),
        ("", 1),
    ],
)
def test_a_sentence_is_followed_by_a_longer_pause_than_a_clause(text: str, pause_s: int) -> None:
    assert pause_after(text, sentence_s=2, clause_s=1) == pause_s
