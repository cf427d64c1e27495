"""Tool servers as real processes: used, and misbehaving."""

import asyncio
import logging
import os
import sys
import time
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from prometheus_client import REGISTRY

from gateway.tool_port import ToolOutcome, ToolRunner, tool_runner
from gateway.tool_servers import ToolServers, tool_servers
from gateway.tools_file import ToolServer

ODD = str(Path(__file__).with_name("odd_tool_server.py"))
PLAIN = str(Path(__file__).with_name("plain_tool_server.py"))
PATIENCE_S = 30.0


def odd(*args: str, name: str = "odd", **fields: object) -> ToolServer:
    server = ToolServer(name=name, command=sys.executable, args=(ODD, *args))
    return msgspec.structs.replace(server, **fields)


def plain(*args: str) -> ToolServer:
    return ToolServer(name="plain", command=sys.executable, args=(PLAIN, *args))


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def connected(*servers: ToolServer) -> AsyncIterator[ToolServers]:
    """Tool servers, once the first has listed its tools."""
    async with tool_servers(servers) as runner:
        await until(lambda: bool(runner.tools))
        yield runner


async def add(runner: ToolRunner, name: str = "add") -> ToolOutcome:
    return await runner.call(name, '{"first": 2, "second": 3}')


UNREACHABLE = ToolOutcome("The tool cannot be reached at the moment.", is_error=True)
FIVE = ToolOutcome("5", is_error=False)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def test_tools_are_listed_and_called(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    async with connected(odd("--starts", str(starts), tools=("add", "wait"))) as runner:
        first, second = runner.tools
        assert (first.tool.name, first.tool.description) == ("add", "Adds two numbers.")
        assert '"required":["first","second"]' in first.tool.parameters
        assert second.tool.name == "wait"
        assert await add(runner) == FIVE
    (process,) = map(int, starts.read_text().split())
    assert not is_running(process)


async def test_without_servers_there_are_no_tools() -> None:
    async with tool_runner(()) as runner:
        assert runner.tools == ()
        assert (await add(runner)).is_error


async def test_what_the_model_gets_wrong_it_is_told() -> None:
    async with connected(odd(tools=("add",))) as runner:
        assert (await runner.call("subtract", "{}")).text == "There is no tool subtract."
        assert (await runner.call("wait", "{}")).text == "There is no tool wait."
        for arguments in ("[1]", "{", "nonsense", '{"a":' + "[" * 5000 + "]" * 5000 + "}"):
            told = await runner.call("add", arguments)
            assert told.is_error
            assert told.text.startswith("The arguments have to be a JSON object")
        told = await runner.call("add", "")
        assert told.is_error
        assert "first" in told.text


async def test_a_slow_tool_is_given_up_and_holds_nobody_up() -> None:
    async with connected(odd(timeout_s=1)) as runner:
        started = time.monotonic()
        slow = asyncio.create_task(runner.call("wait", '{"seconds": 60}'))
        assert await add(runner) == FIVE
        assert await slow == ToolOutcome("The tool did not answer within 1 seconds.", is_error=True)
        assert time.monotonic() - started < 10
        assert await add(runner) == FIVE


async def test_many_calls_wait_for_their_turn() -> None:
    async with connected(odd(timeout_s=20)) as runner:
        calls = (runner.call("wait", '{"seconds": 0.2}') for _ in range(20))
        assert {outcome.text for outcome in await asyncio.gather(*calls)} == {"done"}


async def test_a_call_that_nobody_waits_for_any_more_is_cancelled() -> None:
    async with connected(odd()) as runner:
        call = asyncio.create_task(runner.call("wait", '{"seconds": 60}'))
        await asyncio.sleep(0.1)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert await add(runner) == FIVE


async def test_a_server_that_dies_in_mid_call_is_started_again(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    async with connected(odd("--starts", str(starts))) as runner:
        assert await runner.call("die", "{}") == UNREACHABLE
        await until(lambda: not runner.tools)
        assert await add(runner) == UNREACHABLE
        await until(lambda: bool(runner.tools))
        assert await add(runner) == FIVE
    assert len(starts.read_text().split()) == 2


async def test_a_server_that_hangs_is_killed_and_started_again(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    server = odd("--starts", str(starts), timeout_s=1, connect_timeout_s=5)
    async with connected(server) as runner:
        assert (await runner.call("freeze", "{}")).is_error
        await until(lambda: not runner.tools)
        await until(lambda: bool(runner.tools))
        assert await add(runner) == FIVE
        first, second = map(int, starts.read_text().split())
        assert not is_running(first)
    assert not is_running(second)


async def test_a_long_output_is_cut() -> None:
    async with connected(odd(max_output_characters=500)) as runner:
        told = await runner.call("repeat", '{"text": "x", "times": 100000}')
        assert told == ToolOutcome(
            f"{'x' * 500}… (cut here: 100000 characters in all)", is_error=False
        )


async def test_an_output_beyond_all_bounds_ends_the_connection_not_the_gateway() -> None:
    async with connected(odd()) as runner:
        assert await runner.call("repeat", '{"text": "x", "times": 30000000}') == UNREACHABLE
        await until(lambda: not runner.tools)
        await until(lambda: bool(runner.tools))
        assert await add(runner) == FIVE


async def test_a_server_of_the_older_protocol_lists_its_tools_page_by_page() -> None:
    async with connected(plain()) as runner:
        assert [own.tool.name for own in runner.tools] == ["measure", "promise", "refuse"]
        told = await runner.call("measure", '{"room": "kitchen"}')
        assert told == ToolOutcome('21 in {"room": "kitchen"}', is_error=False)


async def test_an_answer_against_the_servers_own_schema_is_an_error() -> None:
    async with connected(plain()) as runner:
        told = await runner.call("promise", "{}")
        assert told == ToolOutcome("The tool gave an answer that cannot be used.", is_error=True)


async def test_an_error_of_the_protocol_is_told_to_the_model() -> None:
    async with connected(plain()) as runner:
        told = await runner.call("refuse", "{}")
        assert told == ToolOutcome("the room is locked", is_error=True)
        assert not (await runner.call("measure", "{}")).is_error


@pytest.mark.parametrize("nonsense", ["wrong-types", "no-list", "endless"])
async def test_a_server_that_lists_nonsense_offers_nothing_or_little(
    nonsense: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with tool_servers((plain(nonsense), odd())) as runner:
        await until(lambda: "add" in {own.tool.name for own in runner.tools})
        assert await add(runner) == FIVE
        await until(lambda: "tool server plain" in caplog.text)
        assert len(runner.tools) <= 7 + 64


async def test_what_a_server_prints_besides_is_passed_over() -> None:
    async with connected(odd()) as runner:
        assert (await runner.call("chatter", "{}")).text == "done"
        assert await add(runner) == FIVE


@pytest.mark.parametrize(
    ("command", "args"),
    [
        ("no-such-program", ()),
        ("false", ()),
        ("sleep", ("600",)),
        ("yes", ("nonsense",)),
        ("cat", ("/dev/zero",)),
    ],
    ids=["is missing", "fails", "says nothing", "says nonsense", "says one endless line"],
)
async def test_a_server_that_never_works_delays_nobody(
    command: str, args: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    bad = ToolServer(name="bad", command=command, args=args, connect_timeout_s=1)
    with caplog.at_level(logging.WARNING, "gateway"):
        async with connected(bad, odd()) as runner:
            assert await add(runner) == FIVE
            await until(lambda: "tool server bad" in caplog.text)
    assert "it is tried again" in caplog.text


async def test_a_server_gets_only_the_environment_that_the_file_gives_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VOICECHAT_REDIS_URL", "redis://:secret@127.0.0.1")
    async with connected(odd(env={"KEY": "value"})) as runner:
        assert (await runner.call("variable", '{"name": "KEY"}')).text == "value"
        assert (
            await runner.call("variable", '{"name": "VOICECHAT_REDIS_URL"}')
        ).text == "(not set)"


async def test_two_servers_of_the_same_tools_need_a_prefix(
    caplog: pytest.LogCaptureFixture,
) -> None:
    plain, same, other = odd(), odd(name="same"), odd(name="other", prefix="other_")
    async with tool_servers((plain, same, other)) as runner:
        await until(lambda: "'add' of same is not offered: odd has a tool" in caplog.text)
        await until(lambda: len(runner.tools) == 14)
        assert {own.server for own in runner.tools} == {"odd", "other"}
        assert await add(runner, "other_add") == FIVE
        assert await add(runner) == FIVE


async def test_calls_are_counted_by_their_outcome() -> None:
    def count(outcome: str) -> float:
        name = "voicechat_tool_calls_total"
        return REGISTRY.get_sample_value(name, {"outcome": outcome}) or 0

    before = {outcome: count(outcome) for outcome in ("done", "refused", "tool_failed")}
    async with connected(odd()) as runner:
        assert REGISTRY.get_sample_value("voicechat_tool_servers") == 1
        await add(runner)
        await runner.call("nothing", "{}")
        await runner.call("add", "{}")
    assert {outcome: count(outcome) - n for outcome, n in before.items()} == {
        "done": 1,
        "refused": 1,
        "tool_failed": 1,
    }
    assert REGISTRY.get_sample_value("voicechat_tool_servers") == 0


# Over HTTP


@asynccontextmanager
async def http_server(port: int, *args: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, ODD, "--port", str(port), *args), stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def at(port: int) -> ToolServer:
    url = f"http://127.0.0.1:{port}/mcp"
    return ToolServer(name="odd", url=url, headers={"Authorization": "Bearer x"}, timeout_s=2)


@pytest.mark.parametrize("args", [(), ("--json",)], ids=["events", "bodies"])
async def test_a_server_is_used_over_http(free_port: int, args: tuple[str, ...]) -> None:
    async with http_server(free_port, *args), connected(at(free_port)) as runner:
        assert await add(runner) == FIVE
        told = await runner.call("repeat", '{"text": "x", "times": 100000}')
        assert told.text.endswith("… (cut here: 100000 characters in all)")
        assert (await runner.call("wait", '{"seconds": 60}')).is_error
        assert (await runner.call("repeat", '{"text": "x", "times": 30000000}')).is_error
        assert await add(runner) == FIVE


async def test_an_http_server_that_comes_late_and_dies_is_found_and_missed(
    free_port: int,
) -> None:
    async with tool_servers((at(free_port),)) as runner:
        await asyncio.sleep(0.3)
        assert await add(runner) == ToolOutcome("There is no tool add.", is_error=True)
        async with http_server(free_port):
            await until(lambda: bool(runner.tools))
            assert await add(runner) == FIVE
        assert (await add(runner)).is_error
        await until(lambda: not runner.tools)
        async with http_server(free_port):
            await until(lambda: bool(runner.tools))
            assert await add(runner) == FIVE
