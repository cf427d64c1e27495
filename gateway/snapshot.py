"""A conversation as it is written down, so that another gateway can go on with it."""

from collections import deque

import msgspec

from gateway.hands_free import HandsFree
from gateway.items import Item
from gateway.replies import LOST
from gateway.reply import KeptReply
from gateway.scene import Debts, Scene
from gateway.speech import KeptSpeech
from gateway.tool_round import KeptRound
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
    wants_replies: bool = True
    detection: TurnDetection | None = None
    items: tuple[Item, ...] = ()
    last_item: int = 0
    numbers: tuple[int, int] = (0, 0)
    """How many items and replies were numbered."""
    turns: int = 0
    turn: KeptTurn | None = None
    reply: KeptReply | None = None
    """The latest."""
    asides: tuple[KeptReply, ...] = ()
    round: KeptRound = KeptRound()
    debts: Debts = Debts()
    commits: tuple[Commit, ...] = ()
    speech: KeptSpeech | None = None


def take(scene: Scene, hands_free: HandsFree | None) -> KeptConversation:
    """The conversation as it is now."""
    turns = scene.turns
    turn = turns.newest if turns.guess is None else None
    return KeptConversation(
        options=scene.options,
        wants_replies=scene.wants_replies,
        detection=hands_free.detection if hands_free is not None else None,
        items=scene.history.items,
        last_item=scene.history.last_item,
        numbers=(scene.numbers.items, scene.numbers.replies),
        turns=turns.count,
        turn=turn.kept() if turn is not None and turn.failure is None else None,
        reply=scene.replies.kept,
        asides=scene.asides.kept,
        round=scene.rounds.kept,
        debts=scene.debts,
        commits=tuple(scene.commits),
        speech=hands_free.speech if hands_free is not None else None,
    )


def restore(scene: Scene, kept: KeptConversation) -> None:
    """Make a new scene what the kept one was."""
    scene.options, scene.debts = kept.options, kept.debts
    scene.wants_replies = kept.wants_replies
    scene.numbers.items, scene.numbers.replies = kept.numbers
    scene.history.restore(kept.items, kept.last_item)
    turn = scene.turns.restore(kept.turns, kept.turn)
    if kept.reply is not None:
        scene.replies.restore(kept.reply, turn)
    scene.rounds.restore(kept.round)
    scene.asides.restore(kept.asides)
    now = scene.outbox.now
    commits = (msgspec.structs.replace(commit, ended_at=now) for commit in kept.commits)
    scene.commits = deque(commits)


def end_lost(scene: Scene) -> None:
    """What cannot go on in another gateway is over: fillers, tools that ran, replies beside."""
    active = scene.replies.active
    if active is not None and active.is_filler:
        scene.replies.finish("cancelled", reason="client_cancelled")
    scene.rounds.end_lost()
    scene.asides.end_lost()


def make_lost_again(scene: Scene) -> None:
    """A reply whose beginning is not there any more ends with what was heard, and is made anew from
    there."""
    if scene.replies.lacks_results:
        scene.replies.finish("incomplete", reason=LOST)
        scene.turns.drop()
        scene.owe_reply()
