"""Which voices a client may wish for."""

from collections.abc import Sequence

DEFAULT = "default"
"""Stands for the workers' own choice, as does no voice at all."""

_OPENAI = {
    *("alloy", "ash", "ballad", "cedar", "coral", "echo", "fable"),
    *("marin", "nova", "onyx", "sage", "shimmer", "verse"),
}
"""Clients of OpenAI's ask for these by habit: without such a voice they get the default."""
_MOST_NAMED = 40


def find_voice(wished: str, offered: Sequence[str]) -> str | None:
    """The name of the voice as it is offered, empty for the default; none if there is no such.

    While nobody offers anything the name is passed on as it is.
    """
    name = wished.lower()
    for voice in offered:
        if voice.lower() == name:
            return voice
    if name in _OPENAI or name in ("", DEFAULT):
        return ""
    return None if offered else wished


def no_such_voice(wished: str, offered: Sequence[str]) -> str:
    """What a client is told that wishes for another voice."""
    named, rest = ", ".join(offered[:_MOST_NAMED]), len(offered) - _MOST_NAMED
    more = f" and {rest} more, which GET /v1/voices lists" if rest > 0 else ""
    return f"there is no voice {wished!r}; there are {named}{more}; leave it out for {offered[0]}"
