"""How measurements are printed: distributions, and the machine they come from."""

import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path


def line(name: str, seconds: Sequence[float]) -> str:
    """One row: minimum, median, 99th percentile and maximum in milliseconds."""
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
    figures = (ordered[0], statistics.median(ordered), p99, ordered[-1])
    return f"  {name:<34}" + "".join(f"{figure * 1000:10.2f}" for figure in figures)


def head(count: int) -> str:
    """The heading of rows over so many runs."""
    columns = "".join(f"{name:>10}" for name in ("min", "p50", "p99", "max"))
    return f"  {f'milliseconds, {count} runs':<34}{columns}"


class Machine:
    """The machine under the measurement, and how much of it others took meanwhile."""

    def __init__(self) -> None:
        self._before = _ticks()

    def __str__(self) -> str:
        total, stolen = (now - then for now, then in zip(_ticks(), self._before, strict=True))
        share = 100 * stolen / total if total else 0
        python = platform.python_version()
        return (
            f"  on {os.cpu_count()} cores, {platform.machine()}, Python {python}; other machines"
            f" took {share:.0f} % of the processor time meanwhile"
        )


def _ticks() -> tuple[int, int]:
    """All ticks of the processors since boot, and those that the hypervisor gave to others."""
    try:
        fields = Path("/proc/stat").read_text().split("\n")[0].split()[1:]
    except OSError:
        return 0, 0
    return sum(int(field) for field in fields[:8]), int(fields[7])
