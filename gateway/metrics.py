"""What a gateway counts and times."""

import msgspec
from prometheus_client import Counter, Gauge, Histogram

from gateway.actions import GuessEnded
from gateway.notices import ReplyFinished
from shared.metrics import BUCKETS_S

SESSIONS = Gauge("voicechat_sessions", "Sessions that are open.")
SESSIONS_ENDED = Counter("voicechat_sessions_ended_total", "Sessions that ended.", ["outcome"])
SESSIONS_REFUSED = Counter(
    "voicechat_sessions_refused_total", "Clients that were not let in.", ["outcome"]
)
SESSIONS_PARKED = Gauge(
    "voicechat_sessions_parked", "Sessions that wait for a client that lost its connection."
)
RESUMES = Counter(
    "voicechat_resumes_total",
    "Sessions that clients came back for: held here, taken over from another gateway, or refused.",
    ["outcome"],
)
REPLIES = Counter("voicechat_replies_total", "Replies that ended.", ["outcome"])
PROBLEMS = Counter("voicechat_problems_total", "Errors that clients were told.", ["outcome"])
REQUESTS = Counter(
    "voicechat_requests_total", "Plain HTTP requests that ended.", ["endpoint", "outcome"]
)
RECEIVED = Counter("voicechat_received_bytes_total", "Bytes of WebSocket messages from clients.")
SENT = Counter("voicechat_sent_bytes_total", "Bytes of WebSocket messages to clients.")
VOICE = Histogram(
    "voicechat_gateway_vad_seconds",
    "Coming in of a packet that completes windows of sound, to their judgement.",
    buckets=(
        *(0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.0125, 0.015, 0.0175, 0.02),
        *(0.025, 0.03, 0.04, 0.05, 0.075, 0.1, 0.2, 0.35, 0.5, 1),
    ),
)
GUESSES = Counter(
    "voicechat_guesses_total",
    "Turns begun before the person had certainly finished: kept or wasted.",
    ["outcome"],
)
GUESS_WORK = Counter(
    "voicechat_guess_work_seconds_total",
    "Engine seconds of the results that came for such turns: kept or wasted.",
    ["outcome"],
)
TAKEN_BACK = Counter(
    "voicechat_utterances_taken_back_total",
    "Utterances taken to be over with which the person went on: ends that came too soon.",
)
TOOL_CALLS = Counter(
    "voicechat_tool_calls_total",
    "Calls of tools of MCP servers.",
    ["outcome"],
)
TOOL_SERVERS = Gauge("voicechat_tool_servers", "MCP servers that can be reached.")
TOOL_CALL = Histogram(
    "voicechat_tool_call_seconds",
    "Call of a tool of an MCP server, to what came of it.",
    buckets=BUCKETS_S,
)
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


def count(guess: GuessEnded) -> None:
    """Count an eager turn, and the work that went into it."""
    outcome = "kept" if guess.was_right else "wasted"
    GUESSES.labels(outcome).inc()
    GUESS_WORK.labels(outcome).inc(guess.worked_s)
