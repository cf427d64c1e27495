"""Jobs that run together."""

import asyncio

import pytest

from client.tasks import until_one_ends


async def test_the_others_are_cancelled_when_one_ends() -> None:
    cancelled: list[str] = []

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append("forever")

    async def end() -> None:
        await asyncio.sleep(0)

    await until_one_ends(forever(), end())
    assert cancelled == ["forever"]


async def test_the_error_of_one_is_raised_as_it_is() -> None:
    async def fail() -> None:
        raise ValueError("no sound")

    with pytest.raises(ValueError, match="no sound"):
        await until_one_ends(asyncio.Event().wait(), fail())
