"""Messages about resuming are told from all others; protocols go on from what is remembered."""

import msgspec
import pytest
from talk import said

from gateway.items import Item
from gateway.notices import ItemKnown
from gateway.protocols import resume
from gateway.protocols.realtime import Realtime
from gateway.settings import GatewaySettings


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ('{"type":"session.acknowledge","received":7}', resume.Acknowledge(received=7)),
        (
            '{"received": 0, "secret": "s", "type": "session.resume"}',
            resume.Resume(secret="s", received=0),
        ),
        ('{"type":"session.acknowledge","received":-1}', None),
        ('{"type":"session.acknowledge"}', None),
        ('{"type":"session.resume","secret":"s","received":"0"}', None),
        ('{"type":"response.create"}', None),
        ('{"type":"session.reply"}', None),
        ('"session.resume', None),
        ('{"type":"session.resume","secret":"' + "s" * 600 + '","received":0}', None),
        ("", None),
    ],
)
def test_only_messages_about_resuming_are_understood(
    text: str, understood: resume.AnyClientMessage | None
) -> None:
    assert resume.read(text) == understood


def test_a_refusal_is_an_error_of_the_protocol() -> None:
    refusal = msgspec.json.decode(resume.refuse("session_not_resumable", "told"))
    assert refusal["type"] == "error"
    assert refusal["error"]["code"] == "session_not_resumable"


def protocol() -> Realtime:
    return Realtime("0123456789abcdef", "m", GatewaySettings())


def test_another_protocol_goes_on_with_ids_names_and_settings() -> None:
    first, second = protocol(), protocol()
    first.greeting()
    first.read('{"type":"session.update","session":{"instructions":"Be kind."}}')
    item = Item(number=1, said=said("user", "Hi."))
    first.write(ItemKnown(item=item, previous=None, name="mine"))
    second.recall(first.memory())
    assert second.config.options.instructions == "Be kind."
    assert second.memory() == first.memory()
    again = msgspec.json.decode(second.write(ItemKnown(item=item, previous=None))[0])
    assert again["item"]["id"] == "mine"
    assert again["event_id"] == "event_0123456789abcdef_4"
