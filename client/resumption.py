"""What client and gateway say to each other about resuming a session. Pure.

Neither side counts these messages; all others it does.
"""

import msgspec


class Resumable(msgspec.Struct, frozen=True, tag_field="type", tag="session.resumable"):
    """How the session can be resumed."""

    session_id: str
    secret: str
    resume_s: float
    """Seconds that the gateway waits for us."""


class Resumed(msgspec.Struct, frozen=True, tag_field="type", tag="session.resumed"):
    """The session goes on; the gateway has so many of our messages."""

    received: int


class Acknowledged(msgspec.Struct, frozen=True, tag_field="type", tag="session.acknowledged"):
    """So many of our messages will never be asked for again."""

    received: int


AnyNews = Resumable | Resumed | Acknowledged

_MARK = '"type":"session.'
_LONGEST = 500
_decoder: msgspec.json.Decoder[AnyNews] = msgspec.json.Decoder(AnyNews)


def read(message: str) -> AnyNews | None:
    """What a text message of the gateway says about resuming; none if it is about other things."""
    if len(message) > _LONGEST or _MARK not in message:
        return None
    try:
        return _decoder.decode(message)
    except msgspec.MsgspecError:
        return None


def resume(secret: str, received: int) -> str:
    """The first message of a connection that goes on with a session."""
    return _packed("session.resume", secret=secret, received=received)


def acknowledge(received: int) -> str:
    """We have so many messages."""
    return _packed("session.acknowledge", received=received)


def _packed(kind: str, **fields: object) -> str:
    return msgspec.json.encode({"type": kind, **fields}).decode()
