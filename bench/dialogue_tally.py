"""What dialogues came to: counts of what went wrong, and waits, as a table."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping

from bench.dialogue_sounds import DISTURBANCES, NOISES


class Tally:
    """What went well and what wrong, by name, and how long things took."""

    def __init__(self) -> None:
        self.wrong: defaultdict[str, list[bool]] = defaultdict(list)
        self.seconds: defaultdict[str, list[float]] = defaultdict(list)
        self.refusals: Counter[str] = Counter()

    def judge(self, name: str, is_wrong: bool) -> None:
        """One more case."""
        self.wrong[name].append(is_wrong)

    def time(self, name: str, seconds: float) -> None:
        """One more wait; an infinite one has been judged as wrong already, and is left out."""
        if seconds < float("inf"):
            self.seconds[name].append(seconds)

    def share(self, *names: str) -> str:
        """How many of how many went wrong."""
        cases = [is_wrong for name in names for is_wrong in self.wrong[name]]
        if not cases:
            return "–"
        return f"{sum(cases)} of {len(cases)} ({sum(cases) / len(cases):.1%})"

    def wait(self, name: str, high: int) -> str:
        """Median and a high percentile in milliseconds."""
        if not (ordered := sorted(self.seconds[name])):
            return "–"
        last = ordered[min(len(ordered) - 1, round(high / 100 * len(ordered)))]
        return f"{statistics.median(ordered) * 1000:.0f} / {last * 1000:.0f} ms"


_CUTS = ("cut within a sentence", "cut after a sentence")
_HELD = tuple(f"{kind}, held" for kind in DISTURBANCES)
_SHARES: dict[str, tuple[str, ...]] = {
    "turns taken to be over in a pause": ("ended in a pause",),
    "– and not put together again: false cut-offs": _CUTS,
    "– within a sentence": _CUTS[:1],
    "– after a whole sentence": _CUTS[1:],
    "utterances cut off at least once": ("cut utterance",),
    "utterances that a reply was heard in": ("spoken into",),
    "missed ends": ("missed end",),
    **{f"– {noise}": (f"missed end: {noise}",) for noise in NOISES},
    "ends without an answer": ("no answer",),
    "false interruptions": DISTURBANCES,
    **{f"– by {kind}": (kind,) for kind in DISTURBANCES},
    "replies held and resumed, of the same": _HELD,
    "missed interruptions": ("missed interruption",),
    "dialogues that failed": ("failed",),
}
"""Row to the names that are counted in it."""
_WAITS = {
    "end of speech → speech_stopped, p50 / p90": ("stop", 90),
    "end of speech → first audio, p50 / p90": ("sound", 90),
    "interrupting speech → silence, p50 / p95": ("quiet", 95),
    "reply held until resumed, p50 / p90": ("held", 90),
}
"""Row to the name of the waits and the higher percentile."""


def table(tallies: Mapping[str, Tally]) -> str:
    """Markdown with one column for each mode."""
    rows = [["", *tallies], ["---"] * (len(tallies) + 1)]
    for title, names in _SHARES.items():
        rows.append([title, *(tally.share(*names) for tally in tallies.values())])
    for title, (name, high) in _WAITS.items():
        rows.append([title, *(tally.wait(name, high) for tally in tallies.values())])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
