"""Settings of the command line: the group VOICECHAT_CLIENT."""

from shared.settings import Settings


class ClientSettings(Settings, frozen=True, kw_only=True):
    """Where the system runs that the command talks to."""

    url: str = ""
    """WebSocket URL of a gateway; empty for where `VOICECHAT_GATEWAY_HOST` and `_PORT` say."""
    answer_timeout_s: float = 60.0
    """Longest silence of the gateway while an answer is due, in seconds."""
    key: str = ""
    """API key or client token that the gateway wants; empty for none."""
    ca: str = ""
    """PEM file of the authority that vouches for a gateway with TLS; empty for the system's."""
