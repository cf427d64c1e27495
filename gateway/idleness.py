"""Breaks the silence when nobody has said anything for a while."""

from gateway.notices import IdleNoticed
from gateway.scene import Scene
from shared.messages import HistoryItem

IDLE_WORDS = "(I have not said anything for a while.)"
"""What the language model is told when it is to speak into the silence."""

_MOST_REPLIES = 2
"""Replies into the silence until the person speaks again: nobody may be there."""


class Idleness:
    """One session's silence. Times are on the gateway's clock."""

    def __init__(self, scene: Scene, timeout_s: float | None) -> None:
        """Without a timeout silence is never broken."""
        self._scene = scene
        self._timeout_s = timeout_s
        self._active_at = scene.outbox.now
        self._replies = 0

    def end(self) -> None:
        """The person speaks."""
        self._replies = 0

    def begin(self) -> None:
        """The person has finished."""
        self._active_at = self._scene.outbox.now

    @property
    def over_at(self) -> float | None:
        """When to call `tick`; none while a reply is heard or due, or if it is never."""
        scene, since = self._scene, self._scene.replies.silent_since
        if self._timeout_s is None or since is None or self._replies >= _MOST_REPLIES:
            return None
        is_waiting = scene.commits or scene.turns.awaits_transcript or scene.owes_reply
        return None if is_waiting else max(since, self._active_at) + self._timeout_s

    def tick(self) -> None:
        """Time has passed: speak if it is time to."""
        over_at = self.over_at
        if over_at is not None and self._scene.outbox.now >= over_at:
            self._speak()

    def _speak(self) -> None:
        scene, heard_s = self._scene, self._scene.input.heard_s
        self._replies += 1
        self.begin()
        start_s = max(0.0, heard_s - (self._timeout_s or 0.0))
        item = scene.history.insert(HistoryItem(role="user", text=IDLE_WORDS))
        scene.outbox.tell(IdleNoticed(item=item.number, start_s=start_s, end_s=heard_s))
        scene.introduce(item)
        scene.owe_reply()
