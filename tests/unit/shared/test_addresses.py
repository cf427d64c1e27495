"""Addresses as clients write them."""

import pytest

from shared.addresses import reachable


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
