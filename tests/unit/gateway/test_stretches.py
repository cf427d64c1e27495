"""Where long recordings are cut."""

import math

import pytest

from gateway.endpoints.stretches import Cutter, Stretch

LONGEST_S = 4.0
LONGEST = 200


def energy(place: int, pauses: tuple[int, ...]) -> float:
    return 0.0 if any(abs(place - pause) <= 10 for pause in pauses) else 1.0


def stretches(length: int, *pauses: int, step: int = 50) -> list[Stretch]:
    """A recording of so many packets, quiet around some of them, that comes in steps."""
    cutter, found = Cutter(LONGEST_S), []
    for start in range(0, length, step):
        places = range(start, min(start + step, length))
        packets = [str(place).encode() for place in places]
        found += list(cutter.add(packets, [energy(place, pauses) for place in places]))
    return [*found, *cutter.finish()]


def lengths(found: list[Stretch]) -> list[int]:
    return [len(stretch.packets) for stretch in found]


@pytest.mark.parametrize("length", [1, LONGEST - 1, LONGEST])
def test_what_is_short_is_not_cut(length: int) -> None:
    assert lengths(stretches(length)) == [length]


def test_nothing_has_no_stretch() -> None:
    assert stretches(0) == []


def test_a_cut_falls_into_a_pause() -> None:
    first, second = lengths(stretches(300, 50, 160, 280))
    assert first == pytest.approx(160, abs=5)
    assert first + second == 300


def test_a_pause_too_close_to_the_end_is_not_cut_at() -> None:
    first, second = lengths(stretches(LONGEST + 20, LONGEST - 20))
    assert second >= LONGEST // 4
    assert first >= LONGEST // 2


@pytest.mark.parametrize("length", [LONGEST + 1, 333, 1000, 1999])
@pytest.mark.parametrize("step", [1, 50, 1999])
def test_no_packet_is_lost_and_no_stretch_too_long(length: int, step: int) -> None:
    found = stretches(length, *range(0, length, 77), step=step)
    packets = [packet for stretch in found for packet in stretch.packets]
    assert packets == [str(place).encode() for place in range(length)]
    assert max(lengths(found)) <= LONGEST
    assert min(lengths(found)) >= LONGEST // 4
    assert found == stretches(length, *range(0, length, 77), step=7)


def test_each_stretch_knows_where_it_begins() -> None:
    found = stretches(1000, *range(0, 1000, 90))
    starts = [stretch.start_s for stretch in found]
    ends = [stretch.start_s + stretch.seconds for stretch in found]
    assert starts[0] == 0
    assert starts[1:] == pytest.approx(ends[:-1])
    assert math.isclose(ends[-1], 20)


def test_a_stretch_comes_as_soon_as_it_is_certain() -> None:
    cutter = Cutter(LONGEST_S)
    waiting = LONGEST + LONGEST // 4 - 1
    assert list(cutter.add([b""] * waiting, [1.0] * waiting)) == []
    assert len(list(cutter.add([b""], [1.0]))) == 1
