"""Which turns are over: the newest turn wins."""

from collections import OrderedDict

_ALL = 2**63


class Staleness:
    """The newest turn known to be over of each session.

    The sessions longest unheard of are forgotten. That is safe: it costs work nobody waits for.
    """

    def __init__(self, keep: int = 10_000) -> None:
        self._over: OrderedDict[str, int] = OrderedDict()
        self._keep = keep

    def end(self, session: str, turn: int) -> None:
        """This turn of the session is over, and so are all before it."""
        self._over[session] = max(turn, self._over.get(session, 0))
        self._over.move_to_end(session)
        if len(self._over) > self._keep:
            self._over.popitem(last=False)

    def end_session(self, session: str) -> None:
        """All turns of the session are over."""
        self.end(session, _ALL)

    def begin(self, session: str, turn: int) -> None:
        """This turn exists, so all before it are over."""
        self.end(session, turn - 1)

    def is_stale(self, session: str, turn: int) -> bool:
        """Whether work for the turn is in vain."""
        return turn <= self._over.get(session, 0)
