"""Where to cut a recording that is longer than an utterance: in the quietest stretch there is."""

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
import numpy.typing as npt

from shared.audio import PACKET_S

LONGEST_S = 25.0
"""Seconds of a stretch; some models listen in windows of 30 s."""
PAUSE_S = 0.3
"""A cut falls in the middle of the quietest part of this length."""


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a recording, short enough for one utterance."""

    start_s: float
    packets: tuple[bytes, ...]
    """Opus packets of 20 ms."""

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.packets) * PACKET_S


class Cutter:
    """Packets and their energies in, stretches out, as soon as it is certain where they end.

    Each but the first and last has at least half of the longest length, and the last a quarter.
    """

    def __init__(self, longest_s: float = LONGEST_S) -> None:
        self._longest = round(longest_s / PACKET_S)
        self._start = 0
        self._packets: list[bytes] = []
        self._energies: list[float] = []

    def add(self, packets: Sequence[bytes], energies: Sequence[float]) -> Iterator[Stretch]:
        """The stretches that now have enough behind them; an energy for each packet."""
        self._packets += packets
        self._energies += energies
        while len(self._packets) >= self._longest + self._longest // 4:
            yield self._cut(self._longest)

    def finish(self) -> Iterator[Stretch]:
        """What is left, in at most two stretches."""
        if len(self._packets) > self._longest:
            yield self._cut(len(self._packets) - self._longest // 4)
        if self._packets:
            yield self._take(len(self._packets))

    def _cut(self, last: int) -> Stretch:
        """Off with the beginning, which ends between half of the longest length and `last`."""
        first = self._longest // 2
        return self._take(first + _quietest(self._energies[first:last]))

    def _take(self, count: int) -> Stretch:
        stretch = Stretch(start_s=self._start * PACKET_S, packets=tuple(self._packets[:count]))
        self._start += count
        del self._packets[:count], self._energies[:count]
        return stretch


def _quietest(energies: Sequence[float]) -> int:
    """The packet in the middle of the quietest pause; beyond the ends it counts as loud."""
    width = round(PAUSE_S / PACKET_S)
    known: npt.NDArray[np.float64] = np.asarray(energies)
    padded = np.pad(known, width // 2, constant_values=known.max())
    return int(np.argmin(np.convolve(padded, np.full(width, 1 / width), mode="valid")))
