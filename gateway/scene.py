"""What the rules of one session work on together."""

from collections import deque

import msgspec

from gateway.actions import CompareSound
from gateway.asides import Asides
from gateway.history import History
from gateway.input_buffer import InputBuffer
from gateway.items import Item
from gateway.notices import (
    InputWasCommitted,
    ItemKnown,
    ItemWasDeleted,
    TranscriptFailed,
    TranscriptKnown,
)
from gateway.numbers import Numbers
from gateway.outbox import Outbox
from gateway.replies import Replies
from gateway.settings import GatewaySettings
from gateway.tool_rounds import ToolRounds
from gateway.turn import Failure, Turn
from gateway.turns import Commit, Turns
from shared.messages import ReplyOptions, Transcript

_COMPARED_S = 2.0
"""Most sound of a suspicion that is compared, its end."""
_ECHO_S = 2.0
"""How late an echo may be: the client's buffers, and the network both ways."""


class Debts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be answered without being asked for; each field is one of Scene."""

    owed_to: int | None = None
    owes_reply: bool = False
    retracted: int = 0
    owes_earlier: bool = False


class Scene:
    """A session: its sound, its history, its turns and replies, and what it wishes."""

    def __init__(
        self, session: str, gateway: str, settings: GatewaySettings, *, by_sentence: bool = False
    ) -> None:
        self.session = session
        self.settings = settings
        self.options = ReplyOptions()
        self.wants_replies = True
        """Whether replies are made at all."""
        self.outbox = Outbox()
        self.numbers = numbers = Numbers()
        self.history = History(settings.history_items, settings.history_characters, numbers)
        self.input = InputBuffer(settings.longest_utterance_s)
        self.turns = Turns(session, gateway, settings, self.outbox, by_sentence=by_sentence)
        self.replies = Replies(self.turns, self.history, self.outbox, numbers)
        self.asides = Asides(
            session, gateway, settings=settings, outbox=self.outbox, numbers=numbers
        )
        self.rounds = ToolRounds(
            settings,
            history=self.history,
            turns=self.turns,
            replies=self.replies,
            outbox=self.outbox,
        )
        self.commits: deque[Commit] = deque()
        """Utterances whose turns have not begun."""
        self.owed_to: int | None = None
        """The utterance that is to be answered, without being asked, once its words are known."""
        self._retracted = 0
        """The newest utterance that was to be answered when the person went on."""
        self._owes_earlier = False
        """What they said before they went on has words: answered with what follows, or alone."""
        self.owes_reply = False
        """A reply is to begin as soon as none is being given."""

    @property
    def debts(self) -> Debts:
        """What is to be answered without being asked for."""
        return Debts(
            owed_to=self.owed_to,
            owes_reply=self.owes_reply,
            retracted=self._retracted,
            owes_earlier=self._owes_earlier,
        )

    @debts.setter
    def debts(self, debts: Debts) -> None:
        self.owed_to, self.owes_reply = debts.owed_to, debts.owes_reply
        self._retracted, self._owes_earlier = debts.retracted, debts.owes_earlier

    @property
    def knows_words(self) -> bool:
        """Whether any words of the person's are known; those of an open utterance are not yet."""
        return any(item.role == "user" for item in self.history.known())

    @property
    def awaits_words(self) -> bool:
        """Whether the transcript of a whole utterance, or of a guess, is still to come."""
        return bool(self.commits) or self.turns.awaits_transcript

    def enter(self, item: int) -> None:
        """An utterance is complete."""
        self.history.close(item)
        self.outbox.tell(InputWasCommitted(item=item, previous=self.history.before(item)))
        if (entered := self.history.item(item)) is not None:
            self.introduce(entered)

    def introduce(self, item: Item, name: str = "") -> None:
        """The client learns of an item, and of the name that it has given it."""
        previous = self.history.before(item.number)
        self.outbox.tell(ItemKnown(item=item, previous=previous, name=name))

    def learn(self, item: int, transcript: Transcript) -> None:
        """What was said in an utterance is known."""
        text, audio_s, language = transcript.text, transcript.audio_s, transcript.language
        self.history.settle(item, text, language=language)
        known = TranscriptKnown(item=item, text=text, audio_s=audio_s, language=language)
        self.outbox.tell(known)
        self._settle_debt(item, has_words=bool(text.strip()))

    def fail(self, turn: Turn, failure: Failure) -> None:
        """The turn is over, also for the stages that did not fail."""
        if turn.is_guess:
            return self.turns.drop()  # it will be tried again when the person has finished
        if turn.failure is None:
            self.turns.cancel(turn)
        if turn.utterance is not None:
            self._lose(turn.utterance, failure)
        turn.fail(failure)
        if not turn.is_wanted:
            self.turns.newest = None
        if turn.after == self.owed_to:
            self.owe_reply()  # it fails, and so the person is told
        return None

    def _lose(self, item: int, failure: Failure) -> None:
        """Nobody will know what was said in an utterance."""
        self.history.settle(item, "")
        self.outbox.tell(TranscriptFailed(item=item, code=failure.code, detail=failure.detail))

    def _settle_debt(self, item: int, *, has_words: bool) -> None:
        if item == self.owed_to and has_words:
            self.owe_reply()
        elif item == self.owed_to and self._owes_earlier:
            self.turns.drop()  # it is a cough after a question: the question is to be answered
            self.owe_reply()
        elif item <= max(self._retracted, self.owed_to or 0):
            self._owes_earlier = self._owes_earlier or has_words

    def retract(self) -> None:
        """The person goes on: nothing more is said about what they said before."""
        self.replies.interrupt()
        self._owes_earlier = self._owes_earlier or self.owes_reply
        self._retracted = self.owed_to or self._retracted
        self.owed_to, self.owes_reply = None, False
        self.turns.unwish()

    def take_back(self, item: int) -> bool:
        """The person goes on with an utterance that was taken to be over: its sound becomes the
        beginning of the next. False if it stays: it was answered, or something else was said."""
        reply = self.replies.latest
        is_answered = reply is not None and reply.after >= item and self.replies.audible is None
        answer = reply.item if reply is not None and reply.after == item else item
        is_last = self.history.last_item in (item, answer)
        if is_answered or not is_last or not self.input.restore():
            return False
        owes_earlier = self._owes_earlier
        self.retract()
        self._owes_earlier = owes_earlier
        self._forget_commit(item)
        if self.turns.newest is not None and self.turns.newest.after == item:
            self.turns.drop()
        self.history.remove(item)
        self.outbox.tell(ItemWasDeleted(item=item, is_taken_back=True))
        return True

    def withdraw(self, item: int) -> None:
        """The client does not want an utterance any more: it is neither understood nor answered."""
        self._forget_commit(item)
        if self.owed_to == item:
            self.forgive()

    def _forget_commit(self, item: int) -> None:
        self.commits = deque(commit for commit in self.commits if commit.item != item)

    def owe_reply(self) -> None:
        """The conversation as it stands is to be answered."""
        self.forgive()
        self.owes_reply = True

    def forgive(self) -> None:
        """What was said so far needs no further reply."""
        self.owed_to, self._retracted, self._owes_earlier = None, 0, False

    def compare(self, start_s: float, end_s: float) -> None:
        """Have this sound over the reply compared with that of the reply."""
        reply, start_s = self.replies.latest, max(start_s, end_s - _COMPARED_S)
        heard = self.input.between(start_s, end_s)
        lately_s = self.input.heard_s - start_s + _ECHO_S
        played = reply.played_lately(self.outbox.now, lately_s) if reply is not None else ()
        self.outbox.actions.append(CompareSound(heard, played, end_s))
