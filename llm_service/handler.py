"""User turns in, the sentences of the reply out."""

import logging
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import assert_never

from llm_service.draft import Draft
from llm_service.engine import LlmEngine, Token, Usage
from llm_service.prompt import build_prompt
from llm_service.settings import LlmSettings
from shared.messages import AnyResult, ReplyEnded, Sentence, UserTurn

logger = logging.getLogger(__name__)


class LlmHandler:
    """Answers turns, sentence by sentence."""

    def __init__(self, engine: LlmEngine, settings: LlmSettings) -> None:
        self.concurrency = engine.concurrency
        self._engine = engine
        self._settings = settings

    async def handle(
        self, job: UserTurn, published: Sequence[AnyResult] = ()
    ) -> AsyncGenerator[Sentence | tuple[Sentence | ReplyEnded, ...], None]:
        """Each sentence as soon as it is certain, then ReplyEnded."""
        started = time.perf_counter()
        given = [result for result in published if isinstance(result, Sentence)]
        draft = Draft(job, self._settings, given)
        prompt = build_prompt(job, self._settings, draft.so_far)
        usage = Usage()
        async with aclosing(self._engine.reply(prompt)) as items:
            async for item in items:
                match item:
                    case Token():
                        elapsed_s = time.perf_counter() - started
                        for sentence in draft.add(item.delta, elapsed_s):
                            yield sentence
                    case Usage():
                        usage = item
                    case _:
                        assert_never(item)
                if draft.is_full:
                    break
        rest = tuple(draft.finish())
        ended = draft.ended(usage)
        _log(job, ended, draft.first_token_s, time.perf_counter() - started)
        yield *rest, ended


def _log(job: UserTurn, ended: ReplyEnded, first_token_s: float, elapsed_s: float) -> None:
    logger.info(
        "replied: sentences=%d tokens=%d+%d cached=%d first_token_s=%.3f elapsed_s=%.3f",
        ended.sentences,
        ended.input_tokens,
        ended.output_tokens,
        ended.cached_tokens,
        first_token_s,
        elapsed_s,
        extra={"session": job.session, "turn": job.turn},
    )
