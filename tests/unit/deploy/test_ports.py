"""Ports to listen on, and what to do when there is none to be had."""

import socket

import pytest

from deploy.ports import free_port
from shared.errors import VoiceChatError


def listens_on_ipv6() -> bool:
    try:
        free_port("::1", 0)
    except VoiceChatError:
        return False
    return True


def test_any_free_port_is_found_for_0() -> None:
    assert 0 < free_port("127.0.0.1", 0) < 65_536
    assert 0 < free_port("", 0) < 65_536


@pytest.mark.skipif(not socket.has_ipv6, reason="Python was built without IPv6")
@pytest.mark.parametrize("host", ["::1", "::"])
def test_a_host_of_ipv6_can_be_listened_on(host: str) -> None:
    if not listens_on_ipv6():
        pytest.skip("this machine has no IPv6")
    assert free_port(host, 0) > 0


def test_a_port_in_use_is_told_once_with_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(VoiceChatError) as told:
            free_port("127.0.0.1", port)
    assert str(told.value) == (
        f"cannot listen on 127.0.0.1:{port} (address already in use): stop what uses it, "
        f"or choose another with VOICECHAT_GATEWAY_PORT={port + 1}"
    )


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid", "a..b"])
def test_an_address_of_another_machine_is_told_to_be_the_host_and_not_the_port(host: str) -> None:
    with pytest.raises(VoiceChatError, match="set VOICECHAT_GATEWAY_HOST"):
        free_port(host, 0)


@pytest.mark.parametrize("port", [-1, 65_536, 800_000])
def test_a_port_out_of_range_is_no_traceback(port: int) -> None:
    with pytest.raises(VoiceChatError, match=f"VOICECHAT_GATEWAY_PORT={port} is no port"):
        free_port("127.0.0.1", port)
