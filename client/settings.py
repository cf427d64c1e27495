"""Settings of the command line: the group VOICECHAT_CLIENT."""

from shared.settings import Settings


class ClientSettings(Settings, frozen=True, kw_only=True):
    """Where the system runs that the command talks to."""

    url: str = "ws://127.0.0.1:8000/v1/realtime"
    """WebSocket URL of a gateway."""
    answer_timeout_s: float = 60.0
    """Longest silence of the gateway while an answer is due, in seconds."""
