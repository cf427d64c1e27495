"""Workers on a real Redis, and what a gateway would get from them."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager

from shared.broker import BusSettings
from shared.bus import Bus, connect
from shared.errors import EngineError
from shared.messages import AnyMessage, AnyResult, ReplyEnded, Sentence, UserTurn, WorkFailed
from shared.streams import TURNS, replies
from shared.worker import Worker, WorkerSettings

TURN = UserTurn(session="s", turn=1, gateway="g", deadline_s=9e9, text="one two three")
SETTINGS = WorkerSettings(lease_s=0.4, grace_s=5)


class Reader:
    """A handler that says the words of the turn, one sentence each, and counts what it began."""

    concurrency = 2

    def __init__(self, pause_s: float = 0.0) -> None:
        self._pause_s = pause_s
        self.begun = 0
        self.said: list[str] = []

    async def handle(
        self, job: UserTurn, published: Sequence[AnyResult] = ()
    ) -> AsyncGenerator[Sentence | ReplyEnded, None]:
        self.begun += 1
        words = job.text.split()
        for index in range(len(published), len(words)):
            if words[index] == "trouble":
                raise EngineError("the engine is out of breath")
            if words[index] == "bug":
                raise ValueError(job.text)
            yield Sentence(
                session=job.session,
                turn=job.turn,
                gateway=job.gateway,
                deadline_s=job.deadline_s,
                index=index,
                text=words[index],
                is_spoken=False,
            )
            self.said.append(words[index])
            await asyncio.sleep(self._pause_s)
        yield ReplyEnded(session=job.session, turn=job.turn, sentences=len(words))


class Pipeline:
    """A bus to publish on, workers to start, and what the gateway would get."""

    def __init__(self, url: str, stack: AsyncExitStack) -> None:
        self._url = url
        self._stack = stack
        self.replies: asyncio.Queue[AnyMessage] = asyncio.Queue()

    async def open(self) -> None:
        """Connect, and listen as the gateway `g`."""
        self.bus = await self.connect("gateway")
        await self.bus.join(TURNS)
        listening = asyncio.create_task(self._listen())
        self._stack.push_async_callback(_cancelled, listening)

    async def connect(self, name: str) -> Bus:
        """A bus of somebody else's, until the end."""
        return await self._stack.enter_async_context(connect(BusSettings(url=self._url), name))

    async def start(
        self, name: str, handler: Reader, settings: WorkerSettings = SETTINGS
    ) -> "tuple[asyncio.Task[None], asyncio.Event]":
        """A worker at work; setting the event tells it to stop."""
        stopping = asyncio.Event()
        worker = Worker(await self.connect(name), TURNS, handler, settings)
        running = asyncio.create_task(worker.run(stopping))
        self._stack.push_async_callback(_cancelled, running)
        return running, stopping

    async def reply(self) -> list[AnyMessage]:
        """All results of the next turn, up to the one that ends it."""
        results = [await self.replies.get()]
        while not isinstance(results[-1], ReplyEnded | WorkFailed):
            results.append(await self.replies.get())
        return results

    async def _listen(self) -> None:
        async with aclosing(self.bus.observe(replies("g"), since_s=1)) as messages:
            async for message in messages:
                self.replies.put_nowait(message)


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait([task])


@asynccontextmanager
async def pipeline_on(url: str) -> AsyncIterator[Pipeline]:
    """A pipeline on an empty Redis; its workers end with the block."""
    async with AsyncExitStack() as stack:
        pipeline = Pipeline(url, stack)
        await pipeline.open()
        yield pipeline


def said(results: list[AnyMessage]) -> list[str]:
    """The sentences among the results."""
    return [result.text for result in results if isinstance(result, Sentence)]


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, by looking."""
    while not condition():
        await asyncio.sleep(0.01)
