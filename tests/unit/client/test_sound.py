"""Sound files of questions and answers."""

from pathlib import Path

import numpy as np
import pytest

from client.sound import read_question, write_answer
from shared.audio import WIRE_HZ, read_sound, write_wav

TONE = (0.5 * np.sin(2 * np.pi * 440 * np.arange(WIRE_HZ) / WIRE_HZ)).astype(np.float32)


@pytest.mark.parametrize("name", ["answer.wav", "answer.opus", "answer.OGG"])
def test_an_answer_can_be_written_and_read_again(name: str, tmp_path: Path) -> None:
    question = tmp_path / "question.wav"
    write_wav(question, TONE, WIRE_HZ)
    written_s = write_answer(tmp_path / name, read_question(question))
    sound = read_sound(tmp_path / name, WIRE_HZ)
    assert written_s == pytest.approx(1, abs=0.05)
    assert len(sound) / WIRE_HZ == pytest.approx(1, abs=0.05)
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(0.35, abs=0.05)


def test_a_question_is_one_packet_for_each_20_ms(tmp_path: Path) -> None:
    path = tmp_path / "question.wav"
    write_wav(path, TONE[: WIRE_HZ // 2 + 1], WIRE_HZ)
    assert len(read_question(path)) == 26
