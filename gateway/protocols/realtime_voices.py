"""Which voice a Realtime client wishes for."""

from collections.abc import Sequence

from gateway.protocols.realtime_client import Audio, OutputAudio, VoiceId, Wishes
from gateway.protocols.refused import Refused
from gateway.voices import find_voice, no_such_voice


def check_voice(wishes: Wishes, voices: Sequence[str], param: str) -> None:
    """Raise Refused if a voice is wished for that is not among these; with none, any may be."""
    wished = ((wishes.audio or Audio()).output or OutputAudio()).voice
    if not wished:
        return
    name = wished.id if isinstance(wished, VoiceId) else wished
    if find_voice(name, voices) is None:
        told = no_such_voice(name, voices)
        raise Refused("invalid_value", told, f"{param}.audio.output.voice")
