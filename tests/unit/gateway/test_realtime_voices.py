"""Voices that can be wished for, and those that cannot."""

import pytest
from realtime_wire import problem, read, update

from gateway import events
from gateway.protocols.realtime import Realtime
from gateway.settings import GatewaySettings

VOICES = ("anna", "Ben", *(f"voice {number}" for number in range(60)))


@pytest.fixture
def realtime() -> Realtime:
    return Realtime("abc", "voicechat", GatewaySettings(), VOICES)


def voice(name: object) -> dict[str, object]:
    return {"output": {"voice": name}}


@pytest.mark.parametrize("name", ["anna", "ben", {"id": "Ben"}, "marin"])
def test_a_voice_that_there_is_can_be_had(realtime: Realtime, name: object) -> None:
    heard = update(realtime, audio=voice(name))
    assert isinstance(heard, events.SessionConfigured)
    assert heard.options.voice == (name if isinstance(name, str) else "Ben")


def test_another_is_refused_with_the_names_of_some_that_there_are(realtime: Realtime) -> None:
    refused = problem(update(realtime, audio=voice("carl"), instructions="Be brief."))
    assert (refused.code, refused.param) == ("invalid_value", "session.audio.output.voice")
    assert "anna, Ben" in refused.message
    assert "22 more" in refused.message
    assert realtime.config.options.instructions == ""


def test_a_single_response_cannot_have_another_either(realtime: Realtime) -> None:
    refused = problem(read(realtime, "response.create", response={"audio": voice("carl")}))
    assert refused.param == "response.audio.output.voice"


def test_any_voice_may_be_wished_for_while_none_is_known() -> None:
    realtime = Realtime("abc", "voicechat", GatewaySettings())
    assert isinstance(update(realtime, audio=voice("carl")), events.SessionConfigured)
