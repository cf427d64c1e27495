"""The command line: each error is one line that says what to do, and status 2."""

import re
import socket
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from client.commands import run


@pytest.fixture
def closed_url() -> Iterator[str]:
    """A port that is bound, so that nobody else takes it, but does not listen."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"ws://127.0.0.1:{bound.getsockname()[1]}/v1/realtime"


def error_of(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert run(arguments) == 2
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert printed.err.startswith("error: ")
    return printed.err


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        run(["--version"])
    assert exit_.value.code == 0
    assert re.fullmatch(r"voicechat \d+\.\d+\.\d+\n", capsys.readouterr().out)


def test_a_command_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        run(["sing"])
    assert exit_.value.code == 2
    assert "ask" in capsys.readouterr().err


def test_asking_nothing_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--text" in error_of(["ask"], capsys)


def test_a_missing_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "none.wav"
    assert f"there is no file {path}" in error_of(["ask", str(path)], capsys)


@pytest.mark.parametrize("content", [b"", b"This is no sound.", b"RIFF\0\0\0\0WAVE"])
def test_a_file_that_is_no_sound_is_named(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "question.wav"
    path.write_bytes(content)
    assert str(path) in error_of(["ask", str(path)], capsys)


def test_a_sound_file_without_sound_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "empty.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 24_000, 0, "NONE", ""))
    assert path.name in error_of(["ask", str(path)], capsys)


def test_no_server_at_the_url_is_told_with_what_starts_one(
    closed_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    error = error_of(["ask", "--text", "hello", "--url", closed_url], capsys)
    assert closed_url in error
    assert "voicechat up" in error


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1/", "ws://"])
def test_an_url_that_is_none_is_told(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert url in error_of(["ask", "--text", "hello", "--url", url], capsys)


def test_the_answer_is_refused_in_a_format_we_cannot_write_before_it_is_asked_for(
    closed_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["ask", "--text", "hi", "--url", closed_url, "--out", str(tmp_path / "a.txt")]
    assert ".wav" in error_of(arguments, capsys)


def test_a_folder_that_is_missing_is_told_before_anything_is_asked(
    closed_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "none" / "answer.wav"
    arguments = ["ask", "--text", "hi", "--url", closed_url, "--out", str(out)]
    assert str(out.parent) in error_of(arguments, capsys)
