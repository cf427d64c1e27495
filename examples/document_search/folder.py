"""The documents of a folder, and nothing outside it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SUFFIXES = (".md", ".txt")
MOST_DOCUMENTS = 5000
MOST_BYTES = 1024 * 1024
"""Of one document; larger ones are passed over."""


class Document(NamedTuple):
    """A file, and by what it is noticed that it has changed."""

    name: str
    """Its path from the folder."""
    changed_ns: int
    size_bytes: int


def documents(folder: Path) -> Iterator[Document]:
    """The documents in a folder and below, at most so many.

    Links are not followed, neither to folders nor to files; hidden files and folders are private.
    """
    count = 0
    for place, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            document = _document(folder, Path(place, name))
            if document is None:
                continue
            count += 1
            if count > MOST_DOCUMENTS:
                return
            yield document


def _document(folder: Path, path: Path) -> Document | None:
    if path.name.startswith(".") or path.suffix.lower() not in SUFFIXES:
        return None
    try:
        str(path).encode()  # a name may be any bytes; neither the index nor an answer can hold such
        found = path.lstat()
    except (OSError, UnicodeEncodeError):
        return None
    if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
        return None
    return Document(str(path.relative_to(folder)), found.st_mtime_ns, found.st_size)


def read(folder: Path, name: str) -> str:
    """A document's text; raises OSError if it has gone, or has become a link meanwhile."""
    handle = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(handle, "rb") as file:
        return file.read(MOST_BYTES).decode("utf-8", errors="replace")
