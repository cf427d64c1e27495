"""What the doctor says."""

import sys
from pathlib import Path

import pytest

from client import checks
from client.checks import Finding
from client.doctor import line, summary

FAULT = Finding(subject="Redis", health="fault", detail="does not answer", mend="start it")
FINE = Finding(subject="Python", detail="3.11.2")


def test_a_fault_names_the_command_that_mends_it() -> None:
    assert line(FAULT).splitlines() == [
        "FAULT Redis                 does not answer",
        "      → start it",
    ]


def test_what_works_takes_one_line() -> None:
    assert line(FINE) == "ok    Python                3.11.2"


def test_the_summary_counts_the_faults() -> None:
    assert summary([FINE, FAULT]).startswith("1 of 2 need mending")
    assert summary([FINE]).startswith("Everything that is needed works")


def test_what_is_optional_is_no_fault() -> None:
    assert summary([Finding(subject="x", health="optional", detail="")]).startswith("Everything")


@pytest.mark.parametrize(
    ("version", "health"), [((3, 10, 12), "fault"), ((3, 11, 0), "ok"), ((3, 13, 1), "ok")]
)
def test_python_must_be_new_enough(version: tuple[int, int, int], health: str) -> None:
    assert checks.python(version).health == health


def test_an_unknown_variable_is_a_fault_that_names_the_nearest() -> None:
    found = checks.settings({"VOICECHAT_STT_ENGIN": "moonshine"})
    assert found.health == "fault"
    assert "VOICECHAT_STT_ENGINE" in found.detail


def test_a_gateway_that_is_open_without_a_word_is_a_fault() -> None:
    found = checks.settings({"VOICECHAT_GATEWAY_HOST": "0.0.0.0"})
    assert found.health == "fault"
    assert "VOICECHAT_GATEWAY_OPEN" in found.detail


def test_settings_of_any_engine_are_known() -> None:
    assert checks.settings({"VOICECHAT_LLM_LLAMA_CPP_MODEL": "x.gguf", "PATH": "/"}).health == "ok"
    turns = {
        "VOICECHAT_ENDPOINTING_EAGER": "on",
        "VOICECHAT_ENDPOINTING_SMART_TURN_MODEL": "x.onnx",
    }
    assert checks.settings(turns).health == "ok"
    assert checks.settings({"VOICECHAT_ENDPOINTING_TURN_MODEL": "clever"}).health == "fault"


def test_a_fault_in_the_tools_file_is_found(tmp_path: Path) -> None:
    file = tmp_path / "tools.toml"
    file.write_text("[notes]\ncomand = 'x'\n")
    found = checks.settings({"VOICECHAT_GATEWAY_TOOLS_FILE": str(file)})
    assert found.health == "fault"
    assert "[notes]" in found.detail
    assert "comand" in found.detail


def test_an_engine_that_nobody_knows_is_a_fault_and_the_others_are_still_looked_at() -> None:
    first, *others = checks.engines("stt", {"VOICECHAT_STT_ENGINE": "nonsense"})
    assert first.health == "fault"
    assert "choose from moonshine, scripted" in first.detail
    assert {finding.subject for finding in others} >= {"stt: scripted"}


def test_an_engine_whose_model_is_missing_is_a_fault_that_names_the_file(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    model = tmp_path / "none.gguf"
    first, *_ = checks.engines("llm", {"VOICECHAT_LLM_LLAMA_CPP_MODEL": str(model)})
    assert first.health == "fault"
    assert str(model) in first.detail


def test_a_scripted_engine_can_always_be_chosen() -> None:
    first, *_ = checks.engines("stt", {"VOICECHAT_STT_ENGINE": "scripted"})
    assert first == Finding(subject="stt: scripted", detail="chosen; loads, with its model")


def test_what_installs_the_sound_card_s_library_can_be_typed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    assert checks.sound_card().mend == ".venv/bin/pip install -e '.[talk]'"
