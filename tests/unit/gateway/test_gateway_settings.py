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
        ("MESSAGES_PER_S", "0"),
        ("SESSIONS_PER_KEY", "0"),
        ("OPEN", "maybe"),
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
        if name not in ("origins", "trusted_proxies")
    }
    assert Environment(variables).read(GatewaySettings, "GATEWAY") == defaults


def test_a_gateway_that_strangers_reach_without_a_key_is_refused() -> None:
    with pytest.raises(SettingsError, match="VOICECHAT_GATEWAY_KEYS_FILE"):
        GatewaySettings(host="0.0.0.0").check_exposure()


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(GatewaySettings(), id="loopback"),
        pytest.param(GatewaySettings(host="::1"), id="loopback by IPv6"),
        pytest.param(GatewaySettings(host="0.0.0.0", keys_file="keys"), id="keys in a file"),
        pytest.param(GatewaySettings(host="0.0.0.0", key="k" * 16), id="a single key"),
        pytest.param(GatewaySettings(host="0.0.0.0", open=True), id="open on purpose"),
    ],
)
def test_a_gateway_that_strangers_do_not_reach_or_may_is_fine(settings: GatewaySettings) -> None:
    settings.check_exposure()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (GatewaySettings(), "only this machine"),
        (GatewaySettings(open=True), "whoever reaches it"),
        (GatewaySettings(open=True, keys_file="keys"), "who has a key"),
    ],
)
def test_it_is_told_who_may_come_in(settings: GatewaySettings, told: str) -> None:
    assert told in settings.welcome
