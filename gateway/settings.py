"""What can be set about a gateway."""

from typing import Annotated

from msgspec import Meta

from shared.addresses import is_loopback
from shared.errors import SettingsError
from shared.settings import Settings

Port = Annotated[int, Meta(ge=0, le=65_535)]
Count = Annotated[int, Meta(ge=1)]
Rate = Annotated[float, Meta(gt=0, le=1e9)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class GatewaySettings(Settings, frozen=True, kw_only=True):
    """One gateway process."""

    host: str = "127.0.0.1"
    """Address to listen on; the default is reachable from this machine alone."""
    port: Port = 8000
    """Port to listen on; 0 takes any that is free."""
    keys_file: str = ""
    """File of the keys that clients need, a line `name: key` for each; empty for none."""
    key: str = ""
    """A single key instead of a file, or beside it."""
    open: bool = False
    """Whether everybody may come in who reaches an address other than loopback."""
    origins: tuple[str, ...] = ()
    """Web origins (`https://voice.example`) that may connect besides our own pages."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of reverse proxies whose `X-Forwarded-For` is believed."""
    tls_certificate: str = ""
    """PEM file of the certificate, and of those between it and its root; empty for no TLS."""
    tls_key: str = ""
    """PEM file of its private key, without a passphrase."""
    page_folder: str = ""
    """Folder of another web page: its `index.html` is served at `/`, all of it below `/ui`."""
    most_sessions: Count = 200
    """Sessions at a time; further clients are refused with status 503."""
    sessions_per_key: Count = 100
    """Sessions at a time that one key, and the tokens made with it, may have."""
    sessions_per_address: Count = 100
    """Sessions at a time that one address may have; of IPv6, one /64 network."""
    messages_per_s: Rate = 5000.0
    """Messages a second of all sessions of a key, and of an address; further ones are dropped."""
    audio_s_per_minute: Rate = 6000.0
    """Seconds of sound a minute of all sessions of a key, and of an address; more is dropped."""
    longest_session_s: Seconds = 86_400.0
    """Seconds after which a session is closed, whatever goes on in it."""
    longest_utterance_s: Seconds = 120.0
    """Seconds of speech that one utterance may have."""
    most_message_bytes: Count = 4 * 1024 * 1024
    """Size of a client's message; a larger one is an error, four times as much ends the session."""
    most_text_characters: Count = 32_000
    """Length of instructions, of a typed item, of a text to be spoken and of a chat's messages."""
    most_requests: Count = 32
    """Plain HTTP requests in work at a time; further ones are refused with status 503."""
    most_upload_bytes: Count = 25 * 1024 * 1024
    """Size of a sound file that is uploaded to be transcribed."""
    longest_upload_s: Seconds = 3600.0
    """Seconds of sound in such a file; it is transcribed in stretches of at most 25 s."""
    most_waiting_commits: Count = 8
    """Utterances committed while the transcript of an earlier one is still awaited."""
    most_asides: Count = 4
    """Responses outside of the conversation that a session may be given at a time."""
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
    tool_filler: str = ""
    """What is said while a tool takes long; empty for nothing. One sentence, or one for each
    language: `en=One moment, please.|de=Einen Moment, bitte.`"""
    tool_filler_after_s: Seconds = 1.0
    """Seconds of silence after which it is said."""
    most_tool_rounds: Count = 4
    """Replies in a row that may call the gateway's own tools; the next has to do without."""
    tools_file: str = ""
    """TOML or JSON file that lists MCP servers whose tools replies may use; empty for none."""

    @property
    def needs_key(self) -> bool:
        """Whether nobody comes in without one."""
        return bool(self.keys_file or self.key)

    @property
    def welcome(self) -> str:
        """Who may come in, in words."""
        if self.needs_key:
            return "who has a key may come in"
        if self.open:
            return "open to whoever reaches it: VOICECHAT_GATEWAY_OPEN says so"
        return "no key is needed: only this machine reaches it (docs/access.md)"

    def check_exposure(self) -> None:
        """Raise SettingsError if strangers could come in without anybody having said so."""
        if is_loopback(self.host) or self.needs_key or self.open:
            return
        raise SettingsError(
            f"VOICECHAT_GATEWAY_HOST={self.host} lets others reach the gateway, and none of them "
            "would need a key: set VOICECHAT_GATEWAY_KEYS_FILE (docs/access.md), or "
            "VOICECHAT_GATEWAY_OPEN=yes on a network whose people you trust"
        )
