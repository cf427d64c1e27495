"""Where we keep what outlives a run."""

from pathlib import Path

import pytest

from shared.state_folder import local_certificate, state_folder


def test_the_folder_is_where_the_user_wants_such_folders() -> None:
    assert state_folder({"XDG_STATE_HOME": "/var/state"}) == Path("/var/state/voicechat")


@pytest.mark.parametrize("given", ["", "relative"])
def test_a_place_that_is_none_is_passed_over(given: str) -> None:
    usual = Path.home() / ".local" / "state" / "voicechat"
    assert state_folder({"XDG_STATE_HOME": given}) == usual
    assert local_certificate({}) == usual / "certificate.pem"
