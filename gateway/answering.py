"""Begins the turns and replies of a session when they are due, and finds each reply its turn.

A new turn waits until the transcript of the one before is known, because it carries the history.
"""

from gateway import refusals
from gateway.events import ReplyRequested
from gateway.reply import Reply
from gateway.scene import Scene
from gateway.turn import NO_SPEECH, Turn
from gateway.turn_detection import TurnDetection
from gateway.turns import Commit
from shared.messages import HistoryItem, ReplyOptions


def ask_for_reply(scene: Scene, request: ReplyRequested) -> None:
    """Begin the reply that the client asks for, or tell it why not."""
    options, context = request.options or scene.options, _resolved(scene, request.context)
    if context is None and request.context is not None:
        return scene.outbox.refuse(refusals.NO_SUCH_INPUT, request.event_id)
    if request.is_aside:
        known = scene.history.known() if context is None else context
        return scene.asides.begin(request, options, known)
    is_plain = request.context is None and request.metadata is None and options == scene.options
    if is_plain and scene.rounds.grant():
        return None
    scene.replies.give_way()
    if scene.replies.active is not None:
        return scene.outbox.refuse(refusals.REPLY_IS_ACTIVE, request.event_id)
    if context is None and not _has_question(scene, options):
        if scene.history.is_open:
            return scene.outbox.refuse(refusals.NOTHING_TO_ANSWER_YET, request.event_id)
        context = scene.history.known()
    scene.forgive()
    scene.replies.begin(options, context=context, metadata=request.metadata)
    return None


def _has_question(scene: Scene, options: ReplyOptions) -> bool:
    """Whether the person has said something, or may have: else the assistant speaks first."""
    eager = scene.turns.eager(scene.history.last_item, options)
    return scene.knows_words or scene.awaits_words or eager is not None


def _resolved(
    scene: Scene, context: tuple[HistoryItem | int, ...] | None
) -> tuple[HistoryItem, ...] | None:
    """Words, also in place of items; none if there are none, or an item has none."""
    if context is None:
        return None
    words = [_words(scene, part) if isinstance(part, int) else (part,) for part in context]
    return tuple(word for part in words for word in part) if all(words) else None


def _words(scene: Scene, number: int) -> tuple[HistoryItem, ...]:
    item = scene.history.item(number)
    return item.words if item is not None and item.is_known else ()


def begin_what_is_due(scene: Scene, detection: TurnDetection | None) -> None:
    """Begin the next utterance's turn and the reply that is owed, unless something is in the way.

    `detection` is how the session finds its turns; None if the client commits utterances itself.
    """
    if scene.commits and not scene.turns.awaits_transcript and not _must_wait(scene, detection):
        _start_spoken(scene, scene.commits.popleft(), detection)
    if scene.owes_reply and scene.replies.active is None:
        scene.owes_reply = False
        scene.replies.begin(scene.options)
    reply = scene.replies.active
    if reply is not None and reply.turn is None and (turn := _turn_for(scene, reply)) is not None:
        reply.attach(turn)


def _must_wait(scene: Scene, detection: TurnDetection | None) -> bool:
    """A new turn would end the reply being given, and the session does not wish that."""
    reply = scene.replies.active
    if reply is None or reply.turn is None:
        return False
    interrupts = detection is None or detection.interrupt_response
    return scene.commits[0].is_patient or not interrupts


def _start_spoken(scene: Scene, commit: Commit, detection: TurnDetection | None) -> None:
    """Begin an utterance's turn; with a reply unless a later utterance already waits."""
    reply = scene.replies.active
    is_asked = reply is not None and reply.after == commit.item
    options = reply.options if reply is not None and is_asked else scene.options
    # A client that commits will ask for a reply.
    is_answered = scene.wants_replies and (detection is None or detection.create_response)
    wants_reply = is_asked or (is_answered and not scene.commits)
    wants_reply = wants_reply and not _has_words_behind(scene, commit)
    scene.turns.speak(commit, scene.history, options, wants_reply=wants_reply)


def _has_words_behind(scene: Scene, commit: Commit) -> bool:
    """Something stands behind an utterance that a reply has to know too."""
    history = scene.history
    return len(history.known()) > len(history.known(before=commit.item))


def _turn_for(scene: Scene, reply: Reply) -> Turn | None:
    """The turn that makes the reply: the eager one if it answers just this, else a new one."""
    turns = scene.turns
    if reply.context is not None:
        return turns.write(reply, reply.context)
    if (turn := turns.eager(reply.after, reply.options)) is not None:
        return turn
    if scene.commits or turns.awaits_transcript:
        return None
    if scene.knows_words:
        return turns.write(reply, scene.history.known())
    # The utterance that the reply waited for had no words, or nobody knows them.
    failure = turns.newest.failure if turns.newest else None
    turn = turns.write_off(reply)
    turn.fail(failure or NO_SPEECH)
    return turn
