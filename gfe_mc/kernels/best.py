"""What every search from many starts counts: how often the best objective was met."""

from gfe_mc.kernels._jit import bare

SAME = 1e-9
"""Objectives that differ by less, relative to the larger, count as the same."""


@bare
def count_best(value: float, lowest: float, n_best: int) -> tuple[int, bool]:
    """Return how many tries met the best objective, a new one included, and if that is better.

    `lowest` is the best objective so far (infinite before the first try), and `n_best` how many
    met it. A value counts as better only where it is below by more than `SAME`. Who wants the
    first of equals keeps what is better; who wants the very lowest keeps what is below `lowest`.
    """
    if value < lowest * (1.0 - SAME):
        return 1, True
    if value <= lowest * (1.0 + SAME):
        return n_best + 1, False
    return n_best, False
