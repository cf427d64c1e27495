"""How turns are found in speech: the protocol's words and milliseconds, our seconds."""

from typing import assert_never

import msgspec
from msgspec import UnsetType

from gateway.protocols.realtime_client import AnyVad, SemanticVad, ServerVad
from gateway.turn_detection import TurnDetection


def understood(
    wished: AnyVad | UnsetType | None, current: TurnDetection | None
) -> TurnDetection | None:
    """The turn detection after a wish; an object replaces all of what was, and unset keeps it."""
    match wished:
        case UnsetType():
            return current
        case None:
            return None
        case ServerVad():
            return _server_vad(wished)
        case SemanticVad():
            return TurnDetection(
                mode="semantic_vad",
                eagerness=wished.eagerness,
                create_response=wished.create_response,
                interrupt_response=wished.interrupt_response,
            )
        case _:
            assert_never(wished)


def without_replies(detection: TurnDetection | None) -> TurnDetection | None:
    """The same for a session that only listens."""
    if detection is None:
        return None
    return msgspec.structs.replace(detection, create_response=False, interrupt_response=False)


def shown(detection: TurnDetection | None) -> AnyVad | None:
    """The `turn_detection` object of the protocol: of its mode only."""
    if detection is None:
        return None
    if detection.mode == "semantic_vad":
        return SemanticVad(
            eagerness=detection.eagerness,
            create_response=detection.create_response,
            interrupt_response=detection.interrupt_response,
        )
    idle_s = detection.idle_timeout_s
    return ServerVad(
        threshold=detection.threshold,
        prefix_padding_ms=milliseconds(detection.prefix_padding_s),
        silence_duration_ms=milliseconds(detection.silence_s),
        idle_timeout_ms=None if idle_s is None else milliseconds(idle_s),
        create_response=detection.create_response,
        interrupt_response=detection.interrupt_response,
    )


def milliseconds(seconds: float) -> int:
    """A time as the protocol writes it."""
    return round(seconds * 1000)


def seconds(milliseconds: int) -> float:
    """A time that the protocol wrote."""
    return milliseconds / 1000


def _server_vad(wished: ServerVad) -> TurnDetection:
    idle_ms = wished.idle_timeout_ms
    return TurnDetection(
        mode="server_vad",
        threshold=wished.threshold,
        prefix_padding_s=seconds(wished.prefix_padding_ms),
        silence_s=seconds(wished.silence_duration_ms),
        idle_timeout_s=None if idle_ms is None else seconds(idle_ms),
        create_response=wished.create_response,
        interrupt_response=wished.interrupt_response,
    )
