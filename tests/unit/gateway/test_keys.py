"""The file of keys, and what is wrong with it."""

from pathlib import Path

import pytest

from gateway.keys import Keys
from gateway.settings import GatewaySettings
from shared.errors import SettingsError

KEY = "k-0123456789abcdef"


def settings(path: Path) -> GatewaySettings:
    return GatewaySettings(keys_file=str(path))


def test_without_keys_none_is_needed() -> None:
    keys = Keys(GatewaySettings())
    assert not keys.are_needed
    assert keys.ring.names == []


def test_keys_come_from_the_file_and_from_the_setting(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_bytes(f"\ufeffalice: {KEY}\r\n".encode())  # as some editors write it
    keys = Keys(GatewaySettings(keys_file=str(path), key=f"{KEY}-2"))
    assert keys.are_needed
    assert keys.ring.names == ["VOICECHAT_GATEWAY_KEY", "alice"]
    assert keys.ring.find(KEY)
    assert keys.ring.find(f"{KEY}-2")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        pytest.param(b"", "holds no key", id="empty"),
        pytest.param(b"alice: \xff" + KEY.encode(), "not text", id="not text"),
        pytest.param(b"#" * 1_000_001, "larger than 1000000 bytes", id="too large"),
    ],
)
def test_a_file_that_holds_no_keys_is_told_without_what_it_holds(
    content: bytes, told: str, tmp_path: Path
) -> None:
    path = tmp_path / "keys"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=told) as error:
        Keys(settings(path))
    assert str(path) in str(error.value)
    assert KEY not in repr(error.value)
    assert error.value.__cause__ is None


def test_a_folder_is_no_file_of_keys(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is a directory"):
        Keys(settings(tmp_path))


def test_a_single_key_that_is_too_short_is_told_without_it() -> None:
    with pytest.raises(SettingsError, match="has 7 characters") as error:
        Keys(GatewaySettings(key="hunter2"))
    assert "hunter2" not in str(error.value)
