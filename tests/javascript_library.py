"""OpenAI's own JavaScript library, as npm has it, for tests that run it under Node."""

import shutil
import subprocess
from pathlib import Path

import pytest

LIBRARY = Path(__file__).parent / "sdk_js"


def install() -> None:
    """Have the library in place, in the versions of its lock file; skips where there is no Node."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")
    done, lock = LIBRARY / "node_modules/.package-lock.json", LIBRARY / "package-lock.json"
    if not done.exists() or done.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run(
            [npm, "ci", "--ignore-scripts"], cwd=LIBRARY, check=True, capture_output=True
        )
