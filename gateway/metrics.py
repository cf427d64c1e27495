"""What a gateway counts and times."""

import msgspec
from prometheus_client import Counter, Gauge, Histogram

from gateway.events import ReplyFinished
from shared.metrics import BUCKETS_S

SESSIONS = Gauge("voicechat_sessions", "Sessions that are open.")
SESSIONS_ENDED = Counter("voicechat_sessions_ended_total", "Sessions that ended.", ["outcome"])
SESSIONS_REFUSED = Counter(
    "voicechat_sessions_refused_total", "Clients that were not let in.", ["outcome"]
)
REPLIES = Counter("voicechat_replies_total", "Replies that ended.", ["outcome"])
PROBLEMS = Counter("voicechat_problems_total", "Errors that clients were told.", ["outcome"])
RECEIVED = Counter("voicechat_received_bytes_total", "Bytes of WebSocket messages from clients.")
SENT = Counter("voicechat_sent_bytes_total", "Bytes of WebSocket messages to clients.")
_TURN = Histogram(
    "voicechat_turn_seconds",
    "Where the time of a turn went; the stages are those of docs/protocol.md.",
    ["stage"],
    buckets=BUCKETS_S,
)


def observe(finished: ReplyFinished) -> None:
    """Count a reply, and its time by stages."""
    REPLIES.labels(finished.status).inc()
    for stage, seconds in msgspec.structs.asdict(finished.latency).items():
        if seconds is not None:
            _TURN.labels(stage.removesuffix("_s")).observe(seconds)
