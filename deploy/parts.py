"""What the local runner starts, and what it does when one of them ends. Pure."""

from collections.abc import Callable, Sequence

import msgspec

from deploy.settings import Settings
from shared.process import USER_ERROR

SOON_S = 10.0
"""A process that ends within this time of its start is taken to have failed at starting."""
MOST_EARLY_ENDS = 3
LONGEST_PAUSE_S = 5.0


class Part(msgspec.Struct, frozen=True):
    """A process of the system."""

    name: str
    command: tuple[str, ...]
    telemetry_port: int = 0
    """Where it answers /metrics; 0 leaves that to its settings."""


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a process ended without having been asked to."""

    status: int
    """Exit status; negative for the signal that killed it."""
    lived_s: float
    tail: tuple[str, ...] = ()
    """The last lines it wrote."""


class Restart(msgspec.Struct, frozen=True):
    """Start it again."""

    after_s: float


class GiveUp(msgspec.Struct, frozen=True):
    """Stop everything, and say why."""

    reason: str
    status: int
    """Exit status for the whole."""


Verdict = Restart | GiveUp


def parts(settings: Settings, python: str) -> tuple[Part, ...]:
    """Gateway and workers, workers of one kind being numbered if there are several."""
    workers = (
        ("stt", settings.stt_workers),
        ("llm", settings.llm_workers),
        ("tts", settings.tts_workers),
    )
    gateway = Part("gateway", (python, "-m", "gateway"))
    return (gateway, *(part for stage, count in workers for part in _team(stage, count, python)))


def _team(stage: str, count: int, python: str) -> tuple[Part, ...]:
    names = [stage] if count == 1 else [f"{stage}-{number}" for number in range(1, count + 1)]
    return tuple(Part(name, (python, "-m", f"{stage}_service")) for name in names)


def with_ports(parts: Sequence[Part], port: Callable[[], int]) -> tuple[Part, ...]:
    """The same parts, each worker with a port of its own for /metrics; the gateway has its own."""
    gateway, *workers = parts
    return (gateway, *(msgspec.structs.replace(part, telemetry_port=port()) for part in workers))


def verdict(name: str, ends: Sequence[Ended], *, has_stood: bool = False) -> Verdict:
    """What to do after the last of these ends of one process, oldest first.

    Once the whole `has_stood`, its settings are right: what a process cannot mend then, a Redis
    that is away or a port that was taken meanwhile, others will.
    """
    last = ends[-1]
    is_error_of_user = last.status == USER_ERROR
    if is_error_of_user and not has_stood:
        return GiveUp(f"{name}: {_last_words(last)}", USER_ERROR)
    early = _early_ends(ends)
    if early >= MOST_EARLY_ENDS and not is_error_of_user:
        lines = "".join(f"\n    {line}" for line in last.tail)
        return GiveUp(f"{name} ended {early} times right after its start{lines}", 1)
    return Restart(min(0.2 * 4**early, LONGEST_PAUSE_S) if early else 0.0)


def again(part: Part, ended: Ended) -> Part:
    """What to start in its place: without a port of ours, if that may be what it lacked."""
    return msgspec.structs.replace(part, telemetry_port=0) if ended.status == USER_ERROR else part


def _last_words(ended: Ended) -> str:
    said = ended.tail[-1] if ended.tail else "it did not say why"
    return said.removeprefix("error: ")


def _early_ends(ends: Sequence[Ended]) -> int:
    """How many of the last ends in a row came right after the start."""
    count = 0
    for ended in reversed(ends):
        if ended.lived_s >= SOON_S:
            break
        count += 1
    return count


def describe(name: str, ended: Ended, then: Restart) -> str:
    """One line about an end and what follows."""
    how = f"was killed by signal {-ended.status}" if ended.status < 0 else "ended"
    why = f" ({_last_words(ended)})" if ended.status == USER_ERROR else ""
    next_ = f"starting it again in {then.after_s:.1f} s"
    return f"{name} {how} after {ended.lived_s:.1f} s{why}; {next_}"
