"""The command line: each error is one line that says what to do, and status 2."""

import re
import socket
import wave
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

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


def test_talking_needs_no_button_unless_one_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        run(["talk", "--help"])
    told = capsys.readouterr().out
    assert "--push-to-talk" in told
    assert "Just talk" in told


def test_the_port_of_the_gateway_is_that_of_the_question(
    monkeypatch: pytest.MonkeyPatch, closed_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VOICECHAT_GATEWAY_PORT", str(urlsplit(closed_url).port))
    monkeypatch.delenv("VOICECHAT_CLIENT_URL", raising=False)
    assert f"nothing answers at {closed_url}:" in error_of(["ask", "--text", "hello"], capsys)


def test_a_misspelt_variable_of_the_client_is_told(
    monkeypatch: pytest.MonkeyPatch, closed_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VOICECHAT_CLIENT_ULR", closed_url)
    error = error_of(["ask", "--text", "hello"], capsys)
    assert "VOICECHAT_CLIENT_ULR is not a setting; did you mean VOICECHAT_CLIENT_URL?" in error


def test_variables_of_other_processes_do_not_hinder_a_question(
    monkeypatch: pytest.MonkeyPatch, closed_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VOICECHAT_REDIS_URL", "redis://127.0.0.1:1")
    monkeypatch.setenv("VOICECHAT_LLM_LLAMA_CPP_MODEL", "x.gguf")
    error = error_of(["ask", "--text", "hello", "--url", closed_url], capsys)
    assert "nothing answers" in error


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"", "is empty"), (b"This is no sound.", "is no sound file (wav, mp3, ogg, …)")],
)
def test_what_is_wrong_with_a_file_is_told_in_plain_words(
    content: bytes, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(content)
    assert error_of(["ask", str(path)], capsys) == f"error: {path} {told}\n"


def test_a_folder_that_is_asked_is_told_to_be_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"{tmp_path} is a folder" in error_of(["ask", str(tmp_path)], capsys)
