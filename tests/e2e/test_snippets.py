"""The pieces of docs/clients.md, run as a reader would, against the default engines."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from javascript_library import LIBRARY, install

from bench.response import DEFAULT
from bench.system import ROOT, System, running
from shared.audio import read_sound

pytestmark = pytest.mark.timeout(300)

PAGE = (ROOT / "docs" / "clients.md").read_text()


@pytest.fixture
async def system(redis_url: str, free_port: int, tmp_path: Path) -> AsyncIterator[System]:
    precise = {"VOICECHAT_LLM_TEMPERATURE": "0"}
    async with running(redis_url, free_port, tmp_path, **DEFAULT, **precise) as it:
        yield it


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Stands for this one, and takes the files that a piece writes."""
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    (tmp_path / "node_modules").symlink_to(LIBRARY / "node_modules")
    return tmp_path


def pieces(language: str) -> list[str]:
    """Those that the page has in this language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def run(system: System, folder: Path, program: str, piece: str) -> str:
    """What a piece prints; the page's port is the system's."""
    port = system.url.split(":")[2].split("/")[0]
    file = folder / "piece.mjs"
    file.write_text(piece.replace("127.0.0.1:8000", f"127.0.0.1:{port}"))
    done = subprocess.run(
        (program, str(file)),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OPENAI_AGENTS_DISABLE_TRACING": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def seconds(file: Path) -> float:
    return len(read_sound(file, 16_000)) / 16_000


def test_the_page_has_a_piece_for_each_client() -> None:
    assert [len(pieces(language)) for language in ("python", "js", "sh")] == [3, 1, 2]


async def test_the_realtime_piece_answers_aloud(system: System, folder: Path) -> None:
    printed = run(system, folder, sys.executable, pieces("python")[0])
    assert "Paris" in printed
    assert seconds(folder / "answer.wav") > 1


async def test_the_http_piece_understands_answers_and_speaks(system: System, folder: Path) -> None:
    printed = run(system, folder, sys.executable, pieces("python")[1])
    assert "capital of France" in printed
    assert "Paris" in printed
    assert seconds(folder / "answer.ogg") > 1


async def test_the_piece_for_our_own_library_answers(system: System, folder: Path) -> None:
    printed = run(system, folder, sys.executable, pieces("python")[2])
    assert "capital of France" in printed
    assert "Paris" in printed


async def test_the_javascript_piece_answers_aloud(system: System, folder: Path) -> None:
    install()
    *words, count = run(system, folder, "node", pieces("js")[0]).split()
    assert "Paris" in " ".join(words)
    assert int(count) > 48_000


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
async def test_the_lines_for_curl_are_answered(system: System, folder: Path) -> None:
    understood, *_, token = (run(system, folder, "sh", lines).strip() for lines in pieces("sh"))
    assert "What is the capital of France?" in understood
    assert "Paris" in understood
    assert "data: [DONE]" in understood
    assert '"is_default":true' in understood
    assert '"value":"ek_' in token
    assert seconds(folder / "weather.mp3") > 1
