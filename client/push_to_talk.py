"""`voicechat talk --push-to-talk`: the Enter key says where an utterance begins and ends."""

import asyncio

from client.connection import Connection
from client.events import Refused
from client.player import Decoder, Player
from client.sound_card import Card, microphone
from client.terminal import Lines, Presses
from client.turn_end import TurnEnd

_LEAST_PACKETS = 5
"""Less than 100 ms was a slip of the finger."""


async def push_to_talk(connection: Connection, card: Card, presses: Presses) -> int:
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
    sent = 0
    with microphone(card) as heard:
        while presses.empty():
            for packet in await heard.packets():
                await connection.send_packet(packet)
                sent += 1
    presses.get_nowait()
    if sent < _LEAST_PACKETS:
        await connection.clear_speech()
        return False
    await connection.commit_speech()
    await connection.request_reply()
    return True


async def _listen(connection: Connection, card: Card, presses: Presses) -> bool:
    """Play the answer, then wait for the next press; a press before its end interrupts it."""
    playing = asyncio.create_task(_play(connection, Player(card.playback, Decoder())))
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


async def _play(connection: Connection, player: Player) -> None:
    """What comes back, up to the end of the reply or the reason why there is none."""
    lines, end, is_over = Lines(), TurnEnd(), False
    while not is_over:
        event = await connection.receive()
        player.take(event)
        lines.show(event)
        is_over = end.take(event) or isinstance(event, Refused)
