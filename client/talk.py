"""`voicechat talk`: a conversation without a button, by microphone and loudspeaker."""

import asyncio

from client.connection import Connection
from client.events import AnyEvent, ReplyDone, ReplyPaused, ReplyStarted
from client.player import Decoder, Player
from client.sound_card import Card, Microphone, microphone
from client.tasks import until_one_ends
from client.terminal import Lines, Presses

_REPORT_S = 0.25


async def talk(connection: Connection, card: Card, presses: Presses) -> int:
    """Talk until the end of input; returns the exit status.

    The connection must have turn detection. Raises VoiceChatError.
    """
    print("Just talk, best with headphones.   Enter: silence it   Ctrl-C: end")
    talking = _Talking(connection, card)
    with card.playing(), microphone(card) as heard:
        await until_one_ends(
            talking.speak(heard), talking.listen(), talking.report(), talking.obey(presses)
        )
    return 0


class _Talking:
    """All that goes on at once; each coroutine but the last runs without an end."""

    def __init__(self, connection: Connection, card: Card) -> None:
        self._connection = connection
        self._playback = card.playback
        self._player = Player(card.playback, Decoder())
        self._lines = Lines()
        self._is_answering = False

    async def speak(self, heard: Microphone) -> None:
        """Send what the microphone hears."""
        while True:
            for packet in await heard.packets():
                await self._connection.send_packet(packet)

    async def listen(self) -> None:
        """Do what the gateway tells us."""
        while True:
            event = await self._connection.receive()
            self._player.take(event)
            self._lines.show(event)
            self._is_answering = _is_answering(event, self._is_answering)
            if isinstance(event, ReplyPaused):
                await self._tell_position()

    async def report(self) -> None:
        """Tell the gateway from time to time what has been heard."""
        while True:
            await asyncio.sleep(_REPORT_S)
            await self._tell_position()

    async def obey(self, presses: Presses) -> None:
        """Each press silences the reply; ends with the input."""
        while await presses.get():
            played, is_waiting = self._playback.played, self._playback.is_waiting
            self._playback.clear()
            if played:
                await self._connection.report_playback(played.item, played.position_s)
            if self._is_answering:
                await self._connection.cancel_reply()
            elif played and is_waiting:
                await self._connection.truncate_reply(played.item, played.position_s)

    async def _tell_position(self) -> None:
        if played := self._player.news():
            await self._connection.report_playback(played.item, played.position_s)


def _is_answering(event: AnyEvent, before: bool) -> bool:
    match event:
        case ReplyStarted():
            return True
        case ReplyDone():
            return False
        case _:
            return before
