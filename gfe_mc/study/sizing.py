"""How long a block of replications should be: what is computed does not depend on it."""

from __future__ import annotations

import math

BLOCK_SECONDS = 1.5
"""Long beside what a block costs, and short beside a run."""
GIVING = 0.03
"""Seconds that the process that gives blocks out needs for one, from its way out to its being in
the store, until a run has measured it: what `results/benchmarks/scale.md` has, rounded up."""
WORKING = 0.011
"""Seconds that a worker needs for a block beside its replications, as measured there."""
BUSY = 0.3
"""Share of its time that it may need for that: it has the scheduler's work to do as well."""
ROUNDS = 2
"""How many blocks a worker should get of what is left: the last ones are shorter, so that all end
at about the same time."""
WINDOW = 3
"""Blocks under way for each slot: enough that no worker waits, and few enough to lose."""
LARGEST = 10_000
"""Replications of a block, at most."""


def block_seconds(slots: int, left: float, giving: float = GIVING) -> float:
    """Return how many seconds the next block should take.

    Below the root, what is left would wait for whoever gives it out for longer than for its end.

    Parameters
    ----------
    slots : int
        How many blocks are run at once.
    left : float
        Seconds of all that is not given out yet, over all workers.
    giving : float, optional
        Seconds that the process that gives blocks out needs for one.
    """
    least = min(slots * giving / BUSY, math.sqrt(giving * left))
    return min(max(BLOCK_SECONDS, least), max(left / (ROUNDS * slots), least))


class Giving:
    """Seconds that giving blocks out takes, as they are measured."""

    def __init__(self) -> None:
        self._seconds, self._blocks = GIVING, 1

    def add(self, seconds: float) -> None:
        """Count a block."""
        self._seconds += seconds
        self._blocks += 1

    @property
    def mean(self) -> float:
        """Seconds of a block."""
        return self._seconds / self._blocks


def block_size(target: float, seconds: float) -> int:
    """Return how many replications of so many seconds make a block of a target; one at least."""
    return int(min(max(target / max(seconds, 1e-9), 1), LARGEST))
