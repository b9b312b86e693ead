"""How long a block of replications should be: what is computed does not depend on it."""

from __future__ import annotations

import math

BLOCK_SECONDS = 1.5
"""Long beside what a block costs, and short beside a run."""
GIVING = 0.006
"""Seconds that the process that gives blocks out needs for one, from its way out to its being in
the store: what `results/benchmarks/scale.md` measures, rounded up."""
BUSY = 0.5
"""Share of its time that it may need for that: beyond it, workers wait for it."""
ROUNDS = 2
"""How many blocks a worker should get of what is left: the last ones are shorter, so that all end
at about the same time."""
WINDOW = 3
"""Blocks under way for each slot: enough that no worker waits, and few enough to lose."""
LARGEST = 10_000
"""Replications of a block, at most."""


def block_seconds(slots: int, left: float) -> float:
    """Return how many seconds the next block should take.

    Below the root, what is left would wait for whoever gives it out for longer than for its end.

    Parameters
    ----------
    slots : int
        How many blocks are run at once.
    left : float
        Seconds of all that is not given out yet, over all workers.
    """
    least = min(slots * GIVING / BUSY, math.sqrt(GIVING * left))
    return min(max(BLOCK_SECONDS, least), max(left / (ROUNDS * slots), least))


def block_size(target: float, seconds: float) -> int:
    """Return how many replications of so many seconds make a block of a target; one at least."""
    return int(min(max(target / max(seconds, 1e-9), 1), LARGEST))
