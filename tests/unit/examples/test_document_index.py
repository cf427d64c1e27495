"""The search of the example MCP server."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.document_search import folder
from examples.document_search.index import Index, query
from examples.document_search.sections import MOST_CHARACTERS, sections
from examples.document_search.server import answer

HOUSE = """# House

Built in 1931.

## Heating

The boiler stands in the cellar. Its pressure should be 1.5 bar.

```
# not a heading
```

## Garden #

Tulips and a pear tree.
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "notes"
    root.mkdir()
    (root / "house.md").write_text(HOUSE)
    (root / "travel.txt").write_text("The train to Zürich leaves at nine.\n\nTake the blue bag.")
    return root


@pytest.fixture
def index(root: Path) -> Iterator[Index]:
    index = Index(root)
    index.refresh()
    yield index
    index.close()


def names(index: Index, words: str) -> list[str]:
    return [hit.name for hit in index.search(words, 5)]


def test_a_name_that_is_no_text_keeps_no_other_document_from_being_found(
    root: Path, index: Index
) -> None:
    Path(os.fsdecode(os.fsencode(root) + b"/\xff.txt")).write_text("The boiler is broken.")
    index.refresh()
    assert names(index, "boiler") == ["house.md"]


def test_a_question_finds_the_section_that_answers_it(index: Index) -> None:
    hit, *_ = index.search("What pressure does the boiler need?", 3)
    assert (hit.name, hit.heading) == ("house.md", "House › Heating")
    assert "1.5 bar" in hit.snippet


def test_a_heading_counts_more_than_a_mention(root: Path) -> None:
    (root / "pears.md").write_text("# Pear\n\nSow in spring.")
    (root / "shopping.md").write_text("# Shopping\n\nBread, butter, a pear, milk, salt, tea.")
    index = Index(root)
    index.refresh()
    assert names(index, "pear")[0] == "pears.md"
    index.close()


def test_accents_endings_and_case_do_not_matter(index: Index) -> None:
    assert names(index, "ZURICH trains") == ["travel.txt"]


def test_what_is_not_there_is_not_found(index: Index) -> None:
    assert index.search("submarine", 3) == []
    assert answer([], len(index)) == "Nothing was found in 2 documents."


def test_changes_are_noticed(index: Index, root: Path) -> None:
    (root / "travel.txt").write_text("The ferry to Bergen.")
    (root / "new").mkdir()
    (root / "new" / "idea.md").write_text("A submarine.")
    (root / "house.md").unlink()
    index.refresh()
    assert names(index, "ferry") == ["travel.txt"]
    assert names(index, "submarine") == ["new/idea.md"]
    assert names(index, "train boiler") == []
    assert len(index) == 2


def test_an_index_in_a_file_is_used_again(root: Path, tmp_path: Path) -> None:
    file = str(tmp_path / "index.sqlite")
    first = Index(root, file)
    first.refresh()
    first.close()
    again = Index(root, file)
    assert names(again, "boiler") == ["house.md"]
    again.close()


def test_nothing_outside_the_folder_is_read(root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.md").write_text("The secret password.")
    (root / "link.md").symlink_to(outside / "secret.md")
    (root / "folder").symlink_to(outside)
    (root / ".hidden.md").write_text("A secret.")
    os.mkfifo(root / "pipe.md")
    assert [document.name for document in folder.documents(root)] == ["house.md", "travel.txt"]
    with pytest.raises(OSError):
        folder.read(root, "link.md")


def test_huge_files_and_huge_folders_are_bounded(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "huge.txt").write_bytes(b"x" * (folder.MOST_BYTES + 1))
    assert "huge.txt" not in {document.name for document in folder.documents(root)}
    monkeypatch.setattr(folder, "MOST_DOCUMENTS", 1)
    assert [document.name for document in folder.documents(root)] == ["house.md"]


def test_bytes_that_are_no_text_do_no_harm(root: Path) -> None:
    (root / "odd.txt").write_bytes(b"\xff\x00 boiler \xfe")
    index = Index(root)
    index.refresh()
    assert "odd.txt" in names(index, "boiler")
    index.close()


@pytest.mark.parametrize(
    "words",
    [
        '"',
        "a AND (b",
        "NEAR(",
        "text:boiler",
        "*",
        "boiler*",
        "-x",
        "'; DROP TABLE sections; --",
        "",
    ],
)
def test_no_word_is_a_command(index: Index, words: str) -> None:
    index.search(words, 3)
    assert len(index) == 2


@given(st.text())
def test_any_query_is_quoted_words(words: str) -> None:
    asked = query(words)
    assert asked.count('"') == 2 * len(asked.split(" OR ")) if asked else True


def test_sections_stand_under_their_headings() -> None:
    assert [section.heading for section in sections(HOUSE)] == [
        "House",
        "House › Heating",
        "House › Garden",
    ]


@given(st.text(alphabet="ab .。\n#`", max_size=5000))
def test_sections_are_short_and_lose_no_word(document: str) -> None:
    found = list(sections(document))
    assert all(0 < len(section.text) <= MOST_CHARACTERS for section in found)
    said = "".join(section.text for section in found)
    whole = "".join(line for line in document.splitlines() if not line.startswith("#"))
    assert "".join(said.split()).count("a") >= "".join(whole.split()).count("a")


def test_an_endless_line_is_cut_between_words() -> None:
    pieces = [section.text for section in sections("word " * 1000)]
    assert len(pieces) == 5
    assert all(set(piece.split()) == {"word"} for piece in pieces)
