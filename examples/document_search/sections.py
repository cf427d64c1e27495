"""A document in pieces that are found one by one: what stands under a heading, not too long."""

import re
from collections.abc import Iterator
from typing import NamedTuple

MOST_CHARACTERS = 1000
"""Of one section: about a minute of speech."""
_HEADING = re.compile(r"(#{1,6})\s+(.+)")
_FENCE = re.compile(r"\s*(```|~~~)")
_BREAK = re.compile(r"(?<=[.!?。！？])\s*|\s+")


class Section(NamedTuple):
    """A piece of a document."""

    heading: str
    """The headings that it stands under, outermost first: `House › Heating`."""
    text: str


def sections(document: str) -> Iterator[Section]:
    """The sections of a Markdown or plain text, in order; none of them is empty."""
    for heading, paragraphs in _under_headings(document):
        for text in _joined(paragraphs):
            yield Section(heading, text)


def _under_headings(document: str) -> Iterator[tuple[str, list[str]]]:
    """Headings, and the paragraphs under each."""
    trail: list[tuple[int, str]] = []
    lines: list[str] = []
    is_code = False
    for line in document.splitlines():
        if _FENCE.match(line):
            is_code = not is_code
        title = None if is_code else _HEADING.fullmatch(line)
        if title is None:
            lines.append(line)
            continue
        yield _shown(trail), _paragraphs(lines)
        lines = []
        level = len(title[1])
        trail = [*(above for above in trail if above[0] < level), (level, title[2].rstrip(" #"))]
    yield _shown(trail), _paragraphs(lines)


def _shown(trail: list[tuple[int, str]]) -> str:
    return " › ".join(title for _, title in trail)


def _paragraphs(lines: list[str]) -> list[str]:
    """Paragraphs end at empty lines; those that are too long are cut between sentences or words."""
    paragraphs = re.split(r"\n\s*\n", "\n".join(lines))
    return [piece for paragraph in paragraphs for piece in _cut(paragraph.strip()) if piece]


def _cut(paragraph: str) -> Iterator[str]:
    while len(paragraph) > MOST_CHARACTERS:
        breaks = [found.end() for found in _BREAK.finditer(paragraph, 1, MOST_CHARACTERS)]
        at = breaks[-1] if breaks else MOST_CHARACTERS
        yield paragraph[:at].rstrip()
        paragraph = paragraph[at:].lstrip()
    yield paragraph


def _joined(paragraphs: list[str]) -> Iterator[str]:
    """Neighbouring paragraphs together, as far as they fit."""
    text = ""
    for paragraph in paragraphs:
        if text and len(text) + len(paragraph) + 2 > MOST_CHARACTERS:
            yield text
            text = ""
        text = f"{text}\n\n{paragraph}" if text else paragraph
    if text:
        yield text
