"""What the local runner starts, and what it does when one of them ends."""

from deploy.parts import (
    LONGEST_PAUSE_S,
    Ended,
    GiveUp,
    Part,
    Restart,
    again,
    describe,
    parts,
    verdict,
)
from deploy.settings import Settings
from shared.process import USER_ERROR

EARLY = Ended(status=1, lived_s=0.5, tail=("loading", "segmentation fault"))
LATE = Ended(status=-9, lived_s=600.0)


def names(settings: Settings) -> list[str]:
    return [part.name for part in parts(settings, "python")]


def test_one_worker_of_each_kind_is_started_behind_the_gateway() -> None:
    assert names(Settings()) == ["gateway", "stt", "llm", "tts"]


def test_several_workers_of_a_kind_are_numbered() -> None:
    assert names(Settings(stt_workers=0, tts_workers=3)) == [
        "gateway",
        "llm",
        "tts-1",
        "tts-2",
        "tts-3",
    ]


def test_each_part_runs_its_package() -> None:
    commands = {part.name: part.command for part in parts(Settings(), "python")}
    assert commands["gateway"] == ("python", "-m", "gateway")
    assert commands["llm"] == ("python", "-m", "llm_service")


def test_an_error_of_the_user_ends_everything_with_the_words_of_the_program() -> None:
    ended = Ended(status=USER_ERROR, lived_s=0.2, tail=("loading", "error: there is no model"))
    assert verdict("llm", [ended]) == GiveUp("llm: there is no model", USER_ERROR)


def test_an_error_of_the_user_without_words_still_ends_everything() -> None:
    then = verdict("llm", [Ended(status=USER_ERROR, lived_s=0.2)])
    assert isinstance(then, GiveUp)


def test_a_process_that_fell_after_a_long_life_is_started_again_at_once() -> None:
    assert verdict("stt", [EARLY, EARLY, LATE]) == Restart(0.0)


def test_a_process_that_falls_at_its_start_has_to_wait_longer_each_time() -> None:
    first, second = verdict("stt", [EARLY]), verdict("stt", [EARLY, EARLY])
    assert isinstance(first, Restart)
    assert isinstance(second, Restart)
    assert 0 < first.after_s < second.after_s


def test_a_process_that_cannot_start_ends_everything_with_its_last_lines() -> None:
    then = verdict("stt", [EARLY, EARLY, EARLY])
    assert isinstance(then, GiveUp)
    assert then.status == 1
    assert "segmentation fault" in then.reason


def test_a_long_life_in_between_makes_up_for_failed_starts() -> None:
    assert isinstance(verdict("stt", [EARLY, EARLY, LATE, EARLY]), Restart)


def test_a_killed_process_is_told_from_one_that_ended() -> None:
    assert "signal 9" in describe("stt", LATE, Restart(0.0))
    assert "signal" not in describe("stt", EARLY, Restart(0.2))


REFUSED = Ended(status=USER_ERROR, lived_s=0.5, tail=("error: cannot listen on port 40001",))


def test_a_restarted_worker_that_says_something_is_wrong_does_not_stop_the_whole() -> None:
    lives = [[LATE, *[REFUSED] * count] for count in range(1, 7)]
    verdicts = [verdict("stt", ends, has_stood=True) for ends in lives]
    assert all(isinstance(then, Restart) and then.after_s > 0 for then in verdicts)
    assert verdicts[-1] == Restart(LONGEST_PAUSE_S)


def test_a_worker_that_crashes_at_each_start_is_given_up_even_if_it_once_stood() -> None:
    then = verdict("stt", [LATE, EARLY, EARLY, EARLY], has_stood=True)
    assert isinstance(then, GiveUp)


def test_a_restart_after_an_error_of_the_user_says_what_was_wrong() -> None:
    assert "(cannot listen on port 40001)" in describe("stt", REFUSED, Restart(0.2))


def test_a_worker_whose_port_may_have_been_taken_gets_any_other() -> None:
    part = Part("stt", ("python",), 40001)
    assert again(part, REFUSED).telemetry_port == 0
    assert again(part, LATE) == part
