"""When an answer is over: the gateway may run tools on the way, and answer only then. Pure."""

from client.events import AnyEvent, ReplyDone, ReplyStarted, ToolEnded, ToolStarted


class TurnEnd:
    """Watches the replies to one question.

    A reply that calls tools of the gateway's is followed by another, and while they run one may
    come that only says so.
    """

    def __init__(self) -> None:
        self._running: set[str] = set()
        self._calls = False
        """Whether the reply that is being given calls tools."""
        self._only_waits = False
        """Whether it began while tools were running."""

    def take(self, event: AnyEvent) -> bool:
        """Whether the answer is over with this event."""
        match event:
            case ReplyStarted():
                self._calls, self._only_waits = False, bool(self._running)
            case ToolStarted(item=item):
                self._running.add(item)
                self._calls = True
            case ToolEnded(item=item):
                self._running.discard(item)
            case ReplyDone(status=status):
                goes_on = self._calls and status == "completed"
                return not (goes_on or self._only_waits)
            case _:
                pass
        return False
