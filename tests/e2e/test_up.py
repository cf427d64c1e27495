"""`voicechat up` and `voicechat ask` as a person uses them, with the real engines."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.system import SCRIPTED
from deploy.embedded_redis import private_folder
from shared.audio import read_sound

pytestmark = pytest.mark.timeout(300)

QUESTION = Path(__file__).parents[1] / "audio" / "capital-of-france.wav"
VOICECHAT = (sys.executable, "-m", "client")


def environment(port: int, **variables: str) -> dict[str, str]:
    """Ours, without what a person may have set for Redis or voicechat."""
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("VOICECHAT_") and name != "REDIS_URL"
    }
    return {**ours, "VOICECHAT_GATEWAY_PORT": str(port), **variables}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (*VOICECHAT, *arguments),
        env=environment(free_port(), **variables),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@contextmanager
def system(port: int, *options: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """A system that is ready, in a process group of its own."""
    process = subprocess.Popen(
        (*VOICECHAT, "up", *options),
        env=environment(port, **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            wait_until_ready(process)
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def wait_until_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            return
    pytest.fail(f"it ended before it was ready:\n{said}")


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed]


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def redis_folder(started: list[int]) -> Path:
    """Where the Redis among these processes keeps what it was told."""
    return Path(command(started[0]).split("unixsocket:")[1].split("/redis.sock")[0])


def is_alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_spoken_question_is_answered_aloud_and_ctrl_c_ends_everything(tmp_path: Path) -> None:
    port, out = free_port(), tmp_path / "answer.wav"
    with system(port) as process:
        url = f"ws://127.0.0.1:{port}/v1/realtime"
        asked = run("ask", str(QUESTION), "--fast", "--json", "--out", str(out), "--url", url)
        assert asked.returncode == 0, asked.stderr
        turn = json.loads(asked.stdout)
        started = children(process.pid)
        folder = redis_folder(started)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
    assert "france" in turn["heard"].lower()
    assert turn["status"] == "completed"
    assert turn["reply"]
    assert len(read_sound(out, 16_000)) / 16_000 == pytest.approx(turn["speech_s"], abs=0.1)
    assert process.returncode == 0
    assert len(started) == 5
    assert not any(map(is_alive, started))
    assert not folder.exists()


def test_a_typed_question_is_answered_and_nothing_outlives_a_killed_supervisor() -> None:
    port = free_port()
    with system(port) as process:
        url = f"ws://127.0.0.1:{port}/v1/realtime"
        asked = run("ask", "--text", "What is the capital of France?", "--url", url)
        assert asked.returncode == 0, asked.stderr
        started = children(process.pid)
        folder = redis_folder(started)
        process.kill()
        until(lambda: not any(map(is_alive, started)))
    assert folder.exists()
    with private_folder():
        assert not folder.exists()
    assert "reply " in asked.stdout
    assert "first answer after" in asked.stdout


def test_over_tls_who_has_the_key_is_answered_and_the_key_stays_secret(tmp_path: Path) -> None:
    port, key = free_port(), "kitchen-0123456789abcdef"
    place = {"XDG_STATE_HOME": str(tmp_path)}
    url, question = f"wss://127.0.0.1:{port}/v1/realtime", ("ask", "--text", "Hello?", "--url")
    with system(port, "--tls", VOICECHAT_GATEWAY_KEY=key, **SCRIPTED, **place) as process:
        asked = run(*question, url, VOICECHAT_CLIENT_KEY=key, **place)
        assert asked.returncode == 0, asked.stderr
        refused = run(*question, url, **place)
        stranger = run(*question, url, XDG_STATE_HOME=str(tmp_path / "other"))
        seen = "".join(command(pid) for pid in (process.pid, *children(process.pid)))
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=120)
    assert "This is a scripted reply." in asked.stdout
    assert "status 401: a key is needed" in refused.stderr
    assert "is not trusted" in stranger.stderr
    assert key not in seen + said
    assert (tmp_path / "voicechat" / "certificate-key.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"VOICECHAT_GATEWAY_HOST": "0.0.0.0"}, "VOICECHAT_GATEWAY_KEYS_FILE"),
        ({"VOICECHAT_GATEWAY_TLS_CERTIFICATE": "/none.pem"}, "VOICECHAT_GATEWAY_TLS_KEY"),
        ({"VOICECHAT_STT_ENGINE": "nonsense"}, "there is no engine 'nonsense'"),
        ({"VOICECHAT_TTS_ENGIN": "espeak"}, "did you mean VOICECHAT_TTS_ENGINE?"),
        ({"VOICECHAT_NONSENSE": "1"}, "VOICECHAT_NONSENSE is not a setting"),
        ({"VOICECHAT_UP_STT_WORKERS": "many"}, "VOICECHAT_UP_STT_WORKERS='many'"),
        ({"VOICECHAT_LLM_LLAMA_CPP_MODEL": "/none.gguf"}, "/none.gguf"),
        ({"REDIS_URL": "redis://127.0.0.1:1", "VOICECHAT_REDIS_PATIENCE_S": "0.5"}, "not answer"),
        ({"REDIS_URL": "nonsense"}, "is not a Redis URL"),
    ],
    ids=["open", "TLS", "engine", "setting", "variable", "number", "model", "redis", "redis URL"],
)
def test_what_cannot_work_ends_with_one_clear_line(variables: dict[str, str], told: str) -> None:
    ended = run("up", **variables)
    assert ended.returncode == 2
    assert told in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_port_in_use_ends_with_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = run("up", VOICECHAT_GATEWAY_PORT=port)
    assert ended.returncode == 2
    assert port in ended.stderr
    assert ended.stderr.count("\n") == 1
