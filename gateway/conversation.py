"""The heart: turns, replies and history of one session. Events in, actions out.

Two things go on side by side. A *turn* is what the pipeline works on: a commit publishes one at
once, eagerly, before anybody has asked for a reply. A *reply* is what the client is told: it
begins when the client asks for it, and if the newest turn answers exactly that, what the pipeline
has made by then goes out in the same instant. The newest turn wins: results of others are dropped.

A new turn waits until the transcript of the one before is known, because it carries the history.
"""

from collections import deque
from typing import assert_never

import msgspec

from gateway import refusals
from gateway.events import (
    Action,
    AnyEvent,
    AnyNotice,
    AudioReceived,
    ClientLeft,
    ClientRequest,
    InputCleared,
    InputCommitted,
    InputWasCleared,
    InputWasCommitted,
    ItemAdded,
    ItemKnown,
    Problem,
    Publish,
    ReplyCancelled,
    ReplyRequested,
    ReplyStarted,
    SessionConfigured,
    SessionWasConfigured,
    Status,
    Tell,
    Tick,
    TranscriptFailed,
    TranscriptKnown,
    WakeAt,
)
from gateway.history import History
from gateway.input_buffer import InputBuffer
from gateway.reply import Reply
from gateway.settings import GatewaySettings
from gateway.turn import NO_SPEECH, TIMED_OUT, TOO_LONG, Failure, Turn
from gateway.turns import Commit, Turns
from shared.messages import (
    AnyControl,
    AnyReply,
    ReplyOptions,
    SessionEnded,
    SpeechChunk,
    Transcript,
    UserTurn,
    Utterance,
    WorkFailed,
)


class Conversation:
    """One session. Times are on the gateway's clock in seconds, deadlines on the broker's."""

    def __init__(self, session: str, gateway: str, settings: GatewaySettings) -> None:
        self._session = session
        self._settings = settings
        self._options = ReplyOptions()
        self._history = History(settings.history_items, settings.history_characters)
        self._input = InputBuffer(settings.longest_utterance_s)
        self._commits: deque[Commit] = deque()
        self._turns = Turns(session, gateway, settings)
        self._replies = 0
        self._reply: Reply | None = None
        self._now = self._broker_now = 0.0
        self._actions: list[Action] = []

    def handle(self, event: AnyEvent, now: float, broker_now: float) -> list[Action]:
        """What is to be done about an event, in order; without a WakeAt the earlier one stands."""
        self._now, self._broker_now, self._actions = now, broker_now, []
        match event:
            case AudioReceived():
                for problem in self._input.hear(event):
                    self._tell(problem)
                return self._actions
            case ClientLeft():
                self._publish(SessionEnded(session=self._session, turn=self._turns.count))
                return self._actions
            case Tick():
                self._end_overdue()
            case _ if isinstance(event, AnyReply):
                self._take(event)
            case _:
                self._obey(event)
        self._advance()
        return self._actions

    def _obey(self, request: ClientRequest) -> None:
        match request:
            case SessionConfigured():
                self._options = request.options
                self._tell(SessionWasConfigured())
            case InputCommitted():
                self._commit(request)
            case InputCleared():
                self._input.take()
                self._tell(InputWasCleared())
            case ItemAdded():
                self._add_item(request)
            case ReplyRequested():
                self._request_reply(request)
            case ReplyCancelled():
                self._cancel_reply(request)
            case _:
                assert_never(request)

    # What the client does

    def _commit(self, event: InputCommitted) -> None:
        if self._input.is_empty:
            return self._refuse(refusals.NOTHING_TO_COMMIT, event.event_id)
        if len(self._commits) >= self._settings.most_waiting_commits:
            return self._refuse(refusals.TOO_MANY_COMMITS, event.event_id)
        if self._reply is not None:
            self._finish(self._reply, "cancelled", reason="turn_detected")
        previous = self._history.previous
        item = self._history.enter("user")
        self._commits.append(Commit(item, self._input.take(), self._now))
        self._tell(InputWasCommitted(item=item, previous=previous))
        return self._tell(ItemKnown(item=item, previous=previous, role="user", text=None))

    def _add_item(self, event: ItemAdded) -> None:
        previous = self._history.previous
        item = self._history.enter(event.role, event.text)
        self._tell(ItemKnown(item=item, previous=previous, role=event.role, text=event.text))

    def _request_reply(self, event: ReplyRequested) -> None:
        if self._reply is not None:
            return self._refuse(refusals.REPLY_IS_ACTIVE, event.event_id)
        options = event.options or self._options
        previous, after = self._history.previous, self._history.last_item
        if not self._history.has_user and self._turns.eager(after, options) is None:
            return self._refuse(refusals.NOTHING_TO_ANSWER, event.event_id)
        item = self._history.enter("assistant")
        self._replies += 1
        self._reply = Reply(
            self._replies, item=item, after=after, options=options, requested_at=self._now
        )
        return self._tell(
            ReplyStarted(reply=self._replies, item=item, previous=previous, options=options)
        )

    def _cancel_reply(self, event: ReplyCancelled) -> None:
        if self._reply is None:
            return self._refuse(refusals.NO_REPLY, event.event_id)
        return self._finish(self._reply, "cancelled", reason="client_cancelled")

    # What the pipeline says

    def _take(self, message: AnyReply) -> None:
        turn = self._turns.newest
        if turn is None or message.turn != turn.number:
            return
        self._turns.expect(turn, self._now)
        turn.stopwatch.note(message, self._now)
        match message:
            case Transcript():
                self._learn_transcript(turn, message)
            case WorkFailed():
                self._fail(turn, Failure(code=message.code, detail=message.detail))
            case SpeechChunk():
                if not turn.playout.add(message):
                    self._fail(turn, TOO_LONG)
            case _:
                turn.take(message)

    def _learn_transcript(self, turn: Turn, transcript: Transcript) -> None:
        if turn.utterance is None:
            return
        self._history.settle(turn.utterance, transcript.text)
        self._tell(
            TranscriptKnown(item=turn.utterance, text=transcript.text, audio_s=transcript.audio_s)
        )
        turn.take(transcript)
        if not turn.is_wanted:
            self._publish(self._turns.cancelled(turn))
            self._turns.newest = None

    def _fail(self, turn: Turn, failure: Failure) -> None:
        """The turn is over, also for the stages that did not fail."""
        if turn.failure is None:
            self._publish(self._turns.cancelled(turn))
        if turn.utterance is not None:
            self._history.settle(turn.utterance, "")
            self._tell(
                TranscriptFailed(item=turn.utterance, code=failure.code, detail=failure.detail)
            )
        turn.fail(failure)
        if not turn.is_wanted:
            self._turns.newest = None

    def _end_overdue(self) -> None:
        turn = self._turns.newest
        if turn is not None and turn.owes and self._now >= turn.deadline:
            self._fail(turn, TIMED_OUT)

    # What follows from it

    def _advance(self) -> None:
        if self._commits and not self._turns.awaits_transcript:
            self._start_spoken(self._commits.popleft())
        if self._reply is not None:
            self._serve(self._reply)
        self._actions.append(WakeAt(self._next_wake()))

    def _serve(self, reply: Reply) -> None:
        if reply.turn is None and (turn := self._turn_for(reply)) is not None:
            reply.attach(turn)
        for notice in reply.release(self._now):
            self._tell(notice)
        if reply.turn is None:
            return
        if reply.turn.failure is not None:
            self._finish_failed(reply, reply.turn.failure)
        elif reply.is_whole and reply.turn.is_cut:
            self._finish(reply, "incomplete", reason="max_output_tokens")
        elif reply.is_whole:
            self._finish(reply, "completed")

    def _turn_for(self, reply: Reply) -> Turn | None:
        """The turn that makes the reply: the eager one if it answers just this, else a new one."""
        if (turn := self._turns.eager(reply.after, reply.options)) is not None:
            return turn
        if self._commits or self._turns.awaits_transcript:
            return None
        failure = self._turns.newest.failure if self._turns.newest else None
        self._drop_turn()
        turn, job = self._turns.write(reply, self._history)
        if not self._history.has_user:
            # The utterance that the reply waited for had no words, or nobody knows them.
            turn.fail(failure or NO_SPEECH)
            return turn
        return self._start(turn, job)

    def _start_spoken(self, commit: Commit) -> None:
        """Begin an utterance's turn; with a reply unless a later utterance already waits."""
        reply = self._reply
        is_asked = reply is not None and reply.after == commit.item
        options = reply.options if reply is not None and is_asked else self._options
        self._drop_turn()
        self._start(
            *self._turns.speak(commit, self._history, options, wants_reply=not self._commits)
        )

    def _start(self, turn: Turn, job: Utterance | UserTurn) -> Turn:
        self._turns.expect(turn, self._now)
        patience_s = self._settings.turn_timeout_s
        deadline_s = self._broker_now + patience_s
        self._publish(msgspec.structs.replace(job, deadline_s=deadline_s, patience_s=patience_s))
        return turn

    def _drop_turn(self) -> None:
        for message in self._turns.drop():
            self._publish(message)

    def _finish_failed(self, reply: Reply, failure: Failure) -> None:
        if failure.is_fault:
            self._tell(Problem(code=failure.code, message=failure.detail, is_fault=True))
        self._finish(reply, "failed", reason=failure.code, detail=failure.detail)

    def _finish(self, reply: Reply, status: Status, reason: str = "", detail: str = "") -> None:
        finished = reply.finish(self._now, status, reason, detail)
        self._history.settle(reply.item, finished.text)
        self._tell(finished)
        self._reply = None
        if reply.turn is not None and reply.turn.utterance is not None:
            # A cancel now would take the transcript along, which the history needs.
            reply.turn.is_wanted = False
        elif reply.turn is not None:
            self._drop_turn()

    def _next_wake(self) -> float | None:
        turn, reply = self._turns.newest, self._reply
        release = reply.next_release_at() if reply else None
        deadline = turn.deadline if turn and turn.owes else None
        return min((time for time in (release, deadline) if time is not None), default=None)

    def _refuse(self, problem: Problem, event_id: str) -> None:
        self._tell(msgspec.structs.replace(problem, event_id=event_id))

    def _tell(self, notice: AnyNotice) -> None:
        self._actions.append(Tell(notice))

    def _publish(self, message: Utterance | UserTurn | AnyControl) -> None:
        self._actions.append(Publish(message))
