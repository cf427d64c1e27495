"""User turns in, the sentences and calls of the reply out."""

import logging
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from llm_service.draft import Draft
from llm_service.engine import LlmEngine, Written
from llm_service.prompt import build_prompt
from llm_service.settings import LlmSettings
from shared.messages import AnyResult, ReplyEnded, Sentence, ToolCall, UserTurn

Result = Sentence | ToolCall | ReplyEnded

logger = logging.getLogger(__name__)


class LlmHandler:
    """Answers turns, sentence by sentence."""

    def __init__(self, engine: LlmEngine, settings: LlmSettings) -> None:
        self.concurrency = engine.concurrency
        self._engine = engine
        self._settings = settings

    async def handle(
        self, job: UserTurn, published: Sequence[AnyResult] = ()
    ) -> AsyncGenerator[Result | tuple[Result, ...], None]:
        """Each sentence as soon as it is certain, then calls in pieces, then ReplyEnded."""
        started = time.perf_counter()
        draft = Draft(job, self._settings, published)
        async with aclosing(self._items(job, draft)) as items:
            async for item in items:
                for result in draft.take(item, time.perf_counter() - started):
                    yield result
                if draft.is_full:
                    break
        rest, ended = tuple(draft.finish()), draft.ended()
        _log(job, ended, draft.first_token_s, time.perf_counter() - started)
        yield *rest, ended

    async def _items(self, job: UserTurn, draft: Draft) -> AsyncGenerator[Written, None]:
        """What the engine makes, if anything is still to be made."""
        if draft.is_over:
            return
        prompt = build_prompt(job, self._settings, draft.beginning)
        async with aclosing(self._engine.reply(prompt)) as items:
            async for item in items:
                yield item


def _log(job: UserTurn, ended: ReplyEnded, first_token_s: float, elapsed_s: float) -> None:
    logger.info(
        "replied: sentences=%d calls=%d tokens=%d+%d cached=%d first_token_s=%.3f elapsed_s=%.3f",
        ended.sentences,
        ended.calls,
        ended.input_tokens,
        ended.output_tokens,
        ended.cached_tokens,
        first_token_s,
        elapsed_s,
        extra={"session": job.session, "turn": job.turn},
    )
