"""What a client shows a gateway, and by what it knows it: a key, and certificates to trust."""

import os
import re
import ssl
from collections.abc import Mapping
from pathlib import Path

import msgspec

from shared.errors import VoiceChatError
from shared.state_folder import local_certificate

_KEY = re.compile(r"[!-~]+", re.ASCII)


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """How we are let in, and who is trusted to let us in."""

    key: str = ""
    """API key or client token; empty for none."""
    ca: str = ""
    """PEM file of the authority that vouches for the gateway; empty for the system's."""

    def headers(self) -> dict[str, str]:
        """What each request carries; raises VoiceChatError for what cannot be a key."""
        if not self.key:
            return {}
        if not _KEY.fullmatch(self.key):
            raise VoiceChatError("the key has characters, or spaces, that no key has: look at it")
        return {"Authorization": f"Bearer {self.key}"}

    def trust(self, environment: Mapping[str, str]) -> ssl.SSLContext:
        """Whom we trust; raises VoiceChatError for a file that is no certificate.

        Without an authority of its own also the certificate that `voicechat up --tls` has made
        here: it is one for this machine alone.
        """
        if self.ca:
            return _trusting(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), Path(self.ca))
        context, ours = ssl.create_default_context(), local_certificate(environment)
        return _trusting(context, ours) if ours.exists() else context


def _trusting(context: ssl.SSLContext, path: Path) -> ssl.SSLContext:
    try:
        context.load_verify_locations(path)
    except ssl.SSLError as error:
        raise VoiceChatError(f"{path} is no certificate in PEM format") from error
    except OSError as error:
        cause = os.strerror(error.errno or 0).lower()
        raise VoiceChatError(f"the certificate {path} cannot be read ({cause})") from error
    return context
