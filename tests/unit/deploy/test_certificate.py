"""The self-signed certificate: made once, made again when it does not hold any more."""

import datetime
import shutil
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509

from deploy import certificate
from deploy.certificate import Subject, certificate_for, this_machine
from deploy.own_addresses import own_addresses
from shared.errors import VoiceChatError

HERE = Subject(("voice", "localhost"), (ip_address("127.0.0.1"), ip_address("192.0.2.7")))


def test_it_covers_all_names_and_addresses(tmp_path: Path) -> None:
    files = certificate_for(HERE, tmp_path / "state" / "certificate.pem")
    made = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    covered = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert covered.get_values_for_type(x509.DNSName) == ["voice", "localhost"]
    assert covered.get_values_for_type(x509.IPAddress) == list(HERE.addresses)
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_its_user_alone_can_read_it(tmp_path: Path) -> None:
    files = certificate_for(HERE, tmp_path / "state" / "certificate.pem")
    assert [path.stat().st_mode & 0o777 for path in (files.certificate, files.key)] == [0o600] * 2
    assert files.key.parent.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in files.key.parent.iterdir()) == [
        "certificate-key.pem",
        "certificate.pem",
    ]


def test_it_is_used_again_while_it_covers_the_machine(tmp_path: Path) -> None:
    path = tmp_path / "certificate.pem"
    first = certificate_for(HERE, path)
    content = path.read_bytes()
    fewer = Subject(HERE.names, HERE.addresses[:1])
    assert (first.is_new, certificate_for(fewer, path).is_new) == (True, False)
    assert path.read_bytes() == content


def test_a_new_address_makes_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "certificate.pem"
    certificate_for(HERE, path)
    moved = Subject(HERE.names, (*HERE.addresses, ip_address("fd00::7")))
    assert certificate_for(moved, path).is_new
    renamed = Subject(("other", *HERE.names), moved.addresses)
    assert certificate_for(renamed, path).is_new
    assert not certificate_for(renamed, path).is_new


def test_one_that_is_about_to_expire_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "certificate.pem"
    monkeypatch.setattr(certificate, "_LASTS", datetime.timedelta(days=6))
    certificate_for(HERE, path)
    monkeypatch.undo()
    assert certificate_for(HERE, path).is_new
    assert not certificate_for(HERE, path).is_new


@pytest.mark.parametrize("spoiled", ["certificate.pem", "certificate-key.pem"])
def test_a_spoiled_or_foreign_file_is_replaced(spoiled: str, tmp_path: Path) -> None:
    ours, other = tmp_path / "certificate.pem", tmp_path / "other" / "certificate.pem"
    certificate_for(HERE, ours)
    certificate_for(HERE, other)
    shutil.copy(other.with_name(spoiled), ours.with_name(spoiled))
    assert certificate_for(HERE, ours).is_new
    ours.with_name(spoiled).write_text("nonsense")
    assert certificate_for(HERE, ours).is_new
    assert not certificate_for(HERE, ours).is_new


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(VoiceChatError, match="XDG_STATE_HOME"):
        certificate_for(HERE, tmp_path / "file" / "certificate.pem")


def test_this_machine_is_reached_by_its_name_and_by_loopback() -> None:
    subject = this_machine()
    assert "localhost" in subject.names
    assert {ip_address("127.0.0.1"), ip_address("::1")} <= {*subject.addresses}


def test_own_addresses_are_those_that_others_can_use() -> None:
    assert not [a for a in own_addresses() if a.is_loopback or a.is_link_local]
