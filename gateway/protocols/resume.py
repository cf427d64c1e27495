"""What a client and a gateway say about resuming a session, and which protocols can be resumed.

None of these messages is counted by either side; all others are.
"""

from typing import Annotated, Protocol

import msgspec
from msgspec import Meta, Struct

from gateway.protocols.port import ClientProtocol
from gateway.protocols.realtime_objects import ErrorDetail

_LONGEST = 500
"""Characters of the longest of a client's messages below: others are not looked into."""

Count = Annotated[int, Meta(ge=0)]


class ResumableProtocol(ClientProtocol, Protocol):
    """A protocol whose side of a session can be written down."""

    def memory(self) -> bytes:
        """What has to be remembered, but for the reply that is being given."""
        ...

    def recall(self, memory: bytes) -> None:
        """Go on as that one would."""
        ...


# client → gateway


class Resume(Struct, frozen=True, kw_only=True, tag_field="type", tag="session.resume"):
    """The first message of a connection that goes on with a session."""

    secret: Annotated[str, Meta(max_length=200)]
    received: Count
    """Messages that the client has got in this session."""


class Acknowledge(Struct, frozen=True, kw_only=True, tag_field="type", tag="session.acknowledge"):
    """The client has got so many messages in this session."""

    received: Count


AnyClientMessage = Resume | Acknowledge

_decoder: msgspec.json.Decoder[AnyClientMessage] = msgspec.json.Decoder(AnyClientMessage)


def read(text: str) -> AnyClientMessage | None:
    """A message about resuming; none if it is something else."""
    if len(text) > _LONGEST or not ('"session.re' in text or '"session.ac' in text):
        return None
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


# gateway → client


class Resumable(Struct, frozen=True, kw_only=True, tag_field="type", tag="session.resumable"):
    """How the session can be resumed."""

    session_id: str
    secret: str
    resume_s: float
    """Seconds that the session waits for its client."""


class Resumed(Struct, frozen=True, kw_only=True, tag_field="type", tag="session.resumed"):
    """The session goes on: what follows is what the client has not got."""

    session_id: str
    received: int
    """Messages of the client's that the gateway has; it sends those after them again."""


class Acknowledged(Struct, frozen=True, kw_only=True, tag_field="type", tag="session.acknowledged"):
    """So many messages of the client's are needed no more, whatever happens."""

    received: int


class _Refusal(Struct, frozen=True, kw_only=True, tag_field="type", tag="error"):
    error: ErrorDetail


AnyServerMessage = Resumable | Resumed | Acknowledged


def write(message: AnyServerMessage) -> bytes:
    """A message about resuming."""
    return msgspec.json.encode(message)


def refuse(code: str, message: str) -> bytes:
    """Why a session cannot be resumed."""
    error = ErrorDetail(
        type="invalid_request_error", code=code, message=message, param=None, event_id=None
    )
    return msgspec.json.encode(_Refusal(error=error))
