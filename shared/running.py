"""What a worker is working on, and which of it is in vain."""

import asyncio
from collections.abc import Iterable
from typing import Literal

from shared.bus import Delivery
from shared.messages import AnyControl, AnyJob, SessionEnded, TurnCancelled, Utterance
from shared.staleness import Staleness

Verdict = Literal["stale", "lost"]


class Work:
    """A message being worked on."""

    def __init__(self, delivery: Delivery, job: AnyJob, task: "asyncio.Task[None]") -> None:
        self.delivery = delivery
        self.job = job
        self.task = task
        self.published = len(delivery.progress)
        self.is_concluding = False
        """Its last result is on the way: nothing can be saved by cancelling it."""
        self.verdict: Verdict | None = None
        """Why the worker itself cancelled it; none while nobody has, or if somebody else did."""

    def cancel(self, verdict: Verdict) -> None:
        """Stop at the engine's next step."""
        if not self.verdict and not self.is_concluding:
            self.verdict = verdict
            self.task.cancel()


class Running:
    """All work of one worker, by stream entry."""

    def __init__(self) -> None:
        self._works: dict[str, Work] = {}
        self._staleness = Staleness()

    def __contains__(self, entry: str) -> bool:
        return entry in self._works

    @property
    def entries(self) -> list[str]:
        """Stream entries being worked on."""
        return list(self._works)

    @property
    def tasks(self) -> "list[asyncio.Task[None]]":
        """Their tasks."""
        return [work.task for work in self._works.values()]

    def begin(self, work: Work) -> None:
        """The work starts; what it supersedes is cancelled. A hypothesis supersedes nothing: while
        the person speaks, the reply that they speak over may still be wanted."""
        self._works[work.delivery.entry] = work
        if isinstance(work.job, Utterance) and work.job.is_partial:
            return
        self._staleness.begin(work.job.session, work.job.turn)
        self._cancel_stale(work.job.session)

    def end(self, entry: str) -> None:
        """The work is over, whatever came of it."""
        self._works.pop(entry, None)

    def is_stale(self, work: Work) -> bool:
        """Whether nobody waits for it any more."""
        return self._staleness.is_stale(work.job.session, work.job.turn)

    def obey(self, control: AnyControl) -> None:
        """Cancel what a gateway declares over."""
        match control:
            case TurnCancelled():
                self._staleness.end(control.session, control.turn)
            case SessionEnded():
                self._staleness.end_session(control.session)
        self._cancel_stale(control.session)

    def lose(self, entries: Iterable[str]) -> None:
        """Cancel what another worker has taken over."""
        for entry in entries:
            if work := self._works.get(entry):
                work.cancel("lost")

    def _cancel_stale(self, session: str) -> None:
        for work in self._works.values():
            if work.job.session == session and self.is_stale(work):
                work.cancel("stale")
