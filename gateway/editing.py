"""What the client itself does to the conversation's items: put in, shown, taken out."""

from typing import assert_never

from gateway import refusals
from gateway.events import ItemAdded, ItemUnwanted, ItemWanted, UtteranceAdded
from gateway.items import ROOT, Item
from gateway.notices import ItemWasDeleted, ItemWasRetrieved, Problem
from gateway.scene import Scene
from gateway.turns import Commit
from shared.audio import packet_seconds
from shared.errors import AudioError


def obey(scene: Scene, request: ItemAdded | UtteranceAdded | ItemWanted | ItemUnwanted) -> None:
    """Do what is asked for, or tell the client why not."""
    match request:
        case ItemAdded() | UtteranceAdded():
            _put(scene, request)
        case ItemWanted():
            _show(scene, request)
        case ItemUnwanted():
            _delete(scene, request)
        case _:
            assert_never(request)


def _put(scene: Scene, request: ItemAdded | UtteranceAdded) -> None:
    if request.place.rival is not None and _is_taken(scene, request.place.rival):
        return scene.outbox.refuse(refusals.ID_IS_TAKEN, request.event_id)
    after = request.place.after
    if after not in (None, ROOT) and _told(scene, after) is None:
        return scene.outbox.refuse(refusals.NOTHING_TO_STAND_BEHIND, request.event_id)
    if isinstance(request, UtteranceAdded):
        return _put_utterance(scene, request)
    history, output_of = scene.history, request.said.call_id
    if output_of and ((call := history.call(output_of)) is None or call.is_ours):
        return scene.outbox.refuse(refusals.NO_SUCH_CALL, request.event_id)
    item = history.insert(request.said, is_spoken=request.is_spoken, after=after)
    return scene.introduce(item, request.place.name)


def _is_taken(scene: Scene, number: int) -> bool:
    """Whether an item has this number, or will have it."""
    return number > scene.numbers.items or scene.history.item(number) is not None


def _put_utterance(scene: Scene, request: UtteranceAdded) -> None:
    """Speech that is to be transcribed, but interrupts nobody."""
    try:
        seconds = sum(map(packet_seconds, request.packets))
    except AudioError as error:
        problem = Problem(code="invalid_audio", message=str(error), param="item.content")
        return scene.outbox.refuse(problem, request.event_id)
    if seconds > scene.settings.longest_utterance_s:
        return scene.outbox.refuse(refusals.TOO_LONG_AN_ITEM, request.event_id)
    if len(scene.commits) >= scene.settings.most_waiting_commits:
        return scene.outbox.refuse(refusals.TOO_MANY_COMMITS, request.event_id)
    item = scene.history.enter("user", after=request.place.after)
    scene.commits.append(Commit(item.number, request.packets, scene.outbox.now, is_patient=True))
    return scene.introduce(item, request.place.name)


def _show(scene: Scene, request: ItemWanted) -> None:
    item = _told(scene, request.item)
    if item is None:
        return scene.outbox.refuse(refusals.NO_SUCH_ITEM, request.event_id)
    return scene.outbox.tell(ItemWasRetrieved(item=item))


def _delete(scene: Scene, request: ItemUnwanted) -> None:
    item = _told(scene, request.item)
    if item is None:
        return scene.outbox.refuse(refusals.NO_SUCH_ITEM, request.event_id)
    if not item.is_known:
        _end_work_on(scene, item.number)
    scene.history.remove(item.number)
    if scene.replies.active is None:
        scene.turns.unwish()  # what is being made would answer what does not stand any more
    return scene.outbox.tell(ItemWasDeleted(item=item.number))


def _end_work_on(scene: Scene, item: int) -> None:
    """Nobody needs an item's words any more: a reply's, or the transcript of an utterance."""
    reply, turns = scene.replies.active, scene.turns
    if reply is not None and item in (reply.item, reply.after):
        scene.replies.finish("cancelled", reason="client_cancelled")
    scene.withdraw(item)
    if turns.newest is not None and turns.newest.utterance == item:
        turns.drop()


def _told(scene: Scene, number: int | None) -> Item | None:
    """An item that the client has been told of, if it stands."""
    item = scene.history.item(number) if number is not None else None
    return None if item is None or item.is_open else item
