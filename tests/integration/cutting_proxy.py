"""A TCP proxy that cuts connections after so many bytes, and can lead to another gateway."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class CuttingProxy:
    """Forwards bytes both ways; each connection lives for as many as `patience` says."""

    def __init__(self, target: int, patience: Callable[[], int | None]) -> None:
        """`target` is a port of this machine; a patience of None never ends."""
        self.target = target
        self.port = 0
        self.cuts = 0
        self._patience = patience
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/v1/realtime"

    def cut(self) -> None:
        """Cut all connections now."""
        for writer in self._writers:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        left = self._patience()
        budget = [float("inf") if left is None else float(left)]
        ends = {writer, back}
        self._writers |= ends
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pump(reader, back, budget))
                tasks.create_task(self._pump(there, writer, budget))
        except* (ConnectionError, _CutError):
            pass
        finally:
            self._writers -= ends
            for end in ends:
                end.transport.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, budget: list[float]
    ) -> None:
        while data := await reader.read(1000):
            if len(data) >= budget[0]:
                writer.write(data[: int(budget[0])])
                await writer.drain()
                await asyncio.sleep(0)
                self.cuts += 1
                raise _CutError
            budget[0] -= len(data)
            writer.write(data)
            await writer.drain()
        raise _CutError


class _CutError(Exception):
    """The connection is over."""


@asynccontextmanager
async def cutting_proxy(
    target: int, patience: Callable[[], int | None] = lambda: None
) -> AsyncIterator[CuttingProxy]:
    """A proxy on a free port, while the block runs."""
    proxy = CuttingProxy(target, patience)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
