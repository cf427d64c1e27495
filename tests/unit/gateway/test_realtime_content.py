"""Items that clients put into the conversation, as they say them."""

import base64
from typing import Any

import pytest
from realtime_wire import open_session, problem, read, tell
from talk import said

from gateway import events, notices
from gateway.items import ROOT, Item, Placement
from gateway.protocols.port import SpokenItem
from gateway.protocols.realtime import Realtime
from shared.messages import Role

SOUND = base64.b64encode(b"abcd").decode()


@pytest.fixture
def realtime() -> Realtime:
    return open_session()


def create(realtime: Realtime, *content: dict[str, Any], **fields: Any) -> object:
    """What a conversation.item.create is understood as."""
    whose = {"role": fields.pop("role", "user"), "id": fields.pop("id", None)}
    item = {"type": "message", "content": content, **whose}
    return read(realtime, "conversation.item.create", item=item, **fields)


@pytest.mark.parametrize(
    ("role", "kind"), [("user", "input_audio"), ("assistant", "output_audio"), ("user", "audio")]
)
def test_a_transcript_stands_for_its_speech(realtime: Realtime, role: Role, kind: str) -> None:
    heard = create(realtime, {"type": kind, "audio": SOUND, "transcript": "Hi."}, role=role)
    expected = said(role, "Hi.")
    assert heard == events.ItemAdded(said=expected, is_spoken=True, event_id="e")


def test_speech_without_a_transcript_is_to_be_transcribed(realtime: Realtime) -> None:
    heard = create(realtime, {"type": "input_audio", "audio": SOUND}, id="mine")
    utterance = events.UtteranceAdded(place=Placement(name="mine"), event_id="e")
    assert heard == SpokenItem(content=b"abcd", item=utterance)


@pytest.mark.parametrize(
    ("content", "role", "code"),
    [
        ([{"type": "output_audio", "audio": SOUND}], "assistant", "unsupported_value"),
        ([{"type": "input_audio", "audio": SOUND}] * 2, "user", "unsupported_value"),
        ([{"type": "input_audio", "audio": "%"}], "user", "invalid_audio"),
        ([{"type": "input_audio"}], "user", "invalid_value"),
        ([{"type": "input_image", "image_url": "data:"}], "user", "unsupported_value"),
    ],
    ids=["of a reply", "in pieces", "not base64", "no sound", "a picture"],
)
def test_what_no_item_can_be_is_refused(
    realtime: Realtime, content: list[dict[str, Any]], role: str, code: str
) -> None:
    assert problem(create(realtime, *content, role=role)).code == code


@pytest.mark.parametrize(
    ("previous", "place"),
    [(None, None), ("root", ROOT), ("item_abc_7", 7)],
    ids=["end", "beginning", "behind another"],
)
def test_the_place_of_an_item_is_understood(
    realtime: Realtime, previous: str | None, place: int | None
) -> None:
    heard = create(realtime, {"type": "input_text", "text": "Hi."}, previous_item_id=previous)
    assert isinstance(heard, events.ItemAdded)
    assert heard.place.after == place


def test_an_item_cannot_stand_behind_one_of_another_session(realtime: Realtime) -> None:
    hi = {"type": "input_text", "text": "Hi."}
    refused = problem(create(realtime, hi, previous_item_id="item_xyz_7"))
    assert (refused.code, refused.param) == ("item_not_found", "previous_item_id")


def test_an_id_of_the_clients_own_is_used_from_then_on(realtime: Realtime) -> None:
    item = Item(number=4, said=said("user", "Hi."))
    added, done = tell(realtime, notices.ItemKnown(item=item, previous=None, name="mine"))
    assert (added["item"]["id"], done["item"]["id"]) == ("mine", "mine")
    heard = read(realtime, "conversation.item.delete", item_id="mine")
    assert heard == events.ItemUnwanted(item=4, event_id="e")
    assert tell(realtime, notices.ItemWasDeleted(item=4))[0]["item_id"] == "mine"
    again = create(realtime, {"type": "input_text", "text": "Ho."}, id="mine")
    assert isinstance(again, events.ItemAdded)
    assert again.place == Placement(name="mine", rival=4)


def test_an_item_is_asked_for_by_its_id(realtime: Realtime) -> None:
    heard = read(realtime, "conversation.item.retrieve", item_id="item_abc_2")
    assert heard == events.ItemWanted(item=2, event_id="e")
    refused = problem(read(realtime, "conversation.item.retrieve", item_id="other"))
    assert (refused.code, refused.param) == ("item_not_found", "item_id")


@pytest.mark.parametrize(
    ("item", "status", "content"),
    [
        pytest.param(
            Item(number=1, said=said("user", "Hi."), is_spoken=True),
            "completed",
            [{"type": "input_audio", "transcript": "Hi."}],
            id="speech",
        ),
        pytest.param(
            Item(number=1, said=said("assistant", ""), is_known=False),
            "in_progress",
            [],
            id="reply",
        ),
        pytest.param(
            Item(number=1, said=said("assistant", "Hi."), is_spoken=True),
            "completed",
            [{"type": "output_audio", "transcript": "Hi."}],
            id="spoken reply",
        ),
    ],
)
def test_an_item_is_shown_with_its_words(
    realtime: Realtime, item: Item, status: str, content: list[dict[str, Any]]
) -> None:
    (event,) = tell(realtime, notices.ItemWasRetrieved(item=item))
    assert event["type"] == "conversation.item.retrieved"
    assert (event["item"]["status"], event["item"]["content"]) == (status, content)
