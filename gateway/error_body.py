"""What an HTTP request is told that is not answered, in the shape of OpenAI's errors."""

from typing import Literal

import msgspec

Kind = Literal["invalid_request_error", "rate_limit_error", "server_error"]


class ErrorDetail(msgspec.Struct, frozen=True, kw_only=True):
    """`error` of an answer."""

    message: str
    type: Kind
    code: str
    param: str | None
    """Path of the field that was wrong."""


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that is none."""

    error: ErrorDetail


def error_body(status: int, message: str, code: str, param: str = "") -> ErrorBody:
    """What goes with an HTTP status."""
    detail = ErrorDetail(message=message, type=_kind(status), code=code, param=param or None)
    return ErrorBody(error=detail)


def _kind(status: int) -> Kind:
    if status == 429:
        return "rate_limit_error"
    return "server_error" if status >= 500 else "invalid_request_error"
