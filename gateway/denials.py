"""Why somebody is not let in, in the shape of OpenAI's errors."""

import math

import msgspec

from gateway.error_body import error_body


class Denial(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP request, or a WebSocket handshake, that is refused."""

    status: int
    code: str
    message: str
    outcome: str
    """How it is counted."""
    param: str = ""
    """Path of the field that was wrong."""
    retry_after_s: int = 0
    """When to try again; 0 if that is of no use."""

    def body(self) -> bytes:
        """The error as JSON."""
        return msgspec.json.encode(error_body(self.status, self.message, self.code, self.param))

    def headers(self) -> dict[str, str]:
        """What the answer says besides."""
        if self.status == 401:
            return {"WWW-Authenticate": "Bearer"}
        return {"Retry-After": str(self.retry_after_s)} if self.retry_after_s else {}


NO_KEY = Denial(
    status=401,
    code="invalid_api_key",
    message="a key is needed: send it as 'Authorization: Bearer KEY', or from a browser as the "
    "WebSocket sub-protocol openai-insecure-api-key.KEY",
    outcome="key",
)
WRONG_KEY = Denial(
    status=401, code="invalid_api_key", message="the key is not known here", outcome="key"
)
OLD_TOKEN = Denial(
    status=401,
    code="invalid_api_key",
    message="the client token is not known, or has expired; make a new one",
    outcome="key",
)
TOKEN_OUT_OF_PLACE = Denial(
    status=401,
    code="invalid_api_key",
    message="a client token opens sessions at /v1/realtime only; this needs a key",
    outcome="key",
)
NO_BROKER = Denial(
    status=503,
    code="broker_unreachable",
    message="client tokens cannot be looked up just now; try again in a moment",
    outcome="broker",
    retry_after_s=2,
)


def foreign_page(origin: str) -> Denial:
    """A page that was not served by us, and is not listed."""
    named = origin[:200].encode(errors="replace").decode()  # a header may hold any bytes
    told = f"pages of {named} may not connect; VOICECHAT_GATEWAY_ORIGINS lists who may"
    return Denial(status=403, code="origin_not_allowed", message=told, outcome="origin")


def full(most_sessions: int) -> Denial:
    """The house is full."""
    told = f"all {most_sessions} sessions are taken; try again later"
    return Denial(status=503, code="sessions_full", message=told, outcome="full", retry_after_s=5)


def too_many_sessions(whose: str, most_sessions: int) -> Denial:
    """A key, or an address, has all that it may have."""
    told = f"this {whose} has {most_sessions} sessions, and may not have more; end one first"
    return Denial(
        status=429, code="too_many_sessions", message=told, outcome="sessions", retry_after_s=5
    )


def too_fast(wait_s: float) -> Denial:
    """More requests or messages than a key, or an address, may send."""
    wait = math.ceil(wait_s)
    told = f"too many requests in a second; try again in {wait} s"
    return Denial(
        status=429, code="rate_limit_exceeded", message=told, outcome="rate", retry_after_s=wait
    )
