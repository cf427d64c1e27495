"""Our source files as syntax trees, for tests that look at the code without running it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[1]
SERVICES = ("stt_service", "llm_service", "tts_service")
PACKAGES = ("shared", "gateway", *SERVICES, "client", "deploy")


class Source(msgspec.Struct, frozen=True):
    """One file."""

    path: str
    """From the root of the project: `gateway/turn.py`."""
    text: str
    tree: ast.Module

    @property
    def module(self) -> str:
        """The name it is imported by."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def package(self) -> str:
        """Its top-level folder."""
        return self.path.partition("/")[0]


@cache
def sources(*folders: str) -> tuple[Source, ...]:
    """All Python files of these folders, of our packages unless others are named."""
    files = [file for folder in folders or PACKAGES for file in (ROOT / folder).rglob("*.py")]
    return tuple(map(_read, sorted(files)))


def _read(file: Path) -> Source:
    path, text = str(file.relative_to(ROOT)), file.read_text()
    return Source(path, text, ast.parse(text, path))


def imports(source: Source) -> Iterator[str]:
    """Every module that a file imports, wherever in it; `from a import b` gives `a` and `a.b`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{source.path} imports relatively"
            module = node.module or ""
            yield module
            yield from (f"{module}.{name.name}" for name in node.names)


def texts(source: Source) -> Iterator[str]:
    """Every string constant of a file."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
