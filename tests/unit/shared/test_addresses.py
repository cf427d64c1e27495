"""Addresses as clients write them."""

import pytest

from shared.addresses import is_loopback, reachable


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("::", "[::1]"),
        ("::1", "[::1]"),
        ("voice.example", "voice.example"),
    ],
)
def test_a_listener_is_reached_by_an_address_and_not_by_a_wildcard(host: str, shown: str) -> None:
    assert reachable(host) == shown


@pytest.mark.parametrize("host", ["localhost", "app.localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_is_known_by_name_and_address(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "10.0.0.5", "localhost.evil.example"])
def test_nothing_else_is_loopback(host: str) -> None:
    assert not is_loopback(host)
