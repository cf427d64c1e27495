"""`voicechat talk`: push to talk with the Enter key, by microphone and loudspeaker."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from client.connection import Connection
from client.events import (
    AnyEvent,
    Refused,
    ReplyDone,
    ReplySound,
    ReplyText,
    SpeechHeard,
    SpeechNotHeard,
)
from client.sound_card import Heard, Playback
from shared.audio import WIRE_HZ, OpusDecoder, OpusEncoder, from_pcm16, to_pcm16
from shared.errors import AudioError

_LEAST_PACKETS = 5
"""Less than 100 ms was a slip of the finger."""
_MOST_BLOCKS = 500
_MICROPHONE_TIMEOUT_S = 3.0

Presses = asyncio.Queue[bool]
"""True for each Enter key, False for the end of input."""


class Card(Protocol):
    """What can hear and play."""

    playback: Playback

    def playing(self) -> AbstractContextManager[None]:
        """Play what `playback` holds while the block runs."""
        ...

    def recording(self, hear: Heard) -> AbstractContextManager[None]:
        """While the block runs, `hear` gets PCM16 at 24 kHz, 20 ms each."""
        ...


@contextmanager
def enter_key() -> Iterator[Presses]:
    """The presses of the Enter key while the block runs."""
    presses: Presses = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read() -> None:
        line = sys.stdin.readline()
        presses.put_nowait(bool(line))
        if not line:
            loop.remove_reader(sys.stdin)

    loop.add_reader(sys.stdin, read)
    try:
        yield presses
    finally:
        loop.remove_reader(sys.stdin)


async def talk(connection: Connection, card: Card, presses: Presses) -> int:
    """Talk until the end of input; returns the exit status. Raises VoiceChatError."""
    print("Enter: talk   Enter again: send   Enter while it answers: interrupt   Ctrl-C: end")
    with card.playing():
        is_pressed = await presses.get()
        while is_pressed:
            card.playback.clear()
            if await _speak(connection, card, presses):
                is_pressed = await _listen(connection, card, presses)
            else:
                print("that was too short", flush=True)
                is_pressed = await presses.get()
    return 0


async def _speak(connection: Connection, card: Card, presses: Presses) -> bool:
    """Send what the microphone hears until the next press; returns whether it was long enough."""
    print("listening …", flush=True)
    encoder, sent = OpusEncoder(), 0
    blocks: asyncio.Queue[bytes] = asyncio.Queue(_MOST_BLOCKS)

    def hear(block: bytes) -> None:
        if not blocks.full():
            blocks.put_nowait(block)

    with card.recording(hear):
        while presses.empty():
            for packet in encoder.encode(from_pcm16(await _next_block(blocks))):
                await connection.send_packet(packet)
                sent += 1
    presses.get_nowait()
    if sent < _LEAST_PACKETS:
        await connection.clear_speech()
        return False
    await connection.commit_speech()
    await connection.request_reply()
    return True


async def _next_block(blocks: asyncio.Queue[bytes]) -> bytes:
    try:
        return await asyncio.wait_for(blocks.get(), _MICROPHONE_TIMEOUT_S)
    except TimeoutError as error:
        raise AudioError("the microphone gives no sound: is it plugged in and allowed?") from error


async def _listen(connection: Connection, card: Card, presses: Presses) -> bool:
    """Play the answer, then wait for the next press; a press before its end interrupts it."""
    playing = asyncio.create_task(_play(connection, card.playback))
    pressed = asyncio.create_task(presses.get())
    try:
        await asyncio.wait({playing, pressed}, return_when=asyncio.FIRST_COMPLETED)
        if not playing.done():
            await connection.cancel_reply()
        await playing
        return await pressed
    finally:
        for task in (playing, pressed):
            task.cancel()
        await asyncio.gather(playing, pressed, return_exceptions=True)


async def _play(connection: Connection, playback: Playback) -> None:
    """What comes back, up to the end of the reply or the reason why there is none."""
    decoder = OpusDecoder(WIRE_HZ)
    while True:
        event = await connection.receive()
        if isinstance(event, ReplySound):
            playback.push(to_pcm16(decoder.decode(event.packet)).tobytes())
        _show(event)
        if isinstance(event, ReplyDone | Refused):
            return


def _show(event: AnyEvent) -> None:
    match event:
        case SpeechHeard(text=text):
            print(f"you     {text or '(nothing was said)'}\nreply   ", end="", flush=True)
        case ReplyText(delta=delta):
            print(delta, end="", flush=True)
        case ReplyDone(status="completed"):
            print(flush=True)
        case ReplyDone(status=status, cause=cause):
            print(f" [{': '.join(filter(None, (status, cause)))}]", flush=True)
        case SpeechNotHeard(detail=detail) | Refused(detail=detail):
            print(f"the gateway says: {detail}", flush=True)
        case _:
            return
