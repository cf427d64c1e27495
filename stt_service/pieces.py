"""What an engine heard in the pieces of an utterance, made one."""

from collections import defaultdict
from collections.abc import Iterable

from shared.languages import language_tag
from shared.writing import is_unspaced
from stt_service.engine import Recognition


def joined(texts: Iterable[str]) -> str:
    """The texts as one, a space between two unless their script has none."""
    whole = ""
    for text in filter(None, map(str.strip, texts)):
        is_tight = bool(whole) and _is_tight(whole[-1]) and _is_tight(text[0])
        whole += text if is_tight or not whole else f" {text}"
    return whole


def recognised(heard: Iterable[Recognition]) -> str:
    """The language of most of the text, as a BCP 47 tag; empty if no engine told."""
    letters: defaultdict[str, int] = defaultdict(int)
    for recognition in heard:
        if language := language_tag(recognition.language):
            letters[language] += len(recognition.text)
    return max(letters, key=letters.__getitem__, default="")


def _is_tight(char: str) -> bool:
    return is_unspaced(char) or char in "。、！？」』）"
