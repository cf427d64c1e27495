"""What a conversation decides about one event, and when that is."""

import msgspec

from gateway.actions import Action, Publish, Published, Tell
from gateway.notices import AnyNotice, Problem


class Outbox:
    """Collects the actions; the clocks stand still meanwhile."""

    def __init__(self) -> None:
        self.now = 0.0
        """On the gateway's clock, in seconds."""
        self.broker_now = 0.0
        """On the broker's clock, in seconds."""
        self.actions: list[Action] = []

    def open(self, now: float, broker_now: float) -> None:
        """The next event is being handled."""
        self.now, self.broker_now, self.actions = now, broker_now, []

    def tell(self, notice: AnyNotice) -> None:
        """The client is told."""
        self.actions.append(Tell(notice))

    def refuse(self, problem: Problem, event_id: str) -> None:
        """The client is told that its request cannot be granted."""
        self.tell(msgspec.structs.replace(problem, event_id=event_id))

    def publish(self, message: Published) -> None:
        """The pipeline is told."""
        self.actions.append(Publish(message))
