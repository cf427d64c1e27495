"""Which voices a Realtime client may wish for."""

from collections.abc import Sequence

from gateway.protocols.realtime_client import Audio, OutputAudio, VoiceId, Wishes
from gateway.protocols.refused import Refused

_MOST_NAMED = 10
_OPENAI = {
    *("alloy", "ash", "ballad", "cedar", "coral", "echo", "fable"),
    *("marin", "nova", "onyx", "sage", "shimmer", "verse"),
}
"""Clients of OpenAI's ask for these by habit: without such a voice they get the default."""


def check_voice(wishes: Wishes, voices: Sequence[str], param: str) -> None:
    """Raise Refused if a voice is wished for that is not among these; with none, any may be."""
    wished = ((wishes.audio or Audio()).output or OutputAudio()).voice
    if not wished or not voices:
        return
    name = wished.id if isinstance(wished, VoiceId) else wished
    if name.lower() in _OPENAI or name.lower() in {voice.lower() for voice in voices}:
        return
    named, rest = ", ".join(voices[:_MOST_NAMED]), len(voices) - _MOST_NAMED
    more = f" and {rest} more, which GET /v1/voices lists" if rest > 0 else ""
    told = f"there is no voice {name!r}; there are {named}{more}"
    raise Refused("invalid_value", told, f"{param}.audio.output.voice")
