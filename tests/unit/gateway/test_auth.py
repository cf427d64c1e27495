"""What a request says of its sender."""

import pytest

from gateway.auth import is_allowed, read_networks, sender, shown_key
from shared.errors import SettingsError

LOCAL, LAN = "127.0.0.1", "0.0.0.0"
PROXIES = read_networks(["10.0.0.1", "fd00::/64"])


@pytest.mark.parametrize(
    ("origin", "host", "listening", "expected"),
    [
        pytest.param(None, "10.0.0.5:8000", LAN, True, id="a program"),
        pytest.param("http://127.0.0.1:8000", "127.0.0.1:8000", LOCAL, True, id="our page"),
        pytest.param("http://localhost:8000", "127.0.0.1:8000", LOCAL, True, id="by its name"),
        pytest.param("http://[::1]:8000", "localhost:8000", LOCAL, True, id="by its IPv6 address"),
        pytest.param("https://localhost", "127.0.0.1:443", LOCAL, True, id="at the usual port"),
        pytest.param("http://localhost:9000", "localhost:9000", LOCAL, True, id="forwarded port"),
        pytest.param("http://localhost:8000", "localhost:8000", LAN, True, id="from a container"),
        pytest.param("http://localhost:5173", "127.0.0.1:8000", LOCAL, False, id="other local app"),
        pytest.param("http://localhost", "localhost:8000", LOCAL, False, id="another usual port"),
        pytest.param(
            "http://localhost:8000", "10.0.0.5:8000", LAN, False, id="visitor's localhost"
        ),
        pytest.param(
            "http://10.0.0.5:8000", "10.0.0.5:8000", LAN, True, id="served on the network"
        ),
        pytest.param("http://[fd00::5]:80", "[fd00::5]:80", "::", True, id="served by us, IPv6"),
        pytest.param("http://10.0.0.6:8000", "10.0.0.5:8000", LAN, False, id="neighbour"),
        pytest.param(
            "http://evil.example:8000", "evil.example:8000", LAN, False, id="rebound on the network"
        ),
        pytest.param("http://evil.example:8000", "evil.example:8000", LOCAL, False, id="rebound"),
        pytest.param("http://10.0.0.5:8000", "10.0.0.5:8000", LOCAL, False, id="not where we are"),
        pytest.param("http://localhost:5173", "evil.example:5173", LOCAL, False, id="odd Host"),
        pytest.param("https://listed.example", "voice.lan", LAN, True, id="listed"),
        pytest.param("https://evil.example", "127.0.0.1:8000", LOCAL, False, id="foreign"),
        pytest.param("https://evil.example", "voice.lan:8000", LAN, False, id="foreign on lan"),
        pytest.param("http://localhost.evil.example", "localhost", LOCAL, False, id="look-alike"),
        pytest.param("null", "127.0.0.1:8000", LOCAL, False, id="sandboxed"),
        pytest.param("file://", "127.0.0.1:8000", LOCAL, False, id="file"),
        pytest.param("http://[broken", "127.0.0.1:8000", LOCAL, False, id="malformed"),
        pytest.param("http://localhost:port", "localhost:8000", LOCAL, False, id="no port"),
        pytest.param("http://localhost:8000", "[broken", LOCAL, False, id="malformed Host"),
    ],
)
def test_only_our_own_and_listed_pages_may_connect(
    origin: str | None, host: str, listening: str, expected: bool
) -> None:
    listed = ("https://listed.example",)
    assert is_allowed(origin, host, listening=listening, origins=listed) is expected


@pytest.mark.parametrize(
    ("authorization", "protocols", "key"),
    [
        pytest.param(None, "", "", id="none"),
        pytest.param("Bearer one", "", "one", id="header"),
        pytest.param("bearer  one ", "", "one", id="written otherwise"),
        pytest.param("Basic one", "", "", id="another scheme"),
        pytest.param("Bearer", "", "", id="no key"),
        pytest.param(None, "realtime, openai-insecure-api-key.two", "two", id="sub-protocol"),
        pytest.param(
            None,
            "openai-insecure-api-key.two,openai-beta.realtime-v1,openai-agents-sdk.0.1.2",
            "two",
            id="among others",
        ),
        pytest.param("Bearer one", "openai-insecure-api-key.two", "one", id="both"),
    ],
)
def test_a_key_is_shown_in_the_header_or_as_a_sub_protocol(
    authorization: str | None, protocols: str, key: str
) -> None:
    assert shown_key(authorization, protocols) == key


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        pytest.param("192.0.2.7", "", "192.0.2.7", id="no proxy"),
        pytest.param("192.0.2.7", "1.1.1.1", "192.0.2.7", id="a liar"),
        pytest.param("10.0.0.1", "192.0.2.7", "192.0.2.7", id="one proxy"),
        pytest.param("10.0.0.1", "1.1.1.1, 192.0.2.7", "192.0.2.7", id="a liar behind a proxy"),
        pytest.param("10.0.0.1", "192.0.2.7, 10.0.0.1", "192.0.2.7", id="two proxies"),
        pytest.param("10.0.0.1", "", "10.0.0.1", id="the proxy itself"),
        pytest.param("10.0.0.1", "unknown", "10.0.0.1", id="no address"),
        pytest.param("::ffff:10.0.0.1", "192.0.2.7", "192.0.2.7", id="mapped"),
        pytest.param("fd00::1", "2001:db8::1:2:3", "2001:db8::/64", id="one IPv6 site"),
        pytest.param("::1", "", "::1", id="loopback"),
        pytest.param(None, "", "", id="a local socket"),
    ],
)
def test_who_sends_is_told_by_trusted_proxies_alone(
    peer: str | None, forwarded: str, address: str
) -> None:
    assert sender(peer, forwarded, PROXIES) == address


def test_a_proxy_that_is_no_address_is_a_wrong_setting() -> None:
    with pytest.raises(SettingsError, match=r"TRUSTED_PROXIES.*proxy\.lan"):
        read_networks(["proxy.lan"])
