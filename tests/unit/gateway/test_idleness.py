"""Nobody breaks a silence in which a tool runs, in virtual time."""

import pytest
from simulated_parties import Services
from simulated_questions import FRANCE, QUESTION
from simulation import Setup, World

from gateway.events import ItemAdded, ReplyRequested
from gateway.notices import CallEnded, IdleNoticed, ReplyFinished
from gateway.turn_detection import TurnDetection
from shared.messages import HistoryItem, ToolCall

IDLE_S = 5.0
TURN = 2
"""The question's; a hypothesis of it was the first."""
WAITS = Setup(
    services=Services(answers={FRANCE: ("Let me see.",)}, llm_s=1.5),
    detection=TurnDetection(mode="server_vad", idle_timeout_s=IDLE_S),
)
OUTPUT = HistoryItem(role="tool", text="noon", call_id="c")


def calling() -> World:
    """The reply to a question calls a tool of the client's, and is heard to its end."""
    world = World(QUESTION, setup=WAITS)
    call = ToolCall(
        session="s", turn=TURN, index=0, call_id="c", name="clock", arguments="{}", is_last=True
    )
    world.at(3.6, call)
    return world


def test_an_output_is_awaited_in_silence() -> None:
    world = calling().run(60)
    assert len(world.told(CallEnded)) == 1
    assert world.told(IdleNoticed) == []


def test_after_a_late_output_the_client_has_its_time_to_ask_for_the_reply() -> None:
    world = calling()
    world.at(30.0, ItemAdded(said=OUTPUT))
    world.at(30.0 + IDLE_S - 0.1, ReplyRequested())
    world.run(39)
    assert world.told(IdleNoticed) == []
    assert len(world.told(ReplyFinished)) == 2


def test_after_an_output_that_the_client_asks_nothing_about_the_silence_is_broken() -> None:
    world = calling()
    world.at(30.0, ItemAdded(said=OUTPUT))
    world.run(36)
    assert world.times(IdleNoticed) == [pytest.approx(30.0 + IDLE_S, abs=0.1)]
