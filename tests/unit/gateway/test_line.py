"""Who counts as gone."""

import pytest

from gateway.line import ClientIdle, Line
from gateway.settings import GatewaySettings

SETTINGS = GatewaySettings(idle_close_s=0.01)


async def test_a_client_that_sends_nothing_for_too_long_is_idle() -> None:
    with pytest.raises(ClientIdle):
        await Line("session", SETTINGS).watch(lambda: False)


async def test_who_listens_to_a_reply_is_not_idle() -> None:
    listens = iter([True, True, False])
    with pytest.raises(ClientIdle):
        await Line("session", SETTINGS).watch(lambda: next(listens))
    assert list(listens) == []
