"""The self-signed certificate of `voicechat up --tls`: made once, and again when it is worn out."""

import datetime
import os
import socket
from collections.abc import Collection
from ipaddress import ip_address
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from deploy.own_addresses import Address, own_addresses
from shared.errors import VoiceChatError

_LASTS = datetime.timedelta(days=397)
"""What browsers accept of any certificate."""
_WORN_OUT = datetime.timedelta(days=7)
_LOOPBACK = (ip_address("127.0.0.1"), ip_address("::1"))


class Subject(msgspec.Struct, frozen=True):
    """Under what a machine is reached."""

    names: tuple[str, ...]
    addresses: tuple[Address, ...]


class CertificateFiles(msgspec.Struct, frozen=True):
    """A certificate and its key, readable by their user alone."""

    certificate: Path
    key: Path
    is_new: bool


def this_machine() -> Subject:
    """All names and addresses of this machine, loopback too."""
    name = socket.gethostname().encode("ascii", "ignore").decode() or "localhost"
    names = dict.fromkeys((name, f"{name.partition('.')[0]}.local", "localhost"))
    return Subject(tuple(names), (*_LOOPBACK, *own_addresses()))


def certificate_for(subject: Subject, path: Path) -> CertificateFiles:
    """The certificate at this path, if it still holds for the machine, else a new one there.

    It does while it covers all that the machine is called now. Raises VoiceChatError if it cannot
    be written.
    """
    files = CertificateFiles(path, path.with_name("certificate-key.pem"), is_new=False)
    now = datetime.datetime.now(datetime.UTC)
    if _holds(files, subject, now):
        return files
    try:
        _make(files, subject, now)
    except OSError as error:
        cause = os.strerror(error.errno or 0).lower()
        raise VoiceChatError(
            f"cannot keep a certificate in {path.parent} ({cause}); "
            "set XDG_STATE_HOME to a folder of yours"
        ) from error
    return msgspec.structs.replace(files, is_new=True)


def _holds(files: CertificateFiles, subject: Subject, now: datetime.datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
        key = serialization.load_pem_private_key(files.key.read_bytes(), password=None)
        covered = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    return (
        certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - _WORN_OUT
        and certificate.public_key() == key.public_key()
        and {*subject.names} <= {*covered.get_values_for_type(x509.DNSName)}
        and {*subject.addresses} <= {*covered.get_values_for_type(x509.IPAddress)}
    )


def _make(files: CertificateFiles, subject: Subject, now: datetime.datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _signed(key, subject, now)
    files.certificate.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(files.key, secret)
    _write(files.certificate, certificate.public_bytes(serialization.Encoding.PEM))


def _signed(
    key: ec.EllipticCurvePrivateKey, subject: Subject, now: datetime.datetime
) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject.names[0][:64])])
    alternatives = [
        *(x509.DNSName(name) for name in subject.names),
        *(x509.IPAddress(address) for address in subject.addresses),
    ]
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + _LASTS)
    )
    for extension in _extensions(key, alternatives):
        builder = builder.add_extension(extension, critical=False)
    return builder.sign(key, hashes.SHA256())


def _extensions(
    key: ec.EllipticCurvePrivateKey, alternatives: Collection[x509.GeneralName]
) -> tuple[x509.ExtensionType, ...]:
    """What it holds for. It is no authority: who steals its key can pretend to be no one else."""
    return (
        x509.SubjectAlternativeName(alternatives),
        x509.BasicConstraints(ca=False, path_length=None),
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
    )


def _write(path: Path, content: bytes) -> None:
    """Put a file there as a whole, readable by its user alone."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    new.replace(path)
