"""A reply in the making: tokens and pieces of calls in, numbered sentences and calls out."""

from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from llm_service.calls import Calls
from llm_service.conversation_language import conversation_language
from llm_service.engine import Token, ToolCallDelta, Usage, Written
from llm_service.prompt import Beginning
from llm_service.settings import LlmSettings
from shared.messages import AnyResult, ReplyEnded, Sentence, ToolCall, UserTurn
from shared.sentences import Limits, SentenceSplitter
from shared.text_language import language_of


class Draft:
    """What has been written of the reply to one turn; goes on behind what was `published` of it."""

    def __init__(
        self, turn: UserTurn, settings: LlmSettings, published: Sequence[AnyResult]
    ) -> None:
        given = [result for result in published if isinstance(result, Sentence)]
        self._calls = Calls(turn, [call for call in published if isinstance(call, ToolCall)])
        said = "".join(sentence.text for sentence in given)
        self.beginning = Beginning(
            text=said, calls=tuple(self._calls.whole), unfinished=self._calls.unfinished
        )
        self.sentences = len(given)
        self.first_token_s = given[0].first_token_s if given else 0.0
        self.usage = Usage()
        self._turn = turn
        self._language = conversation_language(turn)
        self._last_language = given[-1].language if given else ""
        self._room = settings.max_output_characters - len(said)
        limits = Limits(
            opening_words=settings.opening_words,
            opening_letters=settings.opening_letters,
            longest=settings.longest_sentence,
        )
        self._splitter = SentenceSplitter(limits, said=said)

    @property
    def is_over(self) -> bool:
        """Whether a lost worker had come to calls, and left none unfinished: these are the end.

        No model could be asked which calls it would have made beside them.
        """
        return bool(self.beginning.calls) and not self.beginning.unfinished

    @property
    def is_full(self) -> bool:
        """Whether the reply is as long as it may be."""
        return self._room <= self._calls.characters

    def take(self, item: Written, elapsed_s: float) -> Iterator[Sentence | ToolCall]:
        """What this completes, `elapsed_s` seconds into the work."""
        match item:
            case Token():
                yield from self._say(item.delta, elapsed_s)
            case ToolCallDelta():
                yield from self._rest()
                yield from self._calls.add(item)
            case Usage():
                self.usage = item
            case _:
                assert_never(item)

    @property
    def is_cut(self) -> bool:
        """Whether the reply was ended before its end."""
        return self.is_full or self.usage.reason == "length"

    def finish(self) -> Iterator[Sentence | ToolCall]:
        """What is left at the end; a call that was cut stays without its last piece."""
        yield from self._rest()
        if not self.is_cut:
            yield from self._calls.finish()

    def ended(self) -> ReplyEnded:
        """The message that concludes the reply."""
        return ReplyEnded(
            session=self._turn.session,
            turn=self._turn.turn,
            sentences=self.sentences,
            calls=len(self._calls.whole),
            reason="length" if self.is_cut else "complete",
            input_tokens=self.usage.input_tokens,
            cached_tokens=self.usage.cached_tokens,
            output_tokens=self.usage.output_tokens,
        )

    def _say(self, delta: str, elapsed_s: float) -> Iterator[Sentence]:
        if self._calls.has_begun:
            return
        self.first_token_s = self.first_token_s or elapsed_s
        delta, self._room = delta[: max(self._room, 0)], self._room - len(delta)
        yield from self._number(self._splitter.feed(delta))

    def _rest(self) -> Iterator[Sentence]:
        """What was not yet certain to be a sentence; white space alone is not worth one."""
        return self._number(piece for piece in self._splitter.flush() if piece.strip())

    def _number(self, pieces: Iterable[str]) -> Iterator[Sentence]:
        for piece in pieces:
            yield self._sentence(piece)
            self.sentences += 1

    def _sentence(self, text: str) -> Sentence:
        turn, options = self._turn, self._turn.options
        self._last_language = language_of(text, self._language or self._last_language)
        return Sentence(
            session=turn.session,
            turn=turn.turn,
            gateway=turn.gateway,
            deadline_s=turn.deadline_s,
            index=self.sentences,
            text=text,
            voice=options.voice,
            speed=options.speed,
            language=self._last_language,
            is_spoken=options.is_spoken,
            first_token_s=self.first_token_s,
        )
