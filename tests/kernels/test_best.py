"""How often the best objective was met."""

from __future__ import annotations

import numpy as np
import pytest

from gfe_mc.kernels.best import count_best


def counted(values: list[float]) -> tuple[float, int]:
    """The best objective of a search that keeps the first of equals, and how many met it."""
    lowest, n_best = np.inf, 0
    for value in values:
        n_best, better = count_best(value, lowest, n_best)
        lowest = value if better else lowest
    return lowest, n_best


@pytest.mark.parametrize(
    ("values", "best", "met"),
    [
        ([], np.inf, 0),
        ([3.0], 3.0, 1),
        ([3.0, 2.0], 2.0, 1),
        ([2.0, 3.0], 2.0, 1),
        ([2.0, 3.0, 2.0, 2.0], 2.0, 3),
        ([2.0, 2.0 * (1.0 - 1e-10)], 2.0, 2),
        ([2.0, 2.0 * (1.0 + 1e-10)], 2.0, 2),
        ([2.0, 2.0 * (1.0 - 1e-8)], 2.0 * (1.0 - 1e-8), 1),
        ([0.0, 0.0], 0.0, 2),
        ([np.nan, 2.0, np.nan], 2.0, 1),
    ],
)
def test_by_hand(values: list[float], best: float, met: int) -> None:
    assert counted(values) == (best, met)
