"""Keys from lines, found by their digests."""

import pytest

from gateway.keyring import MOST_KEYS, Keyring, digest, read_keys
from shared.errors import SettingsError

ALICE, BOB = "alice-0123456789", "bob.0123456789~+"


def test_each_key_is_found_under_its_name() -> None:
    ring = read_keys(["# ours", "", f"alice: {ALICE}", f"  bob:{BOB}  "], "keys")
    assert ring.names == ["alice", "bob"]
    for key, name in ((ALICE, "alice"), (BOB, "bob")):
        found = ring.find(key)
        assert found is not None
        assert ring.name(found) == name
        assert ring.known(found) == found


def test_what_is_no_key_is_not_found() -> None:
    ring = read_keys([f"alice: {ALICE}"], "keys")
    assert ring.find(BOB) is None
    assert ring.find("") is None
    assert ring.find("schlüssel") is None
    assert ring.find(b"\xff".decode(errors="surrogateescape")) is None
    assert ring.known(b"") is None


def test_a_keyring_does_not_hold_the_keys_themselves() -> None:
    ring = read_keys([f"alice: {ALICE}"], "keys")
    assert ALICE not in repr(vars(ring))


def test_a_key_can_be_added() -> None:
    ring = Keyring({}).with_key("single", digest(ALICE))
    assert ring.names == ["single"]
    assert ring.find(ALICE) == digest(ALICE)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        pytest.param([], "holds no key", id="empty"),
        pytest.param(["# nobody"], "holds no key", id="only comments"),
        pytest.param(["", ALICE], "line 2 is not of the form name: key", id="no name"),
        pytest.param([f"the boss: {ALICE}"], "line 1: a name has", id="odd name"),
        pytest.param(["alice: 123456789012345"], "has 15 characters; it needs 16", id="short"),
        pytest.param(["alice:"], "has 0 characters", id="no key"),
        pytest.param([f"alice: {'x' * 257}"], "has 257 characters", id="long"),
        pytest.param([f"alice: {ALICE}/="], "letters, digits and", id="odd characters"),
        pytest.param(["alice: ek_0123456789abcdef"], "may not begin with ek_", id="like a token"),
        pytest.param(
            [f"alice: {ALICE}", f"alice: {BOB}"], "line 2: there is a key named alice", id="twice"
        ),
        pytest.param(
            [f"alice: {ALICE}", f"bob: {ALICE}"], "line 2: this is the key of alice", id="shared"
        ),
        pytest.param(
            [f"n{number}: {number:032}" for number in range(MOST_KEYS + 1)], "may be", id="too many"
        ),
    ],
)
def test_a_wrong_line_is_named_without_its_key(lines: list[str], told: str) -> None:
    with pytest.raises(SettingsError, match=told) as error:
        read_keys(lines, "/etc/keys")
    assert "/etc/keys" in str(error.value)
    assert ALICE not in str(error.value)
