"""Serves a folder over standard input and output: `python -m examples.document_search FOLDER`."""

import argparse
import sqlite3
from contextlib import closing
from pathlib import Path

from examples.document_search.index import Index
from examples.document_search.server import make_server


def main() -> None:
    """Serve until the client hangs up."""
    parser = argparse.ArgumentParser(description="Search a folder of .md and .txt files over MCP.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--index", default=":memory:", help="SQLite file to keep the index in")
    given = parser.parse_args()
    if not given.folder.is_dir():
        parser.error(f"{given.folder} is no folder")
    try:
        opened = Index(given.folder, given.index)
    except sqlite3.Error as error:
        parser.error(f"the index {given.index} cannot be used ({error})")
    with closing(opened) as index:
        make_server(index).run("stdio")


if __name__ == "__main__":
    main()
