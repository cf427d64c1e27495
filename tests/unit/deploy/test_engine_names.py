"""What `voicechat up` sees before it starts anything."""

import pytest

from deploy.local import check_engines
from shared.errors import EngineUnavailable


def test_a_wrong_engine_name_is_told_before_anything_is_started() -> None:
    with pytest.raises(EngineUnavailable) as told:
        check_engines({"VOICECHAT_STT_ENGINE": "whisprer"})
    assert str(told.value).startswith("VOICECHAT_STT_ENGINE: there is no engine 'whisprer'; choose")


def test_names_of_engines_that_there_are_pass() -> None:
    check_engines({"VOICECHAT_STT_ENGINE": "scripted", "VOICECHAT_TTS_ENGINE": "tone"})
