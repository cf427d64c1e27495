"""What a request is told that cannot be answered, in the shape of OpenAI's API."""

import re

import msgspec

from gateway.error_body import ErrorBody, error_body
from gateway.uploads import SoundTooLong
from shared.errors import AudioError, BrokerError, QueueFull, VoiceChatError
from shared.messages import WorkFailed

RETRY_AFTER_S = 5

_PLACE = re.compile(r" - at `\$\.?(.*)`$")
_MISSING = re.compile(r"missing required field `(.*?)`")
_STATUS = {"bad_audio": 400, "expired": 504}
"""Of failed work, by its code; any other is 500."""


class Fault(VoiceChatError):
    """Why a request is not answered: an HTTP status, and words for a program and for a person."""

    def __init__(self, status: int, message: str, *, code: str, param: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param

    def body(self) -> ErrorBody:
        """What the client is told."""
        return error_body(self.status, self.message, self.code, self.param)


def fault_of(error: VoiceChatError) -> Fault:
    """An error of ours as a client is told it."""
    match error:
        case Fault():
            return error
        case QueueFull():
            return Fault(503, str(error), code="queue_full")
        case BrokerError():
            return Fault(503, str(error), code="broker_unreachable")
        case SoundTooLong():
            return Fault(413, str(error), code="audio_too_long", param="file")
        case AudioError():
            return Fault(400, str(error), code="bad_audio", param="file")
        case _:
            return Fault(500, str(error), code="server_error")


def fault_of_work(failed: WorkFailed) -> Fault:
    """What a stage could not do."""
    return Fault(_STATUS.get(failed.code, 500), failed.detail, code=failed.code)


def fault_of_json(error: msgspec.DecodeError) -> Fault:
    """JSON that is none, or that is not what the endpoint takes."""
    if not isinstance(error, msgspec.ValidationError):
        return Fault(400, f"the body is not JSON: {error}", code="invalid_json")
    told = str(error)
    missing, place = _MISSING.search(told), _PLACE.search(told)
    parts = (place[1] if place else "", missing[1] if missing else "")
    param = ".".join(filter(None, parts))
    return Fault(400, _shortened(told), code="invalid_value", param=param)


def _shortened(told: str) -> str:
    """An error that quotes a wrong value, which may be as long as a body; its place stays."""
    return told if len(told) <= 300 else f"{told[:150]}…{told[-150:]}"
