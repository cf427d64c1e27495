"""What holds in every conversation, whatever is said, however late the services are."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simulated_parties import ANSWER, OPUS_20_MS, Services, Sound, chunks, heard
from simulation import Setup, World
from talk import said

from gateway.endpointing_settings import EndpointingSettings
from gateway.events import (
    AnyEvent,
    InputCleared,
    InputCommitted,
    ItemAdded,
    ItemUnwanted,
    ItemWanted,
    OutputCleared,
    ReplyCancelled,
    ReplyRequested,
    UtteranceAdded,
)
from gateway.items import ROOT, Placement
from gateway.notices import (
    InputWasCommitted,
    ItemKnown,
    ItemWasDeleted,
    ItemWasTruncated,
    Problem,
    ReplyAudio,
    ReplyFinished,
    ReplyPaused,
    ReplyResumed,
    ReplyStarted,
    SpeechStarted,
    TranscriptFailed,
    TranscriptKnown,
)
from gateway.settings import GatewaySettings
from gateway.turn_detection import TurnDetection
from shared.messages import TurnCancelled, UserTurn, Utterance

QUIET_S = 30
"""Most silence at the end: replies, longest waits and the services' time limit fit into it."""
SETTINGS = GatewaySettings(turn_timeout_s=8.0, longest_utterance_s=6.0)
KEPT_PACKETS = 85
"""Most sound kept while nobody speaks: prefix, what is kept besides, and the detector's delay."""

TEXTS = ("", "Mhm.", "yes and", "What is it?", "I would like to", "Paris, of course.")
REQUESTS: tuple[AnyEvent, ...] = (
    ReplyCancelled(),
    ReplyRequested(),
    InputCleared(),
    InputCommitted(),
    ItemAdded(said=said("user", "Typed.")),
    ItemAdded(said=said("system", "Be brief."), place=Placement(after=ROOT)),
    UtteranceAdded(packets=(OPUS_20_MS,) * 9),
    *(ItemWanted(item=item) for item in (1, 2)),
    *(ItemUnwanted(item=item) for item in (1, 2, 3)),
    OutputCleared(),
)


def hundredths(most: int) -> st.SearchStrategy[float]:
    """Seconds on the grid of packets."""
    return st.integers(0, most // 2).map(lambda steps: steps * 0.02)


@st.composite
def sounds(draw: st.DrawFn) -> list[Sound]:
    """Somebody speaks, coughs and pauses."""
    made, end_s = [], 0.5
    for gap_s, length_s, text in draw(
        st.lists(
            st.tuples(hundredths(300), hundredths(200), st.sampled_from(TEXTS)),
            min_size=1,
            max_size=6,
        )
    ):
        start_s = end_s + gap_s
        end_s = start_s + 0.04 + length_s
        made.append(Sound(start_s, end_s, text))
    return made


@st.composite
def goings_on(draw: st.DrawFn) -> list[Sound]:
    """Somebody who speaks on and on, about as soon as their turns are taken to be over."""
    made, end_s = [], 0.5
    for place in range(draw(st.integers(2, 4))):
        start_s = end_s + 0.4 + draw(hundredths(60))
        end_s = start_s + 0.5 + draw(hundredths(100))
        made.append(Sound(start_s, end_s, f"What is number{place}?"))
    return made


SERVICES = st.builds(
    Services,
    stt_s=hundredths(60),
    llm_s=hundredths(60),
    tts_s=hundredths(60),
    rtf=st.sampled_from([0.05, 0.5, 1.5]),
    extra_s=st.lists(hundredths(200), min_size=1, max_size=7).map(tuple),
    obeys=st.lists(st.booleans(), min_size=1, max_size=5).map(tuple),
    has_repeats=st.booleans(),
)
DETECTIONS = st.builds(
    TurnDetection,
    mode=st.sampled_from(["server_vad", "semantic_vad"]),
    eagerness=st.sampled_from(["low", "medium", "high"]),
    interrupt_response=st.booleans(),
)
SETUPS = st.builds(
    Setup,
    services=SERVICES,
    detection=DETECTIONS,
    endpointing=st.sampled_from(["off", "on", "auto"]).map(
        lambda eager: EndpointingSettings(eager=eager)  # type: ignore[arg-type]  # one of the modes
    ),
    settings=st.just(SETTINGS),
    judged_s=hundredths(20),
    muted=st.lists(st.tuples(hundredths(1000), hundredths(1000)), max_size=2).map(tuple),
    has_room=st.lists(st.booleans(), min_size=1, max_size=5).map(tuple),
)
WISHES = st.lists(st.tuples(hundredths(1500), st.sampled_from(REQUESTS)), max_size=4)

Wishes = Sequence[tuple[float, AnyEvent]]
anything = given(sounds(), SETUPS, WISHES)
often = settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)


def play(said: Sequence[Sound], setup: Setup, wishes: Wishes = ()) -> World:
    """The whole conversation, and the silence after it."""
    world = World(*said, setup=setup)
    for time_s, request in wishes:
        world.at(time_s, request)
    last_s = max(said[-1].end_s, *(time_s for time_s, _ in wishes), 0.0)
    world.run(last_s + 1.0)
    for _ in range(QUIET_S):
        if not world.is_quiet:
            world.run(world.now_s + 1.0)
    return world


@often
@anything
def test_nothing_of_a_cancelled_turn_is_released(
    said: Sequence[Sound], setup: Setup, wishes: Wishes
) -> None:
    over = 0
    for entry in play(said, setup, wishes).log:
        if isinstance(entry, TurnCancelled):
            over = max(over, entry.turn)
        assert not isinstance(entry, ReplyAudio) or entry.turn > over


@often
@anything
def test_sound_is_released_only_while_its_reply_is_being_given(
    said: Sequence[Sound], setup: Setup, wishes: Wishes
) -> None:
    is_given = is_paused = False
    for entry in play(said, setup, wishes).log:
        match entry:
            case ReplyStarted():
                assert not is_given
                is_given = True
            case ReplyFinished():
                assert is_given
                is_given = is_paused = False
            case ReplyPaused():
                is_paused = True
            case ReplyResumed() | ItemWasTruncated():
                is_paused = False
            case ReplyAudio():
                assert is_given
                assert not is_paused
            case _:
                pass


@often
@anything
def test_the_packets_of_a_reply_come_in_order_without_gap_or_repeat(
    said: Sequence[Sound], setup: Setup, wishes: Wishes
) -> None:
    world = play(said, setup, wishes)
    for item, got in world.listener.got.items():
        turn = world.listener.turns.get(item, 0)
        made = [chunk for place, text in enumerate(ANSWER) for chunk in chunks(turn, place, text)]
        packets = [packet for chunk in made for packet in chunk.packets]
        assert got == packets[: len(got)]


@often
@anything
def test_turn_numbers_only_grow(said: Sequence[Sound], setup: Setup, wishes: Wishes) -> None:
    world = play(said, setup, wishes)
    jobs = [m.turn for m in world.log if isinstance(m, Utterance | UserTurn)]
    assert all(before < after for before, after in pairwise(jobs))
    assert all(turn <= max(jobs, default=0) for turn in world.cancelled)


@often
@anything
def test_after_silence_nothing_is_left_open(
    said: Sequence[Sound], setup: Setup, wishes: Wishes
) -> None:
    world = play(said, setup, wishes)
    assert world.wake_at_s is None
    assert not world.conversation.is_speaking
    assert not world.listener.is_paused
    assert world.listener.item is None
    assert len(world.told(ReplyStarted)) == len(world.told(ReplyFinished))
    world.hear(InputCommitted())
    at_the_end = [job for time_s, job in world.messages if time_s == world.now_s]
    assert all(len(job.packets) <= KEPT_PACKETS for job in at_the_end if isinstance(job, Utterance))


@often
@anything
def test_the_history_is_what_was_heard(said: Sequence[Sound], setup: Setup, wishes: Wishes) -> None:
    world = play(said, setup, wishes)
    told = [item.text for item in world.remembered() if item.role == "assistant"]
    deleted = {notice.item for notice in world.told(ItemWasDeleted)}
    stand = {item: s for item, s in world.listener.played_s.items() if item not in deleted}
    played = [played_s for played_s in stand.values() if heard(ANSWER, played_s)]
    for text, played_s in zip(told, played, strict=True):
        assert text in (heard(ANSWER, played_s - 0.001), heard(ANSWER, played_s + 0.001))


@often
@given(sounds(), SETUPS)
def test_every_utterance_with_words_is_answered_or_it_is_told_why_not(
    said: Sequence[Sound], setup: Setup
) -> None:
    owed, asked = False, 0
    for entry in play(said, setup).log:
        match entry:
            case TranscriptKnown(text=text):
                owed, asked = owed or bool(text), asked + bool(text)
            case TranscriptFailed():
                owed, asked = True, asked + 1
            case ReplyStarted():
                assert asked > 0
                owed, asked = False, asked - 1
            case _:
                pass
    assert not owed


@often
@given(goings_on(), SERVICES, st.sampled_from(["off", "on"]))
def test_the_words_of_what_is_taken_back_stand_in_what_comes(
    said: Sequence[Sound], services: Services, eager: Literal["off", "on"]
) -> None:
    endpointing = EndpointingSettings(eager=eager, wait_s=0.4)
    world = play(said, Setup(services=services, endpointing=endpointing, settings=SETTINGS))
    words = {item.item: item.text for item in world.told(TranscriptKnown)}
    taken_back = [notice.item for notice in world.told(ItemWasDeleted)]
    stand = [text for item, text in words.items() if item not in taken_back]
    assert all(any(words[item] in text for text in stand) for item in taken_back if item in words)


@often
@anything
def test_every_utterance_that_is_shown_gets_its_words(
    said: Sequence[Sound], setup: Setup, wishes: Wishes
) -> None:
    world = play(said, setup, wishes)
    known = [notice.item for notice in world.told(TranscriptKnown)]
    lost = [notice.item for notice in world.told(TranscriptFailed)]
    spoken = {notice.item.number for notice in world.told(ItemKnown) if notice.item.is_spoken}
    deleted = {notice.item for notice in world.told(ItemWasDeleted)} & spoken - {*known, *lost}
    assert sorted([*known, *lost, *deleted]) == sorted(spoken)
    assert {notice.item for notice in world.told(InputWasCommitted)} <= spoken
    assert {problem.is_fault for problem in world.told(Problem)} <= {False}
    assert len({notice.item for notice in world.told(SpeechStarted)}) == len(
        world.told(SpeechStarted)
    )
