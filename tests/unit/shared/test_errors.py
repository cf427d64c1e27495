"""The tree in the docstring is the tree of the classes."""

import re
from inspect import getdoc

from shared import errors
from shared.errors import VoiceChatError


def drawn() -> dict[str, str]:
    """Each class of the drawing to the one that it hangs from."""
    above: list[str] = []
    found = {}
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"([│├└─ ]*)([A-Z]\w+)(?:\s{2,}|$)", line):
            depth = len(match[1]) // 4
            above = [*above[:depth], match[2]]
            found[match[2]] = above[-2] if depth else "Exception"
    return found


def test_the_tree_is_drawn_as_it_is() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert drawn() == {kind.__name__: kind.__base__.__name__ for kind in kinds if kind.__base__}


def test_whoever_catches_the_root_catches_all() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert len(kinds) > 5
    assert all(issubclass(kind, VoiceChatError) and getdoc(kind) for kind in kinds)
