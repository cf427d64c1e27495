"""Plays replies as the gateway tells us to: sound comes, is held, goes on, is dropped."""

from collections.abc import Callable

from client.events import (
    AnyEvent,
    ReplyCleared,
    ReplyDone,
    ReplyItemKnown,
    ReplyPaused,
    ReplyResumed,
    ReplySound,
)
from client.playback import Playback, Played
from shared.audio import WIRE_HZ, OpusDecoder, to_pcm16

Decode = Callable[[ReplySound], bytes]
"""PCM16 at 24 kHz of a packet."""


class Player:
    """Obeys events at once; says what the gateway has not been told about the playing."""

    def __init__(self, playback: Playback, decode: Decode) -> None:
        self._playback = playback
        self._decode = decode
        self._item = ""
        self._told: Played | None = None

    def take(self, event: AnyEvent) -> None:
        """The next event."""
        match event:
            case ReplyItemKnown(item=item):
                self._item = item
            case ReplySound():
                self._playback.push(self._decode(event), self._item)
            case ReplyPaused():
                self._playback.hold()
            case ReplyResumed():
                self._playback.go_on()
            case ReplyCleared() | ReplyDone(status="cancelled"):
                self._playback.clear()
            case _:
                return

    def news(self) -> Played | None:
        """Where the playing stands, if it has moved since this was asked last."""
        played = self._playback.played
        if played is None or not played.position_s or played == self._told:
            return None
        self._told = played
        return played


class Decoder:
    """A Decode by Opus: each reply is decoded afresh."""

    def __init__(self) -> None:
        self._turn = 0
        self._opus = OpusDecoder(WIRE_HZ)

    def __call__(self, sound: ReplySound) -> bytes:
        """The packet's sound; raises AudioError if it cannot be decoded."""
        if sound.turn != self._turn:
            self._turn, self._opus = sound.turn, OpusDecoder(WIRE_HZ)
        return to_pcm16(self._opus.decode(sound.packet)).tobytes()
