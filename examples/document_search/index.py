"""A full-text index of a folder in SQLite, kept up to date by the files' times."""

import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from examples.document_search import folder
from examples.document_search.folder import Document
from examples.document_search.sections import sections

_MOST_WORDS = 32
_HEADING_WEIGHT = 4.0
_SNIPPET_WORDS = 60
_LAYOUT = """
CREATE TABLE IF NOT EXISTS documents (name TEXT PRIMARY KEY, changed_ns INTEGER, size INTEGER);
CREATE VIRTUAL TABLE IF NOT EXISTS sections USING fts5 (
    name UNINDEXED, heading, text, tokenize = 'porter unicode61 remove_diacritics 2'
);
"""
_SEARCH = f"""
SELECT name, heading, snippet(sections, 2, '', '', '…', {_SNIPPET_WORDS}) FROM sections
WHERE sections MATCH ? ORDER BY bm25(sections, 0, {_HEADING_WEIGHT}, 1.0), rowid LIMIT ?
"""


class Hit(NamedTuple):
    """A section that has some of the words."""

    name: str
    """Of its document."""
    heading: str
    snippet: str


class Index:
    """The sections of one folder's documents."""

    def __init__(self, root: Path, database: str = ":memory:") -> None:
        """`database` is a file that lasts, so that the next start has less to read."""
        self._root = root
        self._database = sqlite3.connect(database, check_same_thread=False)
        self._database.executescript(_LAYOUT)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def __len__(self) -> int:
        """How many documents it has."""
        (count,) = self._database.execute("SELECT count(*) FROM documents").fetchone()
        return int(count)

    def refresh(self) -> None:
        """Read what is new or has changed, and forget what is gone."""
        known = {
            Document(*row)
            for row in self._database.execute("SELECT name, changed_ns, size FROM documents")
        }
        found = set(folder.documents(self._root))
        with self._database:
            self._forget(document.name for document in known - found)
            for document in found - known:
                self._read(document)

    def search(self, words: str, most: int) -> list[Hit]:
        """Sections with any of the words, the best first; the rarer a word, the more it counts."""
        rows = self._database.execute(_SEARCH, (query(words), most)) if query(words) else ()
        return [Hit(*row) for row in rows]

    def _forget(self, names: Iterable[str]) -> None:
        for name in names:
            self._database.execute("DELETE FROM sections WHERE name = ?", (name,))
            self._database.execute("DELETE FROM documents WHERE name = ?", (name,))

    def _read(self, document: Document) -> None:
        try:
            text = folder.read(self._root, document.name)
        except OSError:
            return
        rows = ((document.name, heading, piece) for heading, piece in sections(text))
        self._database.executemany("INSERT INTO sections VALUES (?, ?, ?)", rows)
        self._database.execute("INSERT INTO documents VALUES (?, ?, ?)", document)


def query(words: str) -> str:
    """What FTS5 is asked: each word in quotes, so that none is taken for a part of its language."""
    found = dict.fromkeys(re.findall(r"\w+", words.casefold()))
    return " OR ".join(f'"{word}"' for word in list(found)[:_MOST_WORDS])
