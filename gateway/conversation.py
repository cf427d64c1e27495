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
    ReplyFinished,
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
from gateway.turn import TIMED_OUT, TOO_LONG, Failure, Turn
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
            message = "there is no audio to commit; append some first"
            self._refuse("input_audio_buffer_commit_empty", message, event.event_id)
            return
        if len(self._commits) >= self._settings.most_waiting_commits:
            message = "too many utterances wait for their transcripts; commit again in a moment"
            self._refuse("too_many_commits", message, event.event_id)
            return
        if self._reply is not None:
            self._finish(self._reply, "cancelled", reason="turn_detected")
        previous = self._history.previous
        item = self._history.enter("user")
        self._commits.append(Commit(item, self._input.take(), self._now))
        self._tell(InputWasCommitted(item=item, previous=previous))
        self._tell(ItemKnown(item=item, previous=previous, role="user", text=None))

    def _add_item(self, event: ItemAdded) -> None:
        previous = self._history.previous
        item = self._history.enter(event.role, event.text)
        self._tell(ItemKnown(item=item, previous=previous, role=event.role, text=event.text))

    def _request_reply(self, event: ReplyRequested) -> None:
        if self._reply is not None:
            message = "a reply is still being given; wait for response.done or cancel it"
            code = "conversation_already_has_active_response"
            self._refuse(code, message, event.event_id)
            return
        previous, after = self._history.previous, self._history.last_item
        item = self._history.enter("assistant")
        options = event.options or self._options
        self._replies += 1
        self._reply = Reply(
            self._replies, item=item, after=after, options=options, requested_at=self._now
        )
        self._tell(ReplyStarted(reply=self._replies, item=item, previous=previous, options=options))

    def _cancel_reply(self, event: ReplyCancelled) -> None:
        if self._reply is None:
            message = "there is no reply to cancel"
            self._refuse("response_cancel_not_active", message, event.event_id)
            return
        self._finish(self._reply, "cancelled", reason="client_cancelled")

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
        turn = self._turns.newest
        if turn is not None and turn.answers(reply.after, reply.options):
            return turn
        if self._commits or self._turns.awaits_transcript:
            return None
        self._drop_turn()
        return self._start(*self._turns.write(reply, self._history))

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
        deadline_s = self._broker_now + self._settings.turn_timeout_s
        self._publish(msgspec.structs.replace(job, deadline_s=deadline_s))
        return turn

    def _drop_turn(self) -> None:
        for message in self._turns.drop():
            self._publish(message)

    def _finish_failed(self, reply: Reply, failure: Failure) -> None:
        if failure.is_fault:
            self._tell(Problem(code=failure.code, message=failure.detail, is_fault=True))
        self._finish(reply, "failed", reason=failure.code, detail=failure.detail)

    def _finish(self, reply: Reply, status: Status, reason: str = "", detail: str = "") -> None:
        text = reply.released_text()
        self._history.settle(reply.item, text)
        self._tell(
            ReplyFinished(
                status=status,
                reason=reason,
                detail=detail,
                text=text,
                usage=reply.usage,
                latency=reply.finish(self._now),
            )
        )
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

    def _refuse(self, code: str, message: str, event_id: str) -> None:
        self._tell(Problem(code=code, message=message, event_id=event_id))

    def _tell(self, notice: AnyNotice) -> None:
        self._actions.append(Tell(notice))

    def _publish(self, message: Utterance | UserTurn | AnyControl) -> None:
        self._actions.append(Publish(message))
