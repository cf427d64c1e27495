"""A reply in the making: tokens in, numbered sentences out."""

from collections.abc import Iterable, Iterator, Sequence

from llm_service.conversation_language import conversation_language
from llm_service.engine import Usage
from llm_service.settings import LlmSettings
from shared.messages import ReplyEnded, Sentence, UserTurn
from shared.sentences import Limits, SentenceSplitter
from shared.text_language import language_of


class Draft:
    """What has been written of the reply to one turn; goes on behind the sentences `given`."""

    def __init__(self, turn: UserTurn, settings: LlmSettings, given: Sequence[Sentence]) -> None:
        self.so_far = "".join(sentence.text for sentence in given)
        self.sentences = len(given)
        self.first_token_s = given[0].first_token_s if given else 0.0
        self._turn = turn
        self._language = conversation_language(turn)
        self._last_language = given[-1].language if given else ""
        self._room = settings.max_output_characters - len(self.so_far)
        limits = Limits(
            opening_words=settings.opening_words,
            opening_letters=settings.opening_letters,
            longest=settings.longest_sentence,
        )
        self._splitter = SentenceSplitter(limits, said=self.so_far)

    @property
    def is_full(self) -> bool:
        """Whether the reply is as long as it may be."""
        return self._room <= 0

    def add(self, delta: str, elapsed_s: float) -> Iterator[Sentence]:
        """The sentences that this addition completes, `elapsed_s` seconds into the work."""
        self.first_token_s = self.first_token_s or elapsed_s
        delta, self._room = delta[: max(self._room, 0)], self._room - len(delta)
        return self._number(self._splitter.feed(delta))

    def finish(self) -> Iterator[Sentence]:
        """What is left at the end; white space alone is not worth a sentence."""
        return self._number(piece for piece in self._splitter.flush() if piece.strip())

    def ended(self, usage: Usage) -> ReplyEnded:
        """The message that concludes the reply."""
        return ReplyEnded(
            session=self._turn.session,
            turn=self._turn.turn,
            sentences=self.sentences,
            reason="length" if self.is_full else usage.reason,
            input_tokens=usage.input_tokens,
            cached_tokens=usage.cached_tokens,
            output_tokens=usage.output_tokens,
        )

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
