"""Which settings of a gateway are possible."""

import pytest

from gateway.settings import GatewaySettings
from shared.errors import SettingsError
from shared.settings import Environment


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "99999"),
        ("PORT", "-1"),
        ("MOST_SESSIONS", "0"),
        ("MOST_MESSAGE_BYTES", "-5"),
        ("HISTORY_CHARACTERS", "0"),
        ("LONGEST_UTTERANCE_S", "-1"),
        ("TURN_TIMEOUT_S", "nan"),
        ("HEARTBEAT_S", "inf"),
        ("SEND_TIMEOUT_S", "0"),
    ],
)
def test_an_impossible_value_is_refused_naming_its_variable(name: str, value: str) -> None:
    variable = f"VOICECHAT_GATEWAY_{name}"
    with pytest.raises(SettingsError, match=variable):
        Environment({variable: value}).read(GatewaySettings, "GATEWAY")


def test_the_defaults_are_within_their_ranges() -> None:
    defaults = GatewaySettings()
    variables = {
        f"VOICECHAT_GATEWAY_{name.upper()}": str(getattr(defaults, name))
        for name in GatewaySettings.__struct_fields__
        if name != "origins"
    }
    assert Environment(variables).read(GatewaySettings, "GATEWAY") == defaults
