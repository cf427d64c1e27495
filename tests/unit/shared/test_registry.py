"""Engines are found by name, and imported only when chosen."""

import sys
from pathlib import Path

import pytest

from shared.errors import EngineUnavailable, SettingsError
from shared.registry import choose, find
from shared.settings import Environment

ENGINES = {
    "loud": "registry_sample_loud:Loud",
    "loud_and_clear": "registry_sample_loud:Loud",
    "quiet_one": "registry_sample_quiet:Quiet",
    "openmp": "registry_sample_openmp:Any",
}
LOUD = """
from shared.settings import Settings

class LoudSettings(Settings, frozen=True, kw_only=True):
    volume: int = 5

class Loud:
    Settings = LoudSettings
    loaded = 0

    def __init__(self, settings):
        type(self).loaded += 1
        self.volume = settings.volume
"""


@pytest.fixture(autouse=True)
def _modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "registry_sample_loud.py").write_text(LOUD)
    (tmp_path / "registry_sample_quiet.py").write_text("import a_library_that_is_not_there")
    failing = "raise ImportError('libgomp.so.1: cannot open shared object file')"
    (tmp_path / "registry_sample_openmp.py").write_text(failing)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("loud", "quiet", "openmp"):
        monkeypatch.delitem(sys.modules, f"registry_sample_{name}", raising=False)


def test_an_engine_is_made_from_its_own_settings_when_it_is_called_for() -> None:
    environment = Environment({"VOICECHAT_TTS_LOUD_VOLUME": "11"})
    make = choose(ENGINES, "loud", environment, "TTS")
    loud = find(ENGINES, "loud")
    assert loud.loaded == 0
    assert make().volume == 11
    assert loud.loaded == 1


def test_nothing_is_imported_but_the_chosen_engine() -> None:
    choose(ENGINES, "loud", Environment({}), "TTS")
    assert "registry_sample_loud" in sys.modules
    assert "registry_sample_quiet" not in sys.modules


def test_settings_of_engines_that_were_not_chosen_are_passed_over() -> None:
    environment = Environment({"VOICECHAT_TTS_QUIET_ONE_VOLUME": "1"})
    choose(ENGINES, "loud", environment, "TTS")
    environment.check()


def test_an_unknown_setting_of_the_chosen_engine_is_an_error() -> None:
    environment = Environment({"VOICECHAT_TTS_LOUD_VOLUM": "1"})
    choose(ENGINES, "loud", environment, "TTS")
    with pytest.raises(SettingsError, match="did you mean VOICECHAT_TTS_LOUD_VOLUME"):
        environment.check()


def test_a_typo_is_not_left_to_an_engine_whose_name_begins_alike() -> None:
    environment = Environment({"VOICECHAT_TTS_LOUD_AND_CLEAR_VOLUM": "1"})
    choose(ENGINES, "loud_and_clear", environment, "TTS")
    with pytest.raises(SettingsError, match="did you mean VOICECHAT_TTS_LOUD_AND_CLEAR_VOLUME"):
        environment.check()


def test_settings_of_an_engine_whose_name_goes_on_are_passed_over() -> None:
    environment = Environment({"VOICECHAT_TTS_LOUD_AND_CLEAR_VOLUME": "1"})
    choose(ENGINES, "loud", environment, "TTS")
    environment.check()


def test_an_unknown_engine_is_named_with_those_there_are() -> None:
    with pytest.raises(
        EngineUnavailable, match="'lout'; choose from loud, loud_and_clear, openmp, quiet_one"
    ):
        find(ENGINES, "lout")


def test_a_missing_library_is_named_with_what_installs_it() -> None:
    with pytest.raises(
        EngineUnavailable, match=r"a_library_that_is_not_there.*pip install -e '\.\[quiet-one]'"
    ):
        find(ENGINES, "quiet_one")


def test_a_missing_library_of_the_system_is_named_with_what_installs_it() -> None:
    with pytest.raises(EngineUnavailable, match="sudo apt install libgomp1"):
        find(ENGINES, "openmp")
