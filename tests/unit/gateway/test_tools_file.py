"""The file that lists tool servers."""

from pathlib import Path

import pytest

from gateway.tools_file import ToolServer, read_tools_file
from shared.errors import SettingsError


def read(tmp_path: Path, text: str, name: str = "tools.toml") -> tuple[ToolServer, ...]:
    path = tmp_path / name
    path.write_text(text)
    return read_tools_file(str(path), {"TOKEN": "s3cret"})


def test_without_a_file_there_are_no_servers() -> None:
    assert read_tools_file("", {}) == ()


def test_each_table_is_a_server_and_their_order_stays(tmp_path: Path) -> None:
    servers = read(
        tmp_path,
        """
        [notes]
        command = "python"
        args = ["-m", "notes", "/srv/notes"]
        tools = ["search"]
        timeout_s = 4

        [house]
        url = "http://127.0.0.1:9000/mcp"
        prefix = "house_"
        """,
    )
    assert servers == (
        ToolServer(
            name="notes",
            command="python",
            args=("-m", "notes", "/srv/notes"),
            tools=("search",),
            timeout_s=4,
        ),
        ToolServer(name="house", url="http://127.0.0.1:9000/mcp", prefix="house_"),
    )


def test_the_json_that_other_programs_use_is_read_too(tmp_path: Path) -> None:
    text = """{"mcpServers": {"notes": {"type": "stdio", "command": "notes", "args": ["-v"]}}}"""
    (server,) = read(tmp_path, text, "mcp.json")
    assert (server.name, server.command, server.args) == ("notes", "notes", ("-v",))


def test_secrets_come_from_the_environment(tmp_path: Path) -> None:
    house, notes = read(
        tmp_path,
        """
        [house]
        url = "https://house.example/mcp"
        headers = { Authorization = "Bearer ${TOKEN}" }

        [notes]
        command = "notes"
        env = { KEY = "${TOKEN}-${TOKEN}", PLAIN = "$5" }
        """,
    )
    assert house.headers == {"Authorization": "Bearer s3cret"}
    assert notes.env == {"KEY": "s3cret-s3cret", "PLAIN": "$5"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[notes", "Expected ']' at the end of a table declaration"),
        ("notes = 1", "[notes]: expected a table"),
        ("[notes]", "[notes]: set either command or url"),
        ("[notes]\ncommand = 'x'\nurl = 'http://x'", "[notes]: set either command or url"),
        ("[notes]\ncomand = 'x'", "[notes] Object contains unknown field `comand`"),
        ("[notes]\ncommand = 'x'\ntimeout_s = 0", "[notes] timeout_s: Expected `float` > 0"),
        ("[notes]\ncommand = 'x'\ntimeout_s = 'x'", "[notes] timeout_s: Expected `float`"),
        ("[notes]\ncommand = 'x'\nargs = [1]", "[notes] args[0]: Expected `str`"),
        ("[notes]\ncommand = 'x'\nprefix = 'a b'", "[notes] prefix: Expected `str` matching"),
        ("[notes]\ncommand = 'x'\nname = 'y'", "[notes] name: the table's title is the name"),
        ("[notes]\ncommand = 'x'\nheaders = {a = 'b'}", "[notes] headers: a server with command"),
        ("[notes]\nurl = 'http://x'\nargs = ['b']", "[notes] args: a server with url has none"),
        ("[notes]\nurl = 'ftp://x'", "[notes] url: expected http:// or https://"),
        ("[notes]\nurl = 'http://x'\ntype = 'sse'", "[notes] type: Invalid enum value"),
        ("['my notes']\ncommand = 'x'", "[my notes]: a name has 1 to 32 letters"),
        (
            "[notes]\nurl = 'http://x'\nheaders = {Key = '${NOBODY}'}",
            "[notes] headers.Key: the environment has no NOBODY",
        ),
        ("".join(f"[s{n}]\ncommand = 'x'\n" for n in range(17)), "17 servers; there may be 16"),
        (f"# {'x' * 300_000}", "bytes; it may have"),
    ],
)
def test_an_error_names_file_server_and_field(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path}/tools.toml: ")
    assert told in str(caught.value)


def test_a_secret_is_in_no_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, "[x]\nurl = 'http://x'\nheaders = {A = '${TOKEN} ${NOBODY}'}")
    assert "s3cret" not in str(caught.value)


def test_a_file_that_is_not_there_is_told_by_its_setting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"VOICECHAT_GATEWAY_TOOLS_FILE=.*gone.*No such file"):
        read_tools_file(str(tmp_path / "gone.toml"), {})


@pytest.mark.parametrize("text", ["{", "[]", '{"mcpServers": 3}'])
def test_json_that_holds_no_servers_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match=r"mcp\.json: "):
        read(tmp_path, text, "mcp.json")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tools.toml"
    path.write_bytes(b"[a]\n\xff")
    with pytest.raises(SettingsError, match="not UTF-8 at byte 4"):
        read_tools_file(str(path), {})
