"""The utterance before, while the person may yet go on with it."""

from gateway.scene import Scene
from gateway.turn_detection import TurnDetection


class LastUtterance:
    """One session's; its sound is kept in the session's input buffer."""

    def __init__(self, scene: Scene, detection: TurnDetection) -> None:
        self._scene = scene
        is_ours = detection.mode == "semantic_vad" and detection.create_response
        self.may_go_on = is_ours and detection.interrupt_response
        """Whether the client leaves it to us what an utterance is, and wants replies."""
        self._item: int | None = None

    @property
    def is_known(self) -> bool:
        """Whether there is one."""
        return self._item is not None and self._scene.input.can_restore

    def remember(self, item: int) -> None:
        """This one was taken to be over."""
        self._item = item if self.may_go_on else None

    def forget(self) -> None:
        """It stands as it is."""
        self._item = None
        self._scene.input.forget_taken()

    def take_back(self) -> bool:
        """Make it the beginning of the one that begins, if that can be."""
        item, self._item = self._item, None
        return item is not None and self._scene.take_back(item)
