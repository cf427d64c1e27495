"""POST /v1/realtime/client_secrets: client tokens, as OpenAI's API has them."""

import asyncio
import secrets
import time
from typing import Annotated, Literal

import msgspec
from aiohttp import web
from msgspec import Meta, Raw, Struct

from gateway import denials
from gateway.client_tokens import ClientTokens, Token
from gateway.denials import Denial
from gateway.guard import answer, guest_of
from gateway.guest import Guest
from gateway.notices import Problem
from gateway.protocols.realtime import Realtime
from gateway.protocols.refused import Refused
from gateway.settings import GatewaySettings
from shared.bus import Bus
from shared.errors import BrokerError

_MOST_BYTES = 65_536
"""Of a request: a token's configuration waits in Redis."""


class ExpiresAfter(Struct, frozen=True):
    """How long the token holds; the bounds are OpenAI's."""

    anchor: Literal["created_at"] = "created_at"
    seconds: Annotated[int, Meta(ge=10, le=7200)] = 600


class Wish(Struct, frozen=True):
    """The body of a request."""

    expires_after: ExpiresAfter = ExpiresAfter()
    session: Raw = Raw()


class Named(Struct, frozen=True):
    """Of the session's configuration what has no effect, but is shown."""

    model: Annotated[str, Meta(max_length=100)] = "voicechat"


class Secret(Struct, frozen=True):
    """A client token, as its maker gets it."""

    value: str
    expires_at: int
    """Seconds since the epoch."""
    session: dict[str, object]


class ClientSecrets:
    """Makes client tokens."""

    def __init__(self, settings: GatewaySettings, bus: Bus) -> None:
        self._settings = settings
        self._bus = bus
        self._tokens = ClientTokens(bus.notes)

    async def create(self, request: web.Request) -> web.Response:
        """Answer a request with a new token, or with what is wrong with it."""
        try:
            async with asyncio.timeout(self._settings.send_timeout_s):
                body = await _body(request)
        except TimeoutError:
            return answer(_late(self._settings.send_timeout_s))
        made = await self._make(body, guest_of(request))
        if isinstance(made, Denial):
            return answer(made)
        return web.Response(body=msgspec.json.encode(made), content_type="application/json")

    async def _make(self, body: bytes, guest: Guest) -> Secret | Denial:
        try:
            wish = _read(body)
            session = self._session(wish.session)
        except Refused as no:
            return _wrong(no)
        if (wait_s := guest.allowance.token_wait_s(time.monotonic())) > 0:
            return denials.too_fast(wait_s)
        token = Token(key_digest=guest.key_digest, first_message=_first_message(wish.session))
        try:
            value = await self._tokens.make(token, wish.expires_after.seconds)
        except BrokerError:
            return denials.NO_BROKER
        return Secret(value, int(self._bus.now()) + wish.expires_after.seconds, session)

    def _session(self, wished: Raw) -> dict[str, object]:
        """How a session with this configuration begins, as it is told; raises Refused."""
        trial = Realtime(secrets.token_hex(8), _model(wished), self._settings)
        for heard in trial.read(_first_message(wished)) if wished else ():
            if isinstance(heard, Problem):
                raise Refused(heard.code, heard.message, heard.param or "session")
        created: dict[str, dict[str, object]] = msgspec.json.decode(trial.greeting()[0])
        return created["session"]


async def _body(request: web.Request) -> bytes:
    """The body, or as much of it as shows that it is too large."""
    try:
        return await request.content.readexactly(_MOST_BYTES + 1)
    except asyncio.IncompleteReadError as whole:
        return whole.partial


def _read(body: bytes) -> Wish:
    if len(body) > _MOST_BYTES:
        told = f"the request may have {_MOST_BYTES} bytes"
        raise Refused("string_above_max_length", told, "session")
    try:
        return msgspec.json.decode(body or b"{}", type=Wish)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused("invalid_value", f"the body does not fit: {error}") from error


def _model(wished: Raw) -> str:
    try:
        return msgspec.json.decode(wished, type=Named).model if wished else Named().model
    except msgspec.DecodeError as error:
        raise Refused("invalid_value", f"the session does not fit: {error}", "session") from error


def _first_message(session: Raw) -> str:
    """What a client would say to have this session; empty if it has no wish."""
    if not session:
        return ""
    return msgspec.json.encode({"type": "session.update", "session": session}).decode()


def _late(patience_s: float) -> Denial:
    told = f"the body did not come within {patience_s:g} s"
    return Denial(status=408, code="body_timed_out", message=told, outcome="request")


def _wrong(no: Refused) -> Denial:
    return Denial(status=400, code=no.code, message=no.message, param=no.param, outcome="request")
