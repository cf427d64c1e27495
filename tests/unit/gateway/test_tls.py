"""A certificate and key that cannot be used are told, with the setting that names them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from deploy.certificate import CertificateFiles, certificate_for, this_machine
from gateway.settings import GatewaySettings
from gateway.tls import server_context
from shared.errors import SettingsError


@pytest.fixture
def files(tmp_path: Path) -> CertificateFiles:
    return certificate_for(this_machine(), tmp_path / "certificate.pem")


def settings(files: CertificateFiles) -> GatewaySettings:
    return GatewaySettings(tls_certificate=str(files.certificate), tls_key=str(files.key))


def test_without_settings_there_is_no_tls() -> None:
    assert server_context(GatewaySettings()) is None


def test_a_certificate_and_its_key_are_used(files: CertificateFiles) -> None:
    assert server_context(settings(files)) is not None


def test_one_without_the_other_is_told() -> None:
    with pytest.raises(SettingsError, match="VOICECHAT_GATEWAY_TLS_KEY is not set"):
        server_context(GatewaySettings(tls_certificate="certificate.pem"))
    with pytest.raises(SettingsError, match="VOICECHAT_GATEWAY_TLS_CERTIFICATE is not set"):
        server_context(GatewaySettings(tls_key="key.pem"))


def other_key(files: CertificateFiles) -> None:
    other = certificate_for(this_machine(), files.key.with_name("other") / "certificate.pem")
    other.key.replace(files.key)


def encrypt(files: CertificateFiles) -> None:
    key = serialization.load_pem_private_key(files.key.read_bytes(), password=None)
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )


def spoil_certificate(files: CertificateFiles) -> None:
    files.certificate.write_text("nonsense")


def break_certificate(files: CertificateFiles) -> None:
    files.certificate.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")


def spoil_key(files: CertificateFiles) -> None:
    files.key.write_text("nonsense")


def swap(files: CertificateFiles) -> None:
    certificate, key = files.certificate.read_bytes(), files.key.read_bytes()
    files.certificate.write_bytes(key)
    files.key.write_bytes(certificate)


def remove_key(files: CertificateFiles) -> None:
    files.key.unlink()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (other_key, r"TLS_KEY=.* is not the key of the certificate"),
        (encrypt, r"TLS_KEY=.* has a passphrase"),
        (spoil_certificate, r"TLS_CERTIFICATE=.* is no certificate in PEM"),
        (break_certificate, r"TLS_CERTIFICATE=.* cannot be used"),
        (spoil_key, r"TLS_KEY=.* is no private key in PEM"),
        (swap, r"TLS_CERTIFICATE=.* is no certificate in PEM"),
        (remove_key, r"TLS_KEY=.* cannot be read \(no such file"),
    ],
)
def test_what_is_wrong_with_the_files_is_told(
    spoil: Callable[[CertificateFiles], None], told: str, files: CertificateFiles
) -> None:
    spoil(files)
    with pytest.raises(SettingsError, match=told):
        server_context(settings(files))
