"""How much a key, and an address, may have and send: sessions, messages, seconds of sound."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from gateway.notices import Problem
from gateway.settings import GatewaySettings
from shared.audio import packet_seconds
from shared.errors import AudioError

Limited = Literal["messages", "sound"]

_TOLD_EVERY_S = 1.0
"""A client that is over a limit is told so, but not with each message."""
_MOST_PARTIES = 1000
"""So many are remembered before those are forgotten who have nothing open and their full share."""


_TOKENS_PER_S, _TOKENS_AT_ONCE = 1.0, 100.0
"""Client tokens: each page that is opened needs one, and each waits in Redis."""


class Bucket:
    """Fills at a rate a second, up to `most`; what is taken out has to be in it."""

    def __init__(self, rate: float, most: float, now: float) -> None:
        self._rate = rate
        self._most = most
        self._level = most
        self._at = now

    def take(self, amount: float) -> None:
        """Take so much, which has been waited for. What there never is at once is owed."""
        self._level -= amount

    def wait_s(self, amount: float, now: float) -> float:
        """Seconds until so much can be taken; of more than it ever holds, until it is full."""
        self._level = min(self._most, self._level + (now - self._at) * self._rate)
        self._at = now
        return max(0.0, min(amount, self._most) - self._level) / self._rate

    def is_full(self, now: float) -> bool:
        """Whether nothing would be lost if it was thrown away and made anew."""
        return self.wait_s(self._most, now) == 0


class Party:
    """A key, or an address: what is open in its name, and what it may still send."""

    def __init__(
        self, kind: str, most_sessions: int, settings: GatewaySettings, now: float
    ) -> None:
        self.kind = kind
        self.most_sessions = most_sessions
        self.sessions = 0
        per_s, per_minute = settings.messages_per_s, settings.audio_s_per_minute
        self.messages = Bucket(per_s, max(1.0, per_s), now)
        self.sound = Bucket(per_minute / 60, per_minute, now)
        self.tokens = Bucket(_TOKENS_PER_S, _TOKENS_AT_ONCE, now)

    @property
    def has_room(self) -> bool:
        """Whether it may have one more session."""
        return self.sessions < self.most_sessions

    def is_idle(self, now: float) -> bool:
        """Whether it can be forgotten: it has nothing open, and its full share."""
        buckets = (self.messages, self.sound, self.tokens)
        return not self.sessions and all(bucket.is_full(now) for bucket in buckets)


class Allowance:
    """What one client may still send: as much as its key and its address both have left."""

    def __init__(self, parties: Sequence[Party], settings: GatewaySettings) -> None:
        self.parties = tuple(parties)
        self._settings = settings
        self._told_at = float("-inf")

    def full(self) -> Party | None:
        """Who has as many sessions as it may have."""
        return next((party for party in self.parties if not party.has_room), None)

    def message_wait_s(self, now: float) -> float:
        """Seconds until a message may be sent; 0 if this one may, which then counts."""
        return _take([party.messages for party in self.parties], 1, now)

    def message(self, now: float) -> bool:
        """Whether a message may be sent, which then counts."""
        return self.message_wait_s(now) == 0

    def sound(self, seconds: float, now: float) -> bool:
        """Whether so much sound may be sent, which then counts."""
        return _take([party.sound for party in self.parties], seconds, now) == 0

    def token_wait_s(self, now: float) -> float:
        """Seconds until a client token may be made; 0 if this one may, which then counts."""
        return _take([party.tokens for party in self.parties], 1, now)

    def complaint(self, about: Limited, now: float) -> Problem | None:
        """What a client is told that sends too many `messages` or too much `sound`, if it is due.

        It is told once a second, however much of what it sends is dropped.
        """
        if now - self._told_at < _TOLD_EVERY_S:
            return None
        self._told_at = now
        return Problem(code="rate_limit_exceeded", message=f"{self.limit(about)}; it was dropped")

    def limit(self, about: Limited) -> str:
        """What is too much of either, in words."""
        if about == "sound":
            return f"more than {self._settings.audio_s_per_minute:g} seconds of sound in a minute"
        return f"more than {self._settings.messages_per_s:g} messages in a second"

    @contextmanager
    def session(self) -> Iterator[None]:
        """A session is open while the block runs."""
        for party in self.parties:
            party.sessions += 1
        try:
            yield
        finally:
            for party in self.parties:
                party.sessions -= 1


def _take(buckets: Sequence[Bucket], amount: float, now: float) -> float:
    """Take from all of them, or from none; seconds until that can be done, 0 if it was."""
    wait_s = max((bucket.wait_s(amount, now) for bucket in buckets), default=0.0)
    if wait_s == 0:
        for bucket in buckets:
            bucket.take(amount)
    return wait_s


def sound_seconds(packets: Iterable[bytes]) -> float:
    """How long these Opus packets are; what is none has no length."""
    return sum(_seconds(packet) for packet in packets)


def _seconds(packet: bytes) -> float:
    try:
        return packet_seconds(packet)
    except AudioError:
        return 0.0


class Parties:
    """All keys and addresses that have something open, or had lately."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
        self._parties: dict[tuple[str, str], Party] = {}

    def __len__(self) -> int:
        return len(self._parties)

    def allowance(self, key: str, address: str, now: float) -> Allowance:
        """What a client with the key of this name, if any, and this address may send."""
        if len(self._parties) >= _MOST_PARTIES:
            self._forget(now)
        settings = self._settings
        parties = [self._party("address", address, settings.sessions_per_address, now)]
        if key:
            parties.append(self._party("key", key, settings.sessions_per_key, now))
        return Allowance(parties, settings)

    def _party(self, kind: str, name: str, most_sessions: int, now: float) -> Party:
        party = self._parties.get((kind, name))
        if party is None:
            party = Party(kind, most_sessions, self._settings, now)
            self._parties[kind, name] = party
        return party

    def _forget(self, now: float) -> None:
        """Forget who is idle; if nobody is, all who have no session, whatever they have sent."""
        parties = self._parties.items()
        kept = {whose: party for whose, party in parties if not party.is_idle(now)}
        if len(kept) >= _MOST_PARTIES:
            kept = {whose: party for whose, party in kept.items() if party.sessions}
        self._parties = kept
