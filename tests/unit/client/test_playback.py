"""What the loudspeaker plays, and how far it says that it has got."""

from client.playback import Playback, Played

SECOND = b"\x01\x02" * 24_000


def test_the_loudspeaker_gets_silence_when_nothing_waits() -> None:
    playback = Playback()
    playback.push(b"\x01\x02")
    assert playback.pull(6) == b"\x01\x02\0\0\0\0"
    assert playback.pull(2) == b"\0\0"


def test_the_loudspeaker_falls_silent_when_it_is_interrupted() -> None:
    playback = Playback()
    playback.push(b"\x01" * 100)
    playback.clear()
    assert playback.pull(4) == bytes(4)


def test_what_was_held_goes_on_where_it_was() -> None:
    playback = Playback()
    playback.push(b"\x01\x02\x03\x04")
    assert playback.pull(2) == b"\x01\x02"
    playback.hold()
    assert playback.pull(2) == b"\0\0"
    playback.push(b"\x05\x06")
    playback.go_on()
    assert playback.pull(4) == b"\x03\x04\x05\x06"


def test_what_was_cleared_while_it_was_held_does_not_hold_the_next_reply() -> None:
    playback = Playback()
    playback.push(b"\x01\x02")
    playback.hold()
    playback.clear()
    playback.push(b"\x03\x04")
    assert playback.pull(2) == b"\x03\x04"


def test_the_position_counts_sound_and_not_the_silence_behind_it() -> None:
    playback = Playback()
    playback.push(SECOND, "i")
    playback.pull(len(SECOND) // 2)
    assert playback.played == Played("i", 0.5)
    playback.pull(len(SECOND))
    assert playback.played == Played("i", 1.0)
    assert not playback.is_waiting


def test_the_position_stands_while_the_sound_is_held() -> None:
    playback = Playback()
    playback.push(SECOND, "i")
    playback.pull(4800)
    playback.hold()
    playback.pull(4800)
    assert playback.played == Played("i", 0.1)
    assert playback.is_waiting


def test_a_reply_is_counted_from_its_own_start() -> None:
    playback = Playback()
    playback.push(SECOND, "i")
    playback.push(SECOND, "k")
    playback.pull(len(SECOND))
    assert playback.played == Played("i", 1.0)
    playback.pull(len(SECOND) // 4)
    assert playback.played == Played("k", 0.25)


def test_nothing_is_played_before_any_sound_and_after_it_was_dropped() -> None:
    playback = Playback()
    assert playback.played is None
    playback.push(SECOND, "i")
    playback.pull(2)
    playback.clear()
    assert playback.played is None
    assert not playback.is_waiting


def test_no_more_than_ten_minutes_wait() -> None:
    playback = Playback()
    playback.push(SECOND * 599, "i")
    playback.push(SECOND * 2, "k")
    playback.push(SECOND, "l")
    assert playback.pull(len(SECOND) * 599) == SECOND * 599
    assert playback.pull(len(SECOND) * 2) == SECOND + bytes(len(SECOND))
