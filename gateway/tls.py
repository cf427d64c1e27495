"""TLS of the web server: its certificate and key, from files."""

import os
import ssl
from pathlib import Path

from gateway.settings import GatewaySettings
from shared.errors import SettingsError

_CERTIFICATE = "VOICECHAT_GATEWAY_TLS_CERTIFICATE"
_KEY = "VOICECHAT_GATEWAY_TLS_KEY"


def server_context(settings: GatewaySettings) -> ssl.SSLContext | None:
    """How to speak TLS; none if that is not wanted. Raises SettingsError naming the file."""
    certificate, key = settings.tls_certificate, settings.tls_key
    if not certificate and not key:
        return None
    if not certificate or not key:
        missing = _KEY if certificate else _CERTIFICATE
        raise SettingsError(f"TLS needs a certificate and its key: {missing} is not set")
    for name, path in ((_CERTIFICATE, certificate), (_KEY, key)):
        _check_readable(name, Path(path))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except (ssl.SSLError, ValueError) as error:
        raise SettingsError(_explain(error, certificate, key)) from error
    return context


def _check_readable(name: str, path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as error:
        cause = os.strerror(error.errno or 0).lower()
        raise SettingsError(f"{name}={path} cannot be read ({cause})") from error


def _no_password() -> str:
    """Instead of asking at the terminal."""
    return ""


def _explain(error: Exception, certificate: str, key: str) -> str:
    reason = getattr(error, "reason", "") or ""
    if reason == "KEY_VALUES_MISMATCH":
        return f"{_KEY}={key} is not the key of the certificate {certificate}"
    if _has(key, b"ENCRYPTED"):
        return f"{_KEY}={key} has a passphrase; give a key without one, readable by you alone"
    if not _has(certificate, b"-----BEGIN CERTIFICATE-----"):
        return f"{_CERTIFICATE}={certificate} is no certificate in PEM format"
    if not _has(key, b"PRIVATE KEY-----"):
        return f"{_KEY}={key} is no private key in PEM format"
    return f"{_CERTIFICATE}={certificate} and {_KEY}={key} cannot be used ({error})"


def _has(path: str, words: bytes) -> bool:
    return words in Path(path).read_bytes()
