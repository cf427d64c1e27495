"""What clients send: JSON, or a form with a file in it, of bounded size, in bounded time."""

import asyncio
from collections.abc import Awaitable
from typing import NamedTuple, TypeVar

import msgspec
from aiohttp import BodyPartReader, web
from aiohttp.http_exceptions import HttpProcessingError

from gateway.endpoints.faults import Fault, fault_of_json
from gateway.settings import GatewaySettings
from shared.settings import variable

T = TypeVar("T")

_MOST_FIELDS = 50
_MOST_FIELD_BYTES = 65_536
_CHUNK_BYTES = 65_536
_FORM = "multipart/form-data"


class Form(NamedTuple):
    """A form with one file."""

    fields: dict[str, str]
    """Of fields that are there several times the last counts."""
    file: bytes


async def read_json(request: web.Request, wanted: type[T], settings: GatewaySettings) -> T:
    """The body as what the endpoint takes; raises Fault."""
    size, setting = settings.most_message_bytes, "most_message_bytes"
    _check_size(request.content_length or 0, size, setting)
    body = bytearray()
    while portion := await _in_time(request.content.read(_CHUNK_BYTES), settings):
        body += portion
        _check_size(len(body), size, setting)
    try:
        return msgspec.json.decode(body, type=wanted)
    except msgspec.DecodeError as error:
        raise fault_of_json(error) from error
    except RecursionError as error:
        raise Fault(400, "the JSON is nested too deeply", code="invalid_json") from error


async def read_form(request: web.Request, settings: GatewaySettings) -> Form:
    """The body as a form with the field `file`; raises Fault."""
    if request.content_type != _FORM:
        told = f"the body is to be {_FORM}, not {request.content_type}"
        raise Fault(400, told, code="invalid_form")
    _check_size(request.content_length or 0, settings.most_upload_bytes, "most_upload_bytes")
    try:
        form = await _read_form(request, settings)
    except (ValueError, AssertionError, RuntimeError, HttpProcessingError) as error:
        raise Fault(400, "the body is no form that can be read", code="invalid_form") from error
    if form is None:
        told = "the form has no field `file` with the sound"
        raise Fault(400, told, code="missing_field", param="file")
    return form


async def _read_form(request: web.Request, settings: GatewaySettings) -> Form | None:
    fields: dict[str, str] = {}
    file: bytes | None = None
    reader = await request.multipart()
    while (part := await _in_time(reader.next(), settings)) is not None:
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise Fault(400, "each part of the form needs a name", code="invalid_form")
        if len(fields) >= _MOST_FIELDS:
            raise Fault(400, f"more than {_MOST_FIELDS} fields", code="invalid_form")
        if part.name == "file":
            file = await _read_part(part, settings.most_upload_bytes, settings)
        else:
            fields[part.name] = (await _read_part(part, _MOST_FIELD_BYTES, settings)).decode()
    return None if file is None else Form(fields, file)


async def _read_part(part: BodyPartReader, most_bytes: int, settings: GatewaySettings) -> bytes:
    content = bytearray()
    while portion := await _in_time(part.read_chunk(_CHUNK_BYTES), settings):
        content += portion
        _check_size(len(content), most_bytes, "most_upload_bytes")
    return bytes(content)


async def _in_time(step: Awaitable[T], settings: GatewaySettings) -> T:
    """More of the body; raises Fault if it takes too long."""
    try:
        async with asyncio.timeout(settings.send_timeout_s):
            return await step
    except TimeoutError as error:
        told = f"nothing of the body came for {settings.send_timeout_s:g} s"
        raise Fault(408, told, code="body_timed_out") from error


def _check_size(size: int, most: int, setting: str) -> None:
    if size > most:
        told = f"more than {most} bytes; {variable('gateway', setting)} is the limit"
        raise Fault(413, told, code="message_too_large")
