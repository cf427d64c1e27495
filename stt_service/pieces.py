"""What an engine heard in the pieces of an utterance, made one."""

from collections import defaultdict
from collections.abc import Iterable

from shared.languages import language_tag
from stt_service.engine import Recognition


def recognised(heard: Iterable[Recognition]) -> str:
    """The language of most of the text, as a BCP 47 tag; empty if no engine told."""
    letters: defaultdict[str, int] = defaultdict(int)
    for recognition in heard:
        if language := language_tag(recognition.language):
            letters[language] += len(recognition.text)
    return max(letters, key=letters.__getitem__, default="")
