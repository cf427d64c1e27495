"""Who has been let in."""

import msgspec

from gateway.limits import Allowance


class Guest(msgspec.Struct, frozen=True, kw_only=True):
    """The sender of a request that was let in."""

    key: str = ""
    """Name of the key, or of that which the client token was made with; empty if none is needed."""
    key_digest: bytes = b""
    allowance: Allowance
    """What it may still send."""
    first_message: str = ""
    """What a session of it begins with as if the client had said it: its token's configuration."""
