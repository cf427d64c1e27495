"""Which web pages may connect."""

import pytest

from gateway.auth import is_allowed, is_loopback


@pytest.mark.parametrize(
    ("origin", "host", "listening", "expected"),
    [
        pytest.param(None, "10.0.0.5:8000", "0.0.0.0", True, id="a program"),
        pytest.param(
            "http://localhost:3000", "127.0.0.1:8000", "127.0.0.1", True, id="own machine"
        ),
        pytest.param("http://[::1]:3000", "127.0.0.1:8000", "127.0.0.1", True, id="own IPv6"),
        pytest.param("http://10.0.0.5:8000", "10.0.0.5:8000", "0.0.0.0", True, id="served by us"),
        pytest.param("http://[fd00::5]:80", "[fd00::5]:80", "::", True, id="served by us, IPv6"),
        pytest.param("http://10.0.0.6:8000", "10.0.0.5:8000", "0.0.0.0", False, id="neighbour"),
        pytest.param(
            "http://evil.example:8000", "evil.example:8000", "0.0.0.0", False, id="rebound on lan"
        ),
        pytest.param("https://listed.example", "voice.lan", "0.0.0.0", True, id="listed"),
        pytest.param("https://evil.example", "127.0.0.1:8000", "127.0.0.1", False, id="foreign"),
        pytest.param(
            "https://evil.example", "voice.lan:8000", "0.0.0.0", False, id="foreign on lan"
        ),
        pytest.param(
            "http://evil.example:8000", "evil.example:8000", "127.0.0.1", False, id="rebound"
        ),
        pytest.param("http://localhost.evil.example", "x", "127.0.0.1", False, id="look-alike"),
        pytest.param("null", "127.0.0.1:8000", "127.0.0.1", False, id="sandboxed"),
        pytest.param("file://", "127.0.0.1:8000", "127.0.0.1", False, id="file"),
        pytest.param("http://[broken", "127.0.0.1:8000", "127.0.0.1", False, id="malformed"),
    ],
)
def test_only_our_own_local_and_listed_pages_may_connect(
    origin: str | None, host: str, listening: str, expected: bool
) -> None:
    listed = ("https://listed.example",)
    assert is_allowed(origin, host, listening=listening, origins=listed) is expected


@pytest.mark.parametrize("host", ["localhost", "app.localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_is_known_by_name_and_address(host: str) -> None:
    assert is_loopback(host)
