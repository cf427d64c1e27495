"""What the person who started the system sees of the processes' logs."""

import pytest

from deploy.console import Console

HUMAN = "21:10:57 {:7} gateway.tool_connection  tool server notes: there is no program /opt/notes"
JSON = '{{"time": "2026-01-01T00:00:00", "level": "{}", "message": "there is no program"}}'


@pytest.mark.parametrize("form", [HUMAN, JSON])
def test_while_the_processes_load_only_their_warnings_are_shown(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    console = Console()
    console.hear("gateway", form.format("INFO"))
    console.hear("gateway", form.format("WARNING"))
    assert capsys.readouterr().out == f" gateway | {form.format('WARNING')}\n"


def test_what_redis_warns_of_waits_too(capsys: pytest.CaptureFixture[str]) -> None:
    Console().hear(
        "redis", "1:M 28 Nov 2026 21:14:57.583 # WARNING Memory overcommit must be enabled!"
    )
    assert not capsys.readouterr().out


def test_once_all_are_ready_every_line_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    console.ready("http://127.0.0.1:8000", [], is_usual=True)
    console.hear("llm", HUMAN.format("INFO"))
    assert capsys.readouterr().out.endswith(f"     llm | {HUMAN.format('INFO')}\n")
