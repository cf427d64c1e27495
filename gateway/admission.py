"""Who a request comes from, and whether it is let in."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web

from gateway import denials
from gateway.auth import is_allowed, read_networks, sender, shown_key
from gateway.client_tokens import ClientTokens, Token, is_token
from gateway.denials import Denial
from gateway.guest import Guest
from gateway.keys import Keys
from gateway.limits import Parties
from gateway.settings import GatewaySettings
from shared.errors import BrokerError

REALTIME = "/v1/realtime"
_SESSIONS = (REALTIME, "/ws")
"""What is asked here is a session, also if the client only wants to know why it got none."""


class Admission:
    """Judges every request, and counts the sessions that are open."""

    def __init__(self, settings: GatewaySettings, keys: Keys, tokens: ClientTokens) -> None:
        """Raises SettingsError for trusted proxies that are no addresses."""
        self._settings = settings
        self._keys = keys
        self._tokens = tokens
        self._proxies = read_networks(settings.trusted_proxies)
        self._parties = Parties(settings)
        self._sessions = 0

    def page_denial(self, request: web.Request) -> Denial | None:
        """Why the page that sends this may not; none if it may, or no page does."""
        origin, settings = request.headers.get("Origin"), self._settings
        if is_allowed(origin, request.host, listening=settings.host, origins=settings.origins):
            return None
        return denials.foreign_page(origin or "")

    async def judge(self, request: web.Request) -> Guest | Denial:
        """Who sends this, if they may."""
        token = await self._token(request)
        if isinstance(token, Denial):
            return token
        key = self._keys.ring.name(token.key_digest) if token.key_digest else ""
        forwarded = _all(request, "X-Forwarded-For")
        address, now = sender(request.remote, forwarded, self._proxies), time.monotonic()
        allowance = self._parties.allowance(key, address, now)
        guest = Guest(
            key=key,
            key_digest=token.key_digest,
            allowance=allowance,
            first_message=token.first_message,
        )
        if (wait_s := allowance.message_wait_s(now)) > 0:
            return denials.too_fast(wait_s)
        return (self._full(guest) if is_session(request) else None) or guest

    @contextmanager
    def session(self, guest: Guest) -> Iterator[None]:
        """A session is open while the block runs."""
        self._sessions += 1
        try:
            with guest.allowance.session():
                yield
        finally:
            self._sessions -= 1

    async def _token(self, request: web.Request) -> Token | Denial:
        """What the key or client token of a request stands for."""
        authorization = request.headers.get("Authorization")
        key = shown_key(authorization, _all(request, "Sec-WebSocket-Protocol"))
        if is_token(key):
            return await self._client_token(key, request.path)
        if not self._keys.are_needed:
            return Token(key_digest=b"", first_message="")
        if not key:
            return denials.NO_KEY
        found = self._keys.ring.find(key)
        return denials.WRONG_KEY if found is None else Token(key_digest=found, first_message="")

    async def _client_token(self, value: str, path: str) -> Token | Denial:
        if path != REALTIME:
            return denials.TOKEN_OUT_OF_PLACE
        try:
            token = await self._tokens.find(value)
        except BrokerError:
            return denials.NO_BROKER
        if token is None or not self._is_current(token):
            return denials.OLD_TOKEN
        return token

    def _is_current(self, token: Token) -> bool:
        """Whether the key that it was made with still holds."""
        if not self._keys.are_needed:
            return not token.key_digest
        return self._keys.ring.known(token.key_digest) is not None

    def _full(self, guest: Guest) -> Denial | None:
        if self._sessions >= self._settings.most_sessions:
            return denials.full(self._settings.most_sessions)
        if party := guest.allowance.full():
            return denials.too_many_sessions(party.kind, party.most_sessions)
        return None


def is_session(request: web.Request) -> bool:
    """Whether it asks for a session."""
    upgrade = request.headers.get("Upgrade", "").lower()
    return request.path in _SESSIONS or upgrade == "websocket"


def _all(request: web.Request, header: str) -> str:
    """A list that may be spread over several headers of one name."""
    return ",".join(request.headers.getall(header, ()))
