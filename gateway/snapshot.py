"""A conversation as it is written down, so that another gateway can go on with it."""

from collections import deque

import msgspec

from gateway.hands_free import HandsFree
from gateway.items import Item
from gateway.reply import KeptReply
from gateway.scene import Debts, Scene
from gateway.speech import KeptSpeech
from gateway.turn import KeptTurn
from gateway.turn_detection import TurnDetection
from gateway.turns import Commit
from shared.messages import ReplyOptions


class KeptConversation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of it but its sound, which the client sends again.

    New fields have defaults, so that old and new gateways work together. A guess is not kept: it is
    made again from the sound.
    """

    options: ReplyOptions = ReplyOptions()
    detection: TurnDetection | None = None
    items: tuple[Item, ...] = ()
    last_item: int = 0
    turns: int = 0
    turn: KeptTurn | None = None
    replies: int = 0
    reply: KeptReply | None = None
    debts: Debts = Debts()
    commits: tuple[Commit, ...] = ()
    speech: KeptSpeech | None = None


def take(scene: Scene, hands_free: HandsFree | None) -> KeptConversation:
    """The conversation as it is now."""
    turns, replies = scene.turns, scene.replies
    turn = turns.newest if turns.guess is None else None
    return KeptConversation(
        options=scene.options,
        detection=hands_free.detection if hands_free is not None else None,
        items=scene.history.items,
        last_item=scene.history.last_item,
        turns=turns.count,
        turn=turn.kept() if turn is not None and turn.failure is None else None,
        replies=replies.count,
        reply=replies.active.kept() if replies.active is not None else None,
        debts=scene.debts,
        commits=tuple(scene.commits),
        speech=hands_free.speech if hands_free is not None else None,
    )


def restore(scene: Scene, kept: KeptConversation) -> None:
    """Make a new scene what the kept one was."""
    scene.options, scene.debts = kept.options, kept.debts
    scene.history.restore(kept.items, kept.last_item)
    turn = scene.turns.restore(kept.turns, kept.turn)
    scene.replies.restore(kept.replies, kept.reply, turn)
    now = scene.outbox.now
    commits = (msgspec.structs.replace(commit, ended_at=now) for commit in kept.commits)
    scene.commits = deque(commits)
