"""How a turn model is chosen."""

import pytest

from gateway.turn_model import choose_turn_model, loaded
from gateway.turn_models import TURN_MODELS
from shared.errors import EngineUnavailable, SettingsError
from shared.settings import Environment

SETTING = "VOICECHAT_ENDPOINTING_SMART_TURN_MODEL"


async def test_no_name_chooses_none() -> None:
    async with loaded(choose_turn_model("", Environment({}))) as model:
        assert model is None


def test_a_name_of_none_is_told_with_those_that_there_are() -> None:
    with pytest.raises(EngineUnavailable, match="no engine 'clever'; choose from smart_turn"):
        choose_turn_model("clever", Environment({}))


@pytest.mark.parametrize("name", ["", *TURN_MODELS])
def test_settings_of_a_turn_model_are_known_whether_it_is_chosen_or_not(name: str) -> None:
    environment = Environment({SETTING: "any.onnx"})
    choose_turn_model(name, environment)
    environment.check()


def test_a_setting_that_the_chosen_model_does_not_have_is_told() -> None:
    environment = Environment({f"{SETTING}L": "any.onnx"})
    choose_turn_model("smart_turn", environment)
    with pytest.raises(SettingsError, match=f"did you mean {SETTING}"):
        environment.check()
