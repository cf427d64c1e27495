"""What a client shows, and whom it trusts."""

from pathlib import Path

import pytest

from client.access import Access
from deploy.certificate import certificate_for, this_machine
from shared.errors import VoiceChatError
from shared.state_folder import local_certificate


def test_a_key_goes_into_the_header() -> None:
    assert Access(key="secret").headers() == {"Authorization": "Bearer secret"}
    assert Access().headers() == {}


@pytest.mark.parametrize("key", ["two words", "line\n", "schlüssel"])
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(VoiceChatError) as error:
        Access(key=key).headers()
    assert key not in str(error.value)


def test_only_the_given_authority_is_trusted(tmp_path: Path) -> None:
    files = certificate_for(this_machine(), tmp_path / "certificate.pem")
    context = Access(ca=str(files.certificate)).trust({})
    assert len(context.get_ca_certs()) + context.cert_store_stats()["x509"] == 1


def test_the_certificate_of_this_machine_is_trusted_too(tmp_path: Path) -> None:
    environment = {"XDG_STATE_HOME": str(tmp_path)}
    before = Access().trust(environment).cert_store_stats()["x509"]
    certificate_for(this_machine(), local_certificate(environment))
    assert Access().trust(environment).cert_store_stats()["x509"] == before + 1


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    with pytest.raises(VoiceChatError, match=r"ca\.pem cannot be read \(no such file"):
        Access(ca=str(path)).trust({})
    path.write_text("nonsense")
    with pytest.raises(VoiceChatError, match=r"ca\.pem is no certificate"):
        Access(ca=str(path)).trust({})
