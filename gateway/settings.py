"""What can be set about a gateway."""

from typing import Annotated

from msgspec import Meta

from shared.settings import Settings

Port = Annotated[int, Meta(ge=0, le=65_535)]
Count = Annotated[int, Meta(ge=1)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class GatewaySettings(Settings, frozen=True, kw_only=True):
    """One gateway process."""

    host: str = "127.0.0.1"
    """Address to listen on; the default is reachable from this machine alone."""
    port: Port = 8000
    """Port to listen on; 0 takes any that is free."""
    origins: tuple[str, ...] = ()
    """Web origins (`https://voice.example`) that may connect besides our own and loopback pages."""
    most_sessions: Count = 200
    """Sessions at a time; further clients are refused with status 503."""
    longest_utterance_s: Seconds = 120.0
    """Seconds of speech that one utterance may have."""
    most_message_bytes: Count = 4 * 1024 * 1024
    """Size of a client's message; a larger one is an error, four times as much ends the session."""
    most_text_characters: Count = 32_000
    """Length of instructions and of a typed item."""
    most_waiting_commits: Count = 8
    """Utterances committed while the transcript of an earlier one is still awaited."""
    history_items: Count = 100
    """Items of the conversation that are remembered; the oldest go first."""
    history_characters: Count = 24_000
    """Characters of the conversation that are remembered; the oldest items go first."""
    turn_timeout_s: Seconds = 30.0
    """Seconds without any news of a turn after which it has failed; also the deadline of a job."""
    playout_ahead_s: Seconds = 1.0
    """Seconds that audio is released ahead of real time."""
    longest_reply_s: Seconds = 600.0
    """Seconds of a reply's speech that are kept waiting for their release."""
    most_outgoing: Count = 512
    """Messages that may wait for a client; one that is further behind is cut off."""
    most_incoming: Count = 2000
    """Results of the pipeline that may wait for their session."""
    send_timeout_s: Seconds = 10.0
    """Seconds that a client may leave one message unread before it is cut off."""
    idle_close_s: Seconds = 600.0
    """Seconds without any audio or message from a client after which its session is closed."""
    resume_s: Seconds = 60.0
    """Seconds that a session which can be resumed waits for a client that lost its connection."""
    most_unacknowledged_bytes: Count = 2 * 1024 * 1024
    """Bytes of messages kept for such a client until it acknowledges them; the oldest go first."""
    heartbeat_s: Seconds = 20.0
    """Seconds between WebSocket pings; a client that does not answer has left."""
